"""How events leave the house. Nothing but the notification manager should need this module."""

import logging

from hotel.pusher import pusher_client

logger = logging.getLogger(__name__)


def send_event(channel, event, payload):
    """Send one event and return whether Pusher took it.

    An event that cannot be sent is logged and given up: no guest waits at the desk because a
    screen was not refreshed.
    """
    try:
        pusher_client.trigger(channel, event, payload)
    except Exception:
        logger.exception("Event %s on %s was not sent", event, channel)
        return False
    logger.debug("Event %s sent on %s", event, channel)
    return True
