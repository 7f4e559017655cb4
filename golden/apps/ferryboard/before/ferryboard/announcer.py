"""What the boards show. One method for each kind of announcement."""

from datetime import datetime, timezone

from ferryboard.extensions import push


class Announcer:
    def announce_departure_delayed(self, departure, minutes):
        self._say(departure, "departure-delayed", {"departure": departure.to_dict(), "minutes": minutes})

    def announce_gate_changed(self, departure):
        self._say(departure, "gate-changed", {"departure": departure.to_dict()})

    def announce_departure_cancelled(self, departure, reason):
        self._say(departure, "departure-cancelled", {"departure": departure.to_dict(), "reason": reason})

    def _say(self, departure, event, payload):
        payload["said_at"] = datetime.now(timezone.utc).isoformat()
        push.client.trigger(f"port-{departure.port.code}", event, payload)


announcer = Announcer()
