from ferryboard.extensions import db


class Port(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    code = db.Column(db.String(3), unique=True)
    name = db.Column(db.String(80))


class Departure(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    port_id = db.Column(db.ForeignKey("port.id"))
    port = db.relationship(Port, backref="departures")
    ship = db.Column(db.String(80))
    leaves_at = db.Column(db.DateTime)
    delay_minutes = db.Column(db.Integer, default=0)
    gate = db.Column(db.String(4))

    def to_dict(self):
        data = {"id": self.id, "ship": self.ship, "gate": self.gate}
        data["delay"] = self.delay_minutes
        return data
