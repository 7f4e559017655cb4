from django.contrib.auth import get_user_model

from realtime.client import pusher_client
from shop.models import Order, Shelf

User = get_user_model()


def register(user):
    for other in User.objects.filter(email=user.email):
        pusher_client.trigger(f"user-{other.pk}", "user-changed", {"id": other.pk})
    pusher_client.trigger(f"user-{user.pk}", "user-changed", {"id": user.pk})


def forget(user, pk):
    pusher_client.trigger(f"user-{pk}", "user-changed", {"id": pk})
