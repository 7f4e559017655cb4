from realtime.client import make_client
from shop.models import Courier


class Notifier:
    def __init__(self):
        self._client = None
        self.sent = 0

    def _send(self, channel, event, payload):
        if self._client is None:
            self._client = make_client()
        self._client.trigger(channel, event, payload)

    def realtime_order_updated(self, order):
        payload = {}
        payload["order_id"] = order.id
        self._send(f"store-{order.store.id}", "order_updated", payload)

    def realtime_order_noted(self, order):
        order.note = "told"
        self._send(f"store-{order.store.id}", "order_noted", {"note": order.note})

    def realtime_courier_called(self, name):
        self._keep(name)
        self._send("couriers", "courier_called", {"name": name})

    def _keep(self, name):
        Courier.objects.create(name=name)

    def realtime_counted(self, store_id):
        self.sent += 1
        self._send(f"store-{store_id}", "counted", {})

    def realtime_order_cancelled(self, order, reason):
        self._send(f"store-{order.store.id}", "order_cancelled", {"reason": reason})

    def realtime_shelf_changed(self, shelf, changed_fields=None):
        self._send(f"store-{shelf.store.id}", "shelf_changed", {"shelf_id": shelf.id})

    def realtime_courier_moved(self, courier_id, position):
        self._send(f"courier-{courier_id}", "courier_moved", {"position": position})


notifier = Notifier()
