from django.http import JsonResponse

from couriers.tasks import push
from orders.models import Order


def assign(request, pk):
    order = Order.objects.get(pk=pk)
    courier = request.POST["courier"]
    for channel in (f"courier-{courier}", f"shop-{order.shop.slug}"):
        push.apply_async(args=(channel, "courier-assigned", {"order": order.pk, "courier": courier}))
    return JsonResponse({})


def position(request, courier):
    push.delay(f"courier-{courier}", request.POST["event"], request.POST.dict())
    return JsonResponse({})
