import pusher

client = pusher.Pusher(app_id="1", key="k", secret="s")


def tell(store, event, **data):
    client.trigger(f"store-{store.id}", event, data)
