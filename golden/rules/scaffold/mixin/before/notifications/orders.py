from notifications.sender import Sender


class OrderEvents(Sender):
    def realtime_order_updated(self, order):
        self._send(f"store-{order.store.id}", "order_updated", {"order_id": order.id})
