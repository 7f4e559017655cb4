from collections import defaultdict

from django.contrib import admin

from realtime.client import pusher_client
from shop.models import Order


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    @admin.action(description="Close")
    def close(self, request, queryset):
        for each in queryset:
            each.status = "CLOSED"
            each.save()
            pusher_client.trigger(f"store-{each.store_id}", "order-changed", {"id": each.id})


def by_key(ids):
    for pk, each in Order.objects.in_bulk(ids).items():
        pusher_client.trigger(f"store-{each.store_id}", "order-changed", {"id": pk})


def newest(store):
    found = max(Order.objects.filter(store=store), key=lambda each: each.pk, default=None)
    pusher_client.trigger(f"store-{found.store_id}", "order-changed", {"id": found.id})


def grouped(ids):
    by = defaultdict(list)
    for each in Order.objects.filter(pk__in=ids):
        by[each.store_id].append(each)
    for some in by.values():
        for one in some:
            pusher_client.trigger(f"store-{one.store_id}", "order-changed", {"id": one.id})


def checked(thing):
    if not isinstance(thing, Order):
        return
    pusher_client.trigger(f"store-{thing.store_id}", "order-changed", {"id": thing.id})
