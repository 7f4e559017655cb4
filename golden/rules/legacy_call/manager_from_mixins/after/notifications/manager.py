from notifications.orders import OrderEvents
from realtime.client import pusher_client


class Sending:
    def channel_of(self, store):
        return f"store-{store.id}"

    def _send(self, channel, event, payload):
        pusher_client.trigger(channel, event, payload)


class Notifier(OrderEvents, Sending):
    def realtime_shelf_changed(self, shelf):
        self._send(self.channel_of(shelf.store), "shelf_changed", {"shelf_id": shelf.id})

    def realtime_courier_moved(self, courier_id, position):
        self._send(f"courier-{courier_id}", "courier_moved", {"position": position})


notifier = Notifier()
