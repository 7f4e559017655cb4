class Notifier:
    """Nothing is sent yet."""


notifier = Notifier()
