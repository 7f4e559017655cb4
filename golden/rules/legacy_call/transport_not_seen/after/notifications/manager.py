from notifications.orders import OrderEvents
from elsewhere import registry
from realtime.client import pusher_client


class Transport:
    def __init__(self):
        self.client = pusher_client

    def send(self, channel, event, payload):
        self.client.trigger(channel, event, payload)


class Notifier(OrderEvents):
    def __init__(self):
        self.transport = registry.get()

    def realtime_order_cancelled(self, order, reason): ...

    def realtime_shelf_changed(self, shelf): ...

    def realtime_courier_moved(self, courier_id, position): ...


notifier = Notifier()
