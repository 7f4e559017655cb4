from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Courier


def late(request, pk):
    courier = get_object_or_404(Courier, pk=pk)
    payload = {"courier_id": courier.id, "name": courier.name, "minutes": request.POST["minutes"]}
    notifier.realtime_courier_late(courier, minutes=payload["minutes"])
    channel = "dispatch"
    return HttpResponse("ok")
