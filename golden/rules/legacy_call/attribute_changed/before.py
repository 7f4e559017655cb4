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
    pusher_client.trigger(f"store-{order.store.id}", "stock", payload)


class Screen:
    order: Order

    def next(self):
        payload = {"id": self.order.id}
        self.load()
        pusher_client.trigger(f"store-{self.order.store.id}", "order-changed", payload)

    def show(self):
        payload = {"id": self.order.id}
        self.check()
        pusher_client.trigger(f"store-{self.order.store.id}", "order-changed", payload)

    def load(self):
        self.order = Order.objects.first()

    def check(self):
        self.checked = True
