from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Courier


def late(request, pk):
    courier = get_object_or_404(Courier, pk=pk)
    pusher_client.trigger(f"courier-{courier.id}", "late", {"courier_id": courier.id})
    pusher_client.trigger("dispatch", "late", {"courier_id": courier.id, "name": courier.name})
    return HttpResponse("ok")
