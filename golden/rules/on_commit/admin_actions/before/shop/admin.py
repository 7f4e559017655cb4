from django.contrib import admin

from notifications.manager import notifier
from shop.models import Order


@admin.action(description="Pack")
def pack(modeladmin, request, queryset):
    for order in list(queryset):
        order.status = "PACKED"
        order.save()
        notifier.realtime_order_updated(order)


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    actions = [pack, "close"]

    def close(self, request, queryset):
        for order in list(queryset):
            order.status = "CLOSED"
            order.save()
            notifier.realtime_order_updated(order)

    def label(self, order: Order):
        notifier.realtime_order_updated(order)
        return str(order)
