from realtime.client import pusher_client


def move(desk):
    pusher_client.trigger(f"store-{desk.store}", "desk", {"desk": desk.number})


def moved(number):
    pusher_client.trigger(f"store-{number}", "desk", {"desk": number + 1})
