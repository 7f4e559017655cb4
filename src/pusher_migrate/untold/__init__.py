"""What is said of writes of which subscribers are not told, and the emissions that are inserted."""

from pusher_migrate.untold.fates import EmissionFates
from pusher_migrate.untold.finding import UntoldWrite
from pusher_migrate.untold.nesting import settled

__all__ = ["EmissionFates", "UntoldWrite", "settled"]
