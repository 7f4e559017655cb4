from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def restock(shelves):
    with transaction.atomic():
        for number, shelf in enumerate(shelves):
            shelf.stock = number
            shelf.save()
            notifier.realtime_shelf_changed(shelf, ["stock"])
