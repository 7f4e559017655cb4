from django.db import transaction
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


@transaction.atomic
def restock(shelf):
    shelf.stock = F("stock") + 1
    shelf.save()
    notifier.realtime_shelf_changed(shelf)


@transaction.atomic
def restock_and_read(shelf):
    shelf.stock = F("stock") + 1
    shelf.save()
    shelf.refresh_from_db()
    transaction.on_commit(
        lambda shelf=shelf: notifier.realtime_shelf_changed(shelf), robust=True
    )
