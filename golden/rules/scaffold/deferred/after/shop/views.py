from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def remove(request, pk):
    shelf = get_object_or_404(Shelf, pk=pk)

    def send_shelf_removed(
        shelf_id=shelf.id, label=shelf.label, store_id=shelf.store.id
    ):
        notifier.realtime_shelf_removed(
            shelf_id=shelf_id, label=label, store_id=store_id
        )

    transaction.on_commit(send_shelf_removed, robust=True)
    shelf.delete()
    return HttpResponse("ok")
