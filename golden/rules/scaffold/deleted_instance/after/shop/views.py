from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def remove(request, pk):
    shelf = get_object_or_404(Shelf, pk=pk)
    # While it still has its id
    notifier.realtime_shelf_removed(
        shelf_id=shelf.id, label=shelf.label, store=shelf.store
    )
    shelf.delete()
    return HttpResponse("ok")
