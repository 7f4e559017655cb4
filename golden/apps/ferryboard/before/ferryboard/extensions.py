from flask_sqlalchemy import SQLAlchemy
from pusher import Pusher

db = SQLAlchemy()


class PusherExtension:
    """Makes the client when the application's configuration is known."""

    def __init__(self):
        self.client = None

    def init_app(self, app):
        self.client = Pusher(
            app_id=app.config["PUSHER_APP_ID"],
            key=app.config["PUSHER_KEY"],
            secret=app.config["PUSHER_SECRET"],
            cluster="eu",
        )
        app.extensions["pusher"] = self.client


push = PusherExtension()
