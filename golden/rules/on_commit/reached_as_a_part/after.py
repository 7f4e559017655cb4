from django.db import transaction

from notifications.manager import notifier
from shop.models import Order


def put_on(shelf, order):
    order.shelf = shelf


def first_of(shelves):
    for shelf in shelves:
        if shelf.title:
            return shelf
    return shelves[0]


@transaction.atomic
def fill(order: Order, shelves):
    for shelf in shelves:
        put_on(shelf, order)
        notifier.realtime_order_cancelled(order, "moved")
        order = Order()
        first_of(shelves).title = "not to be sent"


@transaction.atomic
def refill(order: Order, shelves):
    first = first_of(shelves)
    put_on(shelves[0], order)
    notifier.realtime_order_cancelled(order, "moved")
    first.title = "not to be sent"


@transaction.atomic
def mark_rest(order: Order, shelves):
    put_on(shelves[0], order)
    notifier.realtime_order_cancelled(order, "moved")
    for shelf in reversed(shelves):
        shelf.title = "not to be sent"


@transaction.atomic
def mark_others(order: Order, shelves, others):
    put_on(shelves[0], order)
    transaction.on_commit(
        lambda order=order: notifier.realtime_order_cancelled(order, "moved"),
        robust=True,
    )
    for shelf in others:
        shelf.title = "of shelves that are not sent"
