from notifications.manager import notifier
from realtime.client import pusher_client
from shop import events
from shop.events import KEPT, PATCHED
from shop.models import Order


def upper(function):
    def inner(*args):
        return function(*args).upper()

    return inner


@upper
def decorated():
    return "order-changed"


class Sender:
    event = "order-changed"

    def name(self):
        return "order-changed"

    def by_method(self, order: Order):
        pusher_client.trigger(f"store-{order.store.id}", self.name(), {"id": order.id})

    def by_attribute(self, order: Order):
        pusher_client.trigger(f"store-{order.store.id}", self.event, {"id": order.id})


class OtherSender(Sender):
    def name(self):
        return "other"


def configure(sender: Sender):
    sender.event = "other"


def by_decorated(order: Order):
    pusher_client.trigger(f"store-{order.store.id}", decorated(), {"id": order.id})


def by_inner(order: Order):
    event = "order-changed"

    def change():
        nonlocal event
        event = "other"

    change()
    pusher_client.trigger(f"store-{order.store.id}", event, {"id": order.id})


def patched(order: Order):
    pusher_client.trigger(f"store-{order.store.id}", events.PATCHED, {"id": order.id})


def patched_and_imported(order: Order):
    pusher_client.trigger(f"store-{order.store.id}", PATCHED, {"id": order.id})


def kept(order: Order):
    notifier.realtime_order_updated(order)
    print(KEPT)
