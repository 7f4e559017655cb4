from django.db import transaction

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order


def kept():
    for order in Order.objects.all():
        transaction.on_commit(
            lambda o=order: notifier.realtime_order_updated(o)
        )


def late():
    for order in Order.objects.all():
        transaction.on_commit(
            lambda pk=order.pk, store=order.store_id: pusher_client.trigger(
                f"store-{store}", "order-changed", {"id": pk}
            )
        )
