from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def take(request, pk):
    order = get_object_or_404(Order, pk=pk)
    order.shelf.stock = 0
    order.shelf.save()
    return HttpResponse("ok")
