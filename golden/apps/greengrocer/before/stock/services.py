from functools import partial

from django.conf import settings
from django.db import transaction

from live.notifier import Notifier
from stock.models import Product

LOW = 5
tell_staff = partial(settings.LIVE.send, "staff")


def take(product: Product, amount):
    product.amount -= amount
    product.save()
    if product.amount < LOW:
        Notifier().notify_stock_low(product)


def count(product: Product, amount):
    """Somebody counted the shelf."""
    with transaction.atomic():
        product.amount = amount
        product.save(update_fields=["amount"])
        transaction.on_commit(
            partial(
                settings.LIVE.send,
                f"shop-{product.shop.slug}-shelves",
                "shelf-counted",
                dict(product=product.pk, amount=amount),
            )
        )


def close(shop):
    tell_staff("shop-closed", {"shop": shop.slug})
