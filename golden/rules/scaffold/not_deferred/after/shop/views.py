from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def remove(request, pk):
    shelf = get_object_or_404(Shelf, pk=pk)
    notifier.realtime_shelf_removed(shelf)
    shelf.delete()
    return HttpResponse("ok")
