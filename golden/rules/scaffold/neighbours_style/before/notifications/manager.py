import logging
from typing import Any

from realtime.client import pusher_client
from shop.models import Order, Shelf

logger = logging.getLogger(__name__)


class Notifier:
    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------

    def realtime_order_updated(self, order: Order) -> bool:
        """
        Tell the store that an order changed.
        """
        logger.info(f"order {order.id} updated")
        channel = f"store-{order.store.id}"
        data = {"order_id": order.id}
        return self._emit(channel=channel, event="order_updated", data=data)

    # ------------------------------------------------------------------
    # Shelves
    # ------------------------------------------------------------------

    def realtime_shelf_changed(self, shelf: Shelf) -> bool:
        """
        Tell the store that a shelf changed.
        """
        logger.info(f"shelf {shelf.id} changed")
        channel = f"store-{shelf.store.id}"
        data = {"shelf_id": shelf.id}
        return self._emit(channel=channel, event="shelf_changed", data=data)

    # ------------------------------------------------------------------
    # Transport
    # ------------------------------------------------------------------

    def _emit(self, *, channel: str, event: str, data: dict[str, Any]) -> bool:
        pusher_client.trigger(channel, event, data)
        return True


notifier = Notifier()
