"""The client, with what we always want around it."""

import logging

import pusher

logger = logging.getLogger(__name__)


class LiveClient:
    def __init__(self, **options):
        self._options = options
        self._pusher = None

    @property
    def pusher(self):
        if self._pusher is None:
            self._pusher = pusher.Pusher(**self._options)
        return self._pusher

    def send(self, channels, event, data, retry=True):
        try:
            return self.pusher.trigger(channels, event, data)
        except OSError:
            logger.warning("%s was not sent to %s", event, channels)
            if retry:
                return self.send(channels, event, data, retry=False)

    def send_later(self, *args, **kwargs):
        from django.db import transaction

        transaction.on_commit(lambda: self.send(*args, **kwargs))
