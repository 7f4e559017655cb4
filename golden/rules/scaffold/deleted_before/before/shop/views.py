from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


def remove(request, pk):
    shelf = get_object_or_404(Shelf, pk=pk)
    shelf.delete()
    pusher_client.trigger(f"store-{shelf.store.id}", "shelf-removed", {"label": shelf.label})
    return HttpResponse("ok")
