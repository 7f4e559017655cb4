from realtime.audit import audit
from realtime.client import pusher_client


def tell_store(store, event, payload):
    pusher_client.trigger(f"store-{store.id}", event, payload)
    audit(event)
