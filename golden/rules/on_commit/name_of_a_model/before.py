from django.http import HttpResponse

from notifications.manager import notifier
from payments import transaction


def pay(order):
    order.save()
    notifier.realtime_order_updated(order)
    return transaction(order.id)
