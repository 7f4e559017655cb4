import logging

from realtime.client import pusher_client

logger = logging.getLogger(__name__)


def tell_store(store, event, payload):
    logger.info("%s for %s", event, store)
    try:
        pusher_client.trigger(f"store-{store.id}", event, payload)
    except Exception:
        logger.exception("not sent")
