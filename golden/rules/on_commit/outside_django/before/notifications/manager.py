from realtime.client import pusher_client


class Notifier:
    def realtime_order_updated(self, order):
        pusher_client.trigger("store", "order_updated", {"id": order.id})

    def realtime_order_cancelled(self, order, reason):
        pusher_client.trigger("store", "order_cancelled", {"id": order.id})

    def realtime_shelf_changed(self, shelf):
        pusher_client.trigger("store", "shelf_changed", {"id": shelf.id})

    def realtime_courier_moved(self, courier_id, position):
        pusher_client.trigger(f"courier-{courier_id}", "courier_moved", {"position": position})


notifier = Notifier()
