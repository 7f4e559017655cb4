from django.db import transaction
from django.views import View

from notifications.manager import notifier
from shop.models import Order


def marked(order):
    order.reviewed = True
    return order


class Checkout(View):
    order: Order
    last: Order

    @property
    def current(self):
        return self.order

    def keep(self, order):
        self.last = order

    def begin_anew(self):
        self.last = Order()

    @transaction.atomic
    def kept_before(self, pk):
        order = Order.objects.get(pk=pk)
        order.save()
        self.keep(order)
        notifier.realtime_order_cancelled(order, "late")
        self.last.note = "not to be sent"

    @transaction.atomic
    def kept_afterwards(self, pk):
        order = Order.objects.get(pk=pk)
        order.save()
        notifier.realtime_order_cancelled(order, "late")
        self.keep(order)
        self.last.note = "not to be sent"

    @transaction.atomic
    def read_from_a_property(self):
        self.order.save()
        notifier.realtime_order_cancelled(self.order, "late")
        self.current.note = "not to be sent"

    @transaction.atomic
    def returned(self, pk):
        order = Order.objects.get(pk=pk)
        notifier.realtime_order_cancelled(marked(order), "late")
        order.note = "not to be sent"

    @transaction.atomic
    def another_one(self, pk):
        order = Order.objects.get(pk=pk)
        order.save()
        self.keep(order)
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_cancelled(order, "late"),
            robust=True,
        )
        self.begin_anew()
        self.last.note = "that of another order"
