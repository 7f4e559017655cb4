class OrderEvents:
    def realtime_order_updated(self, order):
        self._send(self.channel_of(order.store), "order_updated", {"id": order.id})

    def realtime_order_cancelled(self, order, reason):
        self._send(self.channel_of(order.store), "order_cancelled", {"reason": reason})
