import logging

from realtime.client import pusher_client
from shop.models import Order

logger = logging.getLogger(__name__)


def answer(order: Order):
    try:
        if order.note:
            pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    except Exception as error:
        return str(error)
    return "sent"


def log(order: Order):
    try:
        pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
    except Exception:
        logger.exception("not sent")
    return pusher_client


def retry(order: Order):
    while True:
        try:
            pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})
            break
        except Exception:
            continue
