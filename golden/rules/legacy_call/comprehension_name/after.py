from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def close(request):
    pusher_client.trigger(
        "store-all", "order-changed", {"ids": [order.id for order in Order.objects.all()]}
    )
    return HttpResponse("ok")
