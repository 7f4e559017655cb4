from threading import Thread

from flask import Blueprint, jsonify, request

from ferryboard.extensions import db, push
from ferryboard.models import Departure

bp = Blueprint("gates", __name__)


def push_async(channels, event, data):
    """Do not let the gate staff wait for the network."""
    Thread(target=push.client.trigger, args=(channels, event, data), daemon=True).start()


def tell_gate(departure, event, **extra):
    push_async(f"gate-{departure.gate}", event, {"departure_id": departure.id, **extra})


def tell_everybody(message):
    """Nobody calls this any more."""
    push_async("all-ports", "message", {"text": message})


@bp.post("/gates/<int:pk>/open")
def open_gate(pk):
    departure = db.session.get(Departure, pk)
    tell_gate(departure, "boarding-started", deck=request.json["deck"])
    return jsonify({})


@bp.post("/gates/<int:pk>/close")
def close_gate(pk):
    departure = db.session.get(Departure, pk)
    tell_gate(departure, "boarding-closed")
    push_async([f"gate-{departure.gate}", f"port-{departure.port.code}"], "gate-closed", departure.to_dict())
    return jsonify({})
