import logging

from django.db import transaction

from realtime.client import pusher_client
from shop.models import Order, Store

logger = logging.getLogger(__name__)
totals = {}


def audited(channel, event, data):
    Store.objects.create(name=event)
    pusher_client.trigger(channel, event, data)


def counted(channel, event, data):
    totals[event] = totals.get(event, 0) + 1
    pusher_client.trigger(channel, event, data)


def early(channel, event, data):
    if not data:
        return
    pusher_client.trigger(channel, event, data)


def later(channel, event, data):
    transaction.on_commit(lambda: pusher_client.trigger(channel, event, data))


def logged(channel, event, data, socket_id=None):
    body = {}
    body["data"] = str(data)
    logger.info("sending %s %s", event, body)
    pusher_client.trigger(channel, event, data, socket_id)


def quiet(channel, event, data):
    try:
        pusher_client.trigger(channel, event, data)
    except Exception:
        logger.exception("not sent")


def pay(order: Order):
    audited(f"store-{order.store.id}", "order-changed", {"id": order.id})


def refund(order: Order):
    counted(f"store-{order.store.id}", "order-changed", {"id": order.id})


def cancel(order: Order):
    early(f"store-{order.store.id}", "order-changed", {"id": order.id})


def ship(order: Order):
    later(f"store-{order.store.id}", "order-changed", {"id": order.id})


def close(order: Order):
    logged(f"store-{order.store.id}", "order-changed", {"id": order.id})


def reopen(order: Order):
    quiet(f"store-{order.store.id}", "order-changed", {"id": order.id})


def restock(order: Order):
    quiet(f"store-{order.shelf.store.id}", "stock", {"shelf": order.shelf.id, "amount": 1})
