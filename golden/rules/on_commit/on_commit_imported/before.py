from django.db.transaction import atomic, on_commit as after_commit

from notifications.manager import notifier


@atomic
def pay(order):
    order.save()
    notifier.realtime_order_updated(order)
    after_commit(lambda: print("paid"))


def ship(order, after_commit):
    order.save()
    notifier.realtime_order_updated(order)
