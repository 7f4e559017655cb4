from notifications.manager import notifier
from realtime.client import pusher_client


def move(desk):
    notifier.realtime_desk_changed(desk)


def moved(number):
    pusher_client.trigger(f"store-{number}", "desk", {"desk": number + 1})
