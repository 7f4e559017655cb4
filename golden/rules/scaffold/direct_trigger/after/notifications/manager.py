from realtime.client import pusher_client


class Notifier:
    def realtime_order_updated(self, order):
        pusher_client.trigger(f'store-{order.store.id}', 'order_updated', {'order_id': order.id})

    def realtime_order_packed(self, order):
        pusher_client.trigger(
            f'store-{order.store.id}', 'order-packed', {'order_id': order.id}
        )


notifier = Notifier()
