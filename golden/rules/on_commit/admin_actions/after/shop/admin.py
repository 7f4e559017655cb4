from django.contrib import admin
from django.db import transaction

from notifications.manager import notifier
from shop.models import Order


@admin.action(description="Pack")
def pack(modeladmin, request, queryset):
    for order in list(queryset):
        order.status = "PACKED"
        order.save()
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    actions = [pack, "close"]

    def close(self, request, queryset):
        for order in list(queryset):
            order.status = "CLOSED"
            order.save()
            transaction.on_commit(
                lambda order=order: notifier.realtime_order_updated(order), robust=True
            )

    def label(self, order: Order):
        transaction.on_commit(
            lambda order=order: notifier.realtime_order_updated(order), robust=True
        )
        return str(order)
