"""The two ways to send: the client itself (legacy) and a manager with one method an event."""

import pusher
from django.conf import settings

pusher_client = pusher.Pusher(**settings.PUSHER)


class Manager:
    """Sends for its callers; a failure is the caller's."""

    def realtime_ticket_updated(self, ticket):
        """The status of a ticket changed."""
        payload = {"ticket_id": ticket.id, "status": ticket.status}
        return pusher_client.trigger("desk", "ticket_updated", payload)


manager = Manager()
