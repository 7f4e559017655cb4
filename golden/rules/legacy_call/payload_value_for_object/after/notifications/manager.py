import logging

from django.utils import timezone

from realtime.client import pusher_client

logger = logging.getLogger(__name__)


class Notifier:
    """The one place that tells screens of changes."""

    def _send(self, channel, event, payload):
        try:
            pusher_client.trigger(channel, event, payload)
        except Exception:
            logger.exception("Could not send %s", event)

    # --- Orders ---

    def realtime_order_updated(self, order):
        payload = {"order_id": order.id, "status": order.status, "sent_at": timezone.now().isoformat()}
        self._send(f"store-{order.store.id}", "order_updated", payload)

    def realtime_order_cancelled(self, order, reason):
        payload = {"order_id": order.id, "reason": reason, "sent_at": timezone.now().isoformat()}
        self._send(f"store-{order.store.id}", "order_cancelled", payload)

    # --- Shelves ---

    def realtime_shelf_changed(self, shelf, changed_fields=None):
        payload = {
            "shelf_id": shelf.id,
            "stock": shelf.stock,
            "changed_fields": changed_fields,
            "sent_at": timezone.now().isoformat(),
        }
        self._send(f"store-{shelf.store.id}", "shelf_changed", payload)

    # --- Couriers ---

    def realtime_courier_moved(self, courier_id, position):
        self._send(f"courier-{courier_id}", "courier_moved", {"position": position})

    def realtime_desk_changed(self, desk):
        self._send(f"store-{desk.store}", "desk", {"number": desk.number})


notifier = Notifier()
