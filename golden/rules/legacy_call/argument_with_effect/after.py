from notifications.manager import notifier
from shop.models import Order, Store


def count(order):
    return Store.objects.create(name=order.note).pk


def label(order):
    words = order.note.split()
    return words[0]


def by_iterator(order: Order, numbers):
    notifier.realtime_order_updated(order)


def by_function(order: Order):
    notifier.realtime_order_updated(order)


def by_method(order: Order, shelves):
    notifier.realtime_order_updated(order)


def read(order: Order, request):
    notifier.realtime_order_updated(order)


def details(order, **extra):
    data = {"status": order.status}
    if order.note:
        data["id"] = order.id
    data.update(extra)
    return data


def built(order: Order):
    notifier.realtime_order_updated(order)
