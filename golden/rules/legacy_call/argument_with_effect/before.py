from realtime.client import pusher_client
from shop.models import Order, Store


def count(order):
    return Store.objects.create(name=order.note).pk


def label(order):
    words = order.note.split()
    return words[0]


def by_iterator(order: Order, numbers):
    pusher_client.trigger(
        f"store-{order.store.id}", "order-changed", {"id": order.id, "status": next(numbers)}
    )


def by_function(order: Order):
    pusher_client.trigger(
        f"store-{order.store.id}", "order-changed", {"id": order.id, "status": count(order)}
    )


def by_method(order: Order, shelves):
    pusher_client.trigger(
        f"store-{order.store.id}", "order-changed", {"id": order.id, "status": shelves.pop()}
    )


def read(order: Order, request):
    pusher_client.trigger(
        f"store-{order.store.id}",
        "order-changed",
        {"id": order.id, "status": request.GET.get("status") or label(order).upper()},
    )


def details(order, **extra):
    data = {"status": order.status}
    if order.note:
        data["id"] = order.id
    data.update(extra)
    return data


def built(order: Order):
    pusher_client.trigger(
        f"store-{order.store.id}", "order-changed", {"id": order.id, "status": details(order)}
    )
