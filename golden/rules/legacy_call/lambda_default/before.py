from django.db import transaction

from realtime.client import pusher_client
from shop.models import Order


def kept():
    for order in Order.objects.all():
        transaction.on_commit(
            lambda o=order: pusher_client.trigger(
                f"store-{o.store.id}", "order-changed", {"id": o.id}
            )
        )


def late():
    for order in Order.objects.all():
        transaction.on_commit(
            lambda pk=order.pk, store=order.store_id: pusher_client.trigger(
                f"store-{store}", "order-changed", {"id": pk}
            )
        )
