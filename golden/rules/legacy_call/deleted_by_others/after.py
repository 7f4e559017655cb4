from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order


class Draft(Order):
    def delete(self, *args, **kwargs):
        pk = self.pk
        super().delete(*args, **kwargs)
        pusher_client.trigger(f"store-{self.store.id}", "order-changed", {"id": pk})


class View:
    def destroy(self, request, pk):
        order = Order.objects.get(pk=pk)
        self.perform_destroy(order)
        pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})


def remove(reason, row):
    row.delete()


def drop(order: Order):
    remove("old", order)
    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})


def keep(order: Order, other: Order):
    remove("old", other)
    notifier.realtime_order_updated(order)
    return pusher_client
