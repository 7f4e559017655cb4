from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def refill(request, pk):
    shelf = get_object_or_404(Shelf, pk=pk)
    shelf.stock += 5
    shelf.label = "full"
    shelf.save()
    transaction.on_commit(
        lambda shelf=shelf: notifier.realtime_shelf_changed(
            shelf, changed_fields=["stock"]
        ),
        robust=True,
    )
    return HttpResponse("ok")
