import operator

from django.conf import settings

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order

chosen = getattr(settings, "CHOSEN_CLIENT", None) or pusher_client


def pay(request, order: Order):
    notifier.realtime_order_updated(order)


def ship(request, order: Order):
    operator.methodcaller(
        "trigger", f"store-{order.store_id}", "order-changed", {"id": order.id}
    )(pusher_client)
