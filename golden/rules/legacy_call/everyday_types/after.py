from collections import defaultdict

from django.contrib import admin

from notifications.manager import notifier
from shop.models import Order


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    @admin.action(description="Close")
    def close(self, request, queryset):
        for each in queryset:
            each.status = "CLOSED"
            each.save()
            notifier.realtime_order_updated(each)


def by_key(ids):
    for pk, each in Order.objects.in_bulk(ids).items():
        notifier.realtime_order_updated(each)


def newest(store):
    found = max(Order.objects.filter(store=store), key=lambda each: each.pk, default=None)
    notifier.realtime_order_updated(found)


def grouped(ids):
    by = defaultdict(list)
    for each in Order.objects.filter(pk__in=ids):
        by[each.store_id].append(each)
    for some in by.values():
        for one in some:
            notifier.realtime_order_updated(one)


def checked(thing):
    if not isinstance(thing, Order):
        return
    notifier.realtime_order_updated(thing)
