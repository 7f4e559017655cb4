from realtime.client import pusher_client
from shop.models import Order


def replace(pk, successor: Order):
    pusher_client.trigger("orders", "order-changed", {"id": pk, "replaced_by": successor.id})
