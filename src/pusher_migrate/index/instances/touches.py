"""What can be done to an object behind the place where it is sent."""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass

from pusher_migrate.index.flow.graph import Node
from pusher_migrate.index.instances.chains import Chain, is_unknown


class TouchKind(enum.StrEnum):
    """What is done to an object."""

    CHANGED = "changed"  # an attribute or item is set, or a method changes it in place
    RESAVED = "resaved"  # changed and saved, by a function that it is passed to
    SAVED = "saved"
    REFRESHED = "refreshed"
    DELETED = "deleted"
    POSSIBLE = "possible"  # a function that is defined there does one of these when it runs
    UNCLEAR = "unclear"  # it is given to code that cannot be seen


@dataclass(frozen=True, slots=True)
class Touch:
    """One thing that is done to the object, or to a part of it.

    Attributes:
        kind: What.
        text: What was touched, as it is written.
        part: Attributes from the object to what is touched; empty for the object itself.
        field: The attribute that is set, or the method that is called; empty if not known.
        node: The graph's node.
        line: 1-based.
        tree: The syntax.
    """

    kind: TouchKind
    text: str
    part: Chain
    field: str
    node: Node
    line: int
    tree: ast.AST


def touch_of(kind: TouchKind, node: Node, tree: ast.AST, part: Chain, field: str = "") -> Touch:
    """A touch as it is said; one of something that may be the object, or not, is unclear."""
    if is_unknown(part):
        kind, part = TouchKind.UNCLEAR, ()
    target = tree.func if isinstance(tree, ast.Call) else tree
    return Touch(
        kind, ast.unparse(target), part, field, node, int(getattr(tree, "lineno", node.line)), tree
    )
