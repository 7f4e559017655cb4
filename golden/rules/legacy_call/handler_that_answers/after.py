import logging

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order

logger = logging.getLogger(__name__)


def answer(order: Order):
    try:
        if order.note:
            notifier.realtime_order_updated(order)
    except Exception as error:
        return str(error)
    return "sent"


def log(order: Order):
    try:
        notifier.realtime_order_updated(order)
    except Exception:
        logger.exception("not sent")
    return pusher_client


def retry(order: Order):
    while True:
        try:
            notifier.realtime_order_updated(order)
            break
        except Exception:
            continue
