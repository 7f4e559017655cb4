from functools import partial

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def restock(shelves, order):
    with transaction.atomic():
        for shelf in shelves:
            shelf.save()
            transaction.on_commit(lambda: notifier.realtime_shelf_changed(shelf))
            transaction.on_commit(lambda shelf=shelf: notifier.realtime_shelf_changed(shelf))

            def tell():
                notifier.realtime_shelf_changed(shelf)

            transaction.on_commit(tell)
        transaction.on_commit(lambda: notifier.realtime_order_updated(order))
        transaction.on_commit(partial(notifier.realtime_order_updated, order), robust=True)
