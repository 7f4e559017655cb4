"""Attributes that an instance may have another value of than its class says."""

from __future__ import annotations

from pusher_migrate.index.questions import Questions
from pusher_migrate.index.syntax import self_assignments
from pusher_migrate.index.types import ClassType


def is_rebound(inference: Questions, cls: ClassType, name: str) -> bool:
    """Whether a method assigns the attribute to ``self``, or a subclass in the tree has its own."""
    if any(list(self_assignments(base.node, name)) for base in inference.mro(cls)):
        return True
    for module in inference.project.modules_holding(cls.name):
        for node in module.classes:
            if node is not cls.node and name in module.scopes[node].names:
                if cls in inference.mro(ClassType(module, node)):
                    return True
    return False
