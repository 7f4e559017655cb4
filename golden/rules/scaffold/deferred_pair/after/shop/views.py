from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Courier


@transaction.atomic
def late(request, pk):
    courier = get_object_or_404(Courier, pk=pk)
    payload = {"courier_id": courier.id, "minutes": request.POST["minutes"]}

    def send_courier_late(courier=courier, minutes=payload["minutes"]):
        notifier.realtime_courier_late(courier, minutes=minutes)

    transaction.on_commit(send_courier_late, robust=True)
    return HttpResponse("ok")
