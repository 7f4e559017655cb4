import pusher

pusher_client = pusher.Pusher(app_id="1", key="key", secret="secret", cluster="eu")


def get_client():
    return pusher_client
