from django.conf import settings
from django.utils import timezone

from live.events import Event


class Notifier:
    """What the pickers' screens and the customers' phones are told. Make one where you need it."""

    def notify_order_placed(self, order):
        self._tell_shop(order.shop, Event.ORDER_PLACED, {"order": order.as_json()})

    def notify_order_packed(self, order, crates=1):
        self._tell_shop(order.shop, Event.ORDER_PACKED, {"order": order.as_json(), "crates": crates})

    def notify_order_cancelled(self, order, reason):
        self._tell_shop(order.shop, Event.ORDER_CANCELLED, {"order": order.as_json(), "reason": reason})

    def notify_stock_low(self, product):
        self._tell_shop(product.shop, Event.STOCK_LOW, {"product": product.pk, "left": product.amount})

    def _tell_shop(self, shop, event, payload):
        payload["at"] = timezone.now().isoformat()
        settings.LIVE.send(f"{settings.CHANNEL_PREFIX}{shop.slug}", event.value, payload)
