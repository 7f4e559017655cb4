from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def after(order):
    order.delete()
    notifier.realtime_order_updated(order)


@transaction.atomic
def whole(order):
    notifier.realtime_order_updated(order)
    order.delete()


@transaction.atomic
def values(courier):
    transaction.on_commit(
        lambda courier_id=courier.id: notifier.realtime_courier_moved(
            courier_id, "gone"
        ),
        robust=True,
    )
    courier.delete()


@transaction.atomic
def key(courier):
    courier.delete()
    notifier.realtime_courier_moved(courier.id, "gone")


def in_autocommit(courier):
    notifier.realtime_courier_moved(courier.id, "gone")
    courier.delete()


@transaction.atomic
def last_of_all(couriers):
    for courier in couriers:
        courier.delete()
    notifier.realtime_courier_moved(courier.pk, "gone")
