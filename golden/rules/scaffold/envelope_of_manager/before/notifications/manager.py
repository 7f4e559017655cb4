import logging
import uuid

from django.utils import timezone

from realtime.client import pusher_client

logger = logging.getLogger(__name__)


class Notifier:
    def _event(self, category, kind, payload, store, scope=None):
        return {
            "category": category,
            "type": kind,
            "payload": payload,
            "meta": {"store": store.id, "scope": scope, "id": str(uuid.uuid4())},
        }

    def _send(self, channel, event, data):
        pusher_client.trigger(channel, event, data)

    # --- Orders ---

    def realtime_order_updated(self, order):
        payload = {"order_id": order.id, "status": order.status}
        data = self._event("order", "order_updated", payload, order.store)
        self._send(f"store-{order.store.id}", "order_updated", data)

    def realtime_order_cancelled(self, order, reason):
        payload = {"order_id": order.id, "reason": reason}
        data = self._event("order", "order_cancelled", payload, order.store, scope="all")
        self._send(f"store-{order.store.id}", "order_cancelled", data)

    # --- Shelves ---

    def realtime_shelf_changed(self, shelf):
        payload = {"shelf_id": shelf.id}
        data = self._event("shelf", "shelf_changed", payload, shelf.store)
        self._send(f"store-{shelf.store.id}", "shelf_changed", data)


notifier = Notifier()
