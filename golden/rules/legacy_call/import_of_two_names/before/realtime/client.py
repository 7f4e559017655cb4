import pusher

pusher_client = pusher.Pusher(app_id="1", key="key", secret="secret", cluster="eu")


class Holder:
    client = pusher_client


def quiet(channel, event, data):
    pusher_client.trigger(channel, event, data)
