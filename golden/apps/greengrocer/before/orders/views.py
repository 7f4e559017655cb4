from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from live.notifier import Notifier
from orders.models import Order
from orders.serializers import OrderSerializer


class OrderViewSet(viewsets.ModelViewSet):
    queryset = Order.objects.select_related("shop")
    serializer_class = OrderSerializer

    def perform_create(self, serializer):
        order = serializer.save()
        Notifier().notify_order_placed(order)

    @action(detail=True, methods=["post"])
    def pack(self, request, pk=None):
        order = self.get_object()
        order.status = Order.Status.PACKED
        order.crates = request.data.get("crates", 1)
        order.save()
        payload = {"id": order.pk}
        payload["crates"] = order.crates
        print("packed", payload)
        settings.LIVE.send("shop-{}".format(order.shop.slug), "order-packed", payload)
        return Response(OrderSerializer(order).data)

    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        reason = request.data["reason"]
        with transaction.atomic():
            order = get_object_or_404(Order.objects.select_for_update(), pk=pk)
            order.status = Order.Status.CANCELLED
            order.save(update_fields=["status"])
            settings.LIVE.send_later(
                f"{settings.CHANNEL_PREFIX}{order.shop.slug}",
                "order-cancelled",
                data={"id": order.pk, "reason": reason},
            )
        return Response(OrderSerializer(order).data)

    @action(detail=True, methods=["post"])
    def deliver(self, request, pk=None):
        order = self.get_object()
        order.status = Order.Status.DELIVERED
        order.save(update_fields=["status"])
        return Response(OrderSerializer(order).data)
