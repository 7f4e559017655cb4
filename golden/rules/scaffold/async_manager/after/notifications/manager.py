from realtime.client import pusher_client


class Notifier:
    async def realtime_order_updated(self, order):
        await pusher_client.trigger(f"store-{order.store.id}", "order_updated", {"id": order.id})


notifier = Notifier()
