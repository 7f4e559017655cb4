from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import get_client
from shop.models import Order, Shelf


def pay(request, pk):
    order = get_object_or_404(Order, pk=pk)
    get_client().trigger("store-{}".format(order.store.pk), "order_changed", dict(id=order.id))
    return HttpResponse("ok")
