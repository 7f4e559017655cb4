import pusher


def make_client():
    return pusher.Pusher(app_id="1", key="key", secret="secret")
