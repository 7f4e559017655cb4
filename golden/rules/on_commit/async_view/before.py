from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


async def pay(request, pk):
    order = await Order.objects.aget(pk=pk)
    await order.asave()
    notifier.realtime_order_updated(order)
    return HttpResponse("ok")
