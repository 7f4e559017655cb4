from realtime.client import get_client
from shop import names
from shop.models import Order
from shop.names import CHANGED


def pay(order: Order):
    get_client().trigger(names.store_channel(order.store), CHANGED, {"id": order.id})
