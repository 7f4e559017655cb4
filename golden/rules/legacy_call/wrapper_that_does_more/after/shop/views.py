import logging

from django.db import transaction

from notifications.manager import notifier
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
    notifier.realtime_order_updated(order)


def refund(order: Order):
    notifier.realtime_order_updated(order)


def cancel(order: Order):
    notifier.realtime_order_updated(order)


def ship(order: Order):
    later(f"store-{order.store.id}", "order-changed", {"id": order.id})


def close(order: Order):
    notifier.realtime_order_updated(order)


def reopen(order: Order):
    notifier.realtime_order_updated(order)


def restock(order: Order):
    notifier.realtime_shelf_changed(order.shelf)
