from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order


def unassign(order: Order):
    payload = {"shelf": order.shelf.id, "amount": 1}
    order.shelf = None
    order.save()
    pusher_client.trigger(f"store-{order.store.id}", "stock", payload)


def note(order: Order):
    payload = {"shelf": order.shelf.id, "amount": 1}
    order.note = "moved"
    order.save()
    notifier.realtime_shelf_changed(order.shelf)
