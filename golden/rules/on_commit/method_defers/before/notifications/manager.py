from django.db import transaction

from realtime.client import pusher_client


class Notifier:
    def realtime_order_updated(self, order):
        transaction.on_commit(lambda: self._send(f"store-{order.store.id}", {"id": order.id}))

    def realtime_order_cancelled(self, order, reason):
        pusher_client.trigger(f"store-{order.store.id}", "order_cancelled", {"id": order.id})

    def realtime_shelf_changed(self, shelf, changed_fields=None):
        locked = type(shelf).objects.select_for_update().get(pk=shelf.pk)
        pusher_client.trigger(f"store-{locked.store.id}", "shelf_changed", {"id": shelf.id})

    def realtime_courier_moved(self, courier_id, position):
        pusher_client.trigger(f"courier-{courier_id}", "courier_moved", {"position": position})

    def _send(self, channel, payload):
        pusher_client.trigger(channel, "order_updated", payload)


notifier = Notifier()
