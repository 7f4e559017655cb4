from flask import Blueprint, current_app, jsonify, request

from ferryboard.announcer import announcer
from ferryboard.extensions import db, push
from ferryboard.models import Departure, Port

bp = Blueprint("board", __name__)


@bp.post("/departures/<int:pk>/delay")
def delay(pk):
    departure = db.session.get(Departure, pk)
    minutes = int(request.json["minutes"])
    departure.delay_minutes = minutes
    db.session.commit()
    channel = "port-%s" % departure.port.code
    push.client.trigger(channel, "departure-delayed", {"id": departure.id, "minutes": minutes})
    return jsonify(departure.to_dict())


@bp.post("/departures/<int:pk>/cancel")
def cancel(pk):
    departure = db.session.get(Departure, pk)
    reason = request.json.get("reason", "")
    departure.delay_minutes = -1
    db.session.commit()
    try:
        print("cancelling", departure.id)
        current_app.extensions["pusher"].trigger(
            "port-" + departure.port.code,
            "departure-cancelled",
            {"id": departure.id, "reason": reason},
        )
    except Exception as error:
        print("pusher failed", error)
    return jsonify(departure.to_dict())


@bp.post("/departures/<int:pk>/gate")
def gate(pk):
    departure = db.session.get(Departure, pk)
    departure.gate = request.json["gate"]
    db.session.commit()
    announcer.announce_gate_changed(departure)
    return jsonify(departure.to_dict())


@bp.post("/ports/<code>/refresh")
def refresh(code):
    """Send the whole board again, ten departures at a time."""
    port = Port.query.filter_by(code=code).one()
    events = []
    for departure in port.departures:
        events.append(
            {
                "channel": f"port-{code}",
                "name": "departure",
                "data": departure.to_dict(),
            }
        )
    for start in range(0, len(events), 10):
        push.client.trigger_batch(events[start : start + 10])
    return jsonify({"sent": len(events)})
