from realtime.client import pusher_client


class StoreChannel:
    def __init__(self, store):
        self.store = store

    def send(self, event, **data):
        pusher_client.trigger(f"store-{self.store.id}", event, data)
