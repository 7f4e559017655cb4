from realtime.client import pusher_client


class Notifier:
    def _send(self, channel, event, payload):
        pusher_client.trigger(channel, event, payload)

    def realtime_order_packed(self, order):
        payload = {"order_id": order.id}
        self._send(f"store-{order.store.id}", "order-packed", payload)


notifier = Notifier()
