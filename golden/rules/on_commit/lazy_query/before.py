from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def move(courier):
    courier.save()
    notifier.realtime_courier_moved(courier.id, Order.objects.select_for_update().all())
    waiting = Order.objects.filter(status="NEW")
    notifier.realtime_courier_moved(courier.id, waiting)
    notifier.realtime_courier_moved(courier.id, list(waiting))
