from django.conf import settings

from realtime.client import pusher_client


class Notifier:
    def _send(self, channel, event, payload):
        if not getattr(settings, "STAFF_SCREENS", True):
            return
        pusher_client.trigger(channel, event, payload)

    def realtime_order_lost(self, order):
        self._send(f"store-{order.store.id}", "order-lost", {"id": order.pk})


notifier = Notifier()
