from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from notifications.manager import notifier
from shop.models import Order, Shelf


def pay(request, pk):
    with transaction.atomic():
        order_that_is_paid_for_now = get_object_or_404(Order, pk=pk)
        order_that_is_paid_for_now.save()

        def send_order_updated(order_that_is_paid_for_now=order_that_is_paid_for_now):
            notifier.realtime_order_updated(order_that_is_paid_for_now)

        transaction.on_commit(send_order_updated, robust=True)

        def send_order_cancelled(
            order_that_is_paid_for_now=order_that_is_paid_for_now,
            request_post_reason=request.POST["reason"],
        ):
            notifier.realtime_order_cancelled(
                order_that_is_paid_for_now, request_post_reason
            )

        transaction.on_commit(send_order_cancelled, robust=True)

        def send_order_cancelled_2(
            order_that_is_paid_for_now=order_that_is_paid_for_now,
            request_post_why=request.POST["why"],
        ):
            notifier.realtime_order_cancelled(
                order_that_is_paid_for_now, request_post_why
            )

        transaction.on_commit(send_order_cancelled_2, robust=True)

        def send_shelf_changed(
            order_that_is_paid_for_now_shelf=order_that_is_paid_for_now.shelf,
        ):
            notifier.realtime_shelf_changed(order_that_is_paid_for_now_shelf)

        transaction.on_commit(send_shelf_changed, robust=True)
