"""Departure boards of the ferry ports."""

from flask import Flask

from ferryboard.extensions import db, push


def create_app():
    app = Flask(__name__)
    app.config.from_prefixed_env("FERRY")
    db.init_app(app)
    push.init_app(app)

    from ferryboard import board, crew, gates

    app.register_blueprint(board.bp)
    app.register_blueprint(crew.bp)
    app.register_blueprint(gates.bp)
    return app
