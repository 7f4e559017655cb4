from functools import wraps

from realtime.client import pusher_client
from shop.models import Order


def announces(event):
    def decorate(function):
        @wraps(function)
        def wrapper(order, *args):
            result = function(order, *args)
            pusher_client.trigger(f"store-{order.store.id}", event, {"id": order.id})
            return result

        return wrapper

    return decorate


def registers(event):
    pusher_client.trigger("store-1", event, {"id": 1})
    return lambda function: function


@announces("order-changed")
def pay(order: Order):
    order.status = "PAID"


@registers("order-changed")
def ship(order: Order):
    order.status = "SHIPPED"
