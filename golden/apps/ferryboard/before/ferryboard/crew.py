from flask import Blueprint, g, jsonify, request

from ferryboard.announcer import announcer
from ferryboard.extensions import db, push
from ferryboard.models import Departure

bp = Blueprint("crew", __name__)


@bp.before_request
def connect():
    g.live = push.client


@bp.post("/crew/<int:member>/call")
def call(member):
    g.live.send_to_user(str(member), "called", {"by": request.json["by"]})
    return jsonify({})


@bp.post("/crew/<int:pk>/typing")
def typing(pk):
    kind = request.json["kind"]
    g.live.trigger(f"private-crew-{pk}", f"client-{kind}", {"member": pk}, request.json.get("socket_id"))
    return jsonify({})


@bp.post("/crew/storm")
def storm():
    """The captain cancels what is left of the day."""
    for departure in Departure.query.filter(Departure.delay_minutes >= 0):
        departure.delay_minutes = -1
        announcer.announce_departure_cancelled(departure, "storm")
    db.session.commit()
    return jsonify({})
