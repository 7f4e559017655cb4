from functools import partial

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay(order):
    with transaction.atomic():
        order.save()
        transaction.on_commit(lambda: notifier.realtime_order_updated(order))
        transaction.on_commit(partial(notifier.realtime_order_updated, order))
        transaction.on_commit(lambda order=order: announce(order), using="default")

        def tell():
            notifier.realtime_order_updated(order)

        transaction.on_commit(tell)

        @transaction.on_commit
        def tell_at_last():
            notifier.realtime_order_updated(order)

        after_commit(notifier.realtime_order_updated, order)
        after_commit(lambda: notifier.realtime_order_updated(order))
        Announcer().announce(order)


def announce(order):
    notifier.realtime_order_updated(order)


def after_commit(function, *args):
    transaction.on_commit(lambda: function(*args))


class Announcer:
    def announce(self, order):
        self.order = order
        transaction.on_commit(self._tell)

    def _tell(self):
        notifier.realtime_order_updated(self.order)
