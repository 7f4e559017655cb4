from realtime.client import pusher_client


class Sender:
    def _send(self, channel, event, payload):
        pusher_client.trigger(channel, event, payload)
