"""Move Django code from scattered Pusher calls to one commit-safe notification manager."""

__version__ = "0.1.0"
