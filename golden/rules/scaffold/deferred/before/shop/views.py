from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Order, Shelf


@transaction.atomic
def remove(request, pk):
    shelf = get_object_or_404(Shelf, pk=pk)
    pusher_client.trigger(
        f"store-{shelf.store.id}", "shelf-removed", {"shelf_id": shelf.id, "label": shelf.label}
    )
    shelf.delete()
    return HttpResponse("ok")
