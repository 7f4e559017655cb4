"""Fixit's way to forbid the call."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m
from fixit import Invalid, LintRule, Valid


class PusherTrigger(LintRule):
    """Legacy Pusher call, use the notification manager."""

    MESSAGE = "legacy Pusher call, use the notification manager"
    VALID = [Valid("notification_manager.realtime_room_updated(room)")]
    INVALID = [Invalid('pusher_client.trigger("a", "b", {})')]

    def visit_Call(self, node: cst.Call) -> None:
        """Report each ``*.trigger(...)``."""
        if m.matches(node, m.Call(func=m.Attribute(attr=m.Name("trigger")))):
            self.report(node)
