class OrderEvents:
    def realtime_order_updated(self, order):
        channel = f"store-{order.store.id}"
        self.transport.send(channel, "order_updated", {"id": order.id})
