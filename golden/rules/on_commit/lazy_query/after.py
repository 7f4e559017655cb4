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

    def send_courier_moved(courier_id=courier.id, waiting=list(waiting)):
        notifier.realtime_courier_moved(courier_id, waiting)

    transaction.on_commit(send_courier_moved, robust=True)
