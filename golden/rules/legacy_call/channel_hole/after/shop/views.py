from notifications.manager import notifier
from realtime.client import pusher_client
from shop.models import Courier
from shop.names import courier_channel


def elsewhere():
    pusher_client.trigger(courier_channel(), "moved", {"pos": 1})


def stale(courier: Courier):
    channel = f"courier-{courier.name}"
    courier.name = "other"
    pusher_client.trigger(channel, "moved", {"pos": 1})


def key(courier: Courier):
    channel = f"courier-{courier.id}"
    courier.save()
    notifier.realtime_courier_moved(courier.id, position=1)


def here(courier: Courier):
    notifier.realtime_courier_moved(courier.name, position=1)
    return pusher_client
