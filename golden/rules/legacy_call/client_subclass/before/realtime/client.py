import pusher


class Client(pusher.Pusher):
    """With the project's defaults."""


pusher_client = Client(app_id="1", key="key", secret="secret", cluster="eu")
