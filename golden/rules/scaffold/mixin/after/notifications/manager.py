from notifications.orders import OrderEvents
from notifications.shelves import ShelfEvents


class Notifier(ShelfEvents, OrderEvents):
    pass


notifier = Notifier()
