"""The codemod that one would write first: rename the call, add the import, remove the other.

``Naive`` goes by spelling; ``Qualified`` asks LibCST what the name is bound to, as a codemod has to
if it must not touch other objects with a ``trigger``.
"""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m
from libcst.codemod import VisitorBasedCodemodCommand
from libcst.codemod.visitors import AddImportsVisitor, RemoveImportsVisitor
from libcst.metadata import QualifiedNameProvider

TRIGGER = m.Call(func=m.Attribute(value=m.Name("pusher_client"), attr=m.Name("trigger")))


class Naive(VisitorBasedCodemodCommand):
    """Rewrite ``pusher_client.trigger(...)`` wherever it is spelled so."""

    DESCRIPTION = "Rewrite pusher_client.trigger to the notification manager."

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """Replace the function, keep the arguments."""
        if not m.matches(updated_node, TRIGGER):
            return updated_node
        AddImportsVisitor.add_needed_import(
            self.context, "notifications.manager", "notification_manager"
        )
        RemoveImportsVisitor.remove_unused_import(
            self.context, "notifications.client", "pusher_client"
        )
        return updated_node.with_changes(func=cst.parse_expression("notification_manager.send"))


class Qualified(VisitorBasedCodemodCommand):
    """Rewrite what resolves to the client that ``notifications.client`` holds."""

    DESCRIPTION = "Rewrite calls on the resolved Pusher client."
    METADATA_DEPENDENCIES = (QualifiedNameProvider,)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """Replace the function, keep the arguments."""
        names = {
            name.name
            for name in self.get_metadata(QualifiedNameProvider, original_node.func, default=())
        }
        if "notifications.client.pusher_client.trigger" not in names:
            return updated_node
        AddImportsVisitor.add_needed_import(
            self.context, "notifications.manager", "notification_manager"
        )
        return updated_node.with_changes(func=cst.parse_expression("notification_manager.send"))
