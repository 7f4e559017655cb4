from django.contrib.auth import get_user_model

from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Order, Shelf

User = get_user_model()


def register(user):
    for other in User.objects.filter(email=user.email):
        pusher_client.trigger(f"user-{other.pk}", "user-changed", {"id": other.pk})
    notifier.realtime_order_updated(user)


def forget(user, pk):
    notifier.realtime_order_updated(user)
