import sys

sys.path.insert(0, "lib")

from notifications.manager import notifier  # noqa: E402
from shop.models import Order  # noqa: E402


def pay(order: Order):
    notifier.realtime_order_updated(order)
