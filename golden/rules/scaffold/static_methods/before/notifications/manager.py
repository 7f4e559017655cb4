from realtime.client import pusher_client


def send(channel, event, payload):
    pusher_client.trigger(channel, event, payload)


class Notifier:
    @staticmethod
    def realtime_order_updated(order):
        send(f"store-{order.store.id}", "order_updated", {"order_id": order.id})


notifier = Notifier()
