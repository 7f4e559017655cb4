CHANGED = "order-changed"


def store_channel(store):
    return f"store-{store.id}"
