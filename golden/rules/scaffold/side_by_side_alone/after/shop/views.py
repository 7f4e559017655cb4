from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from realtime.client import pusher_client
from shop.models import Courier


def late(request, pk):
    courier = get_object_or_404(Courier, pk=pk)
    payload = {"courier_id": courier.id, "name": courier.name, "minutes": request.POST["minutes"]}
    pusher_client.trigger(f"courier-{courier.id}", "late", payload)
    courier.save()
    pusher_client.trigger("dispatch", "late", payload)
    return HttpResponse("ok")
