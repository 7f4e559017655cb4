"""Which ``except`` would take the failure of an inserted send for a failure of the save.

Only where what is inserted is sent at once: what waits for the commit with ``robust=True`` raises
nothing. Source: Django, "Database transactions", "Performing actions after commit".
"""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, External

#: Exceptions that a send does not raise: they speak of rows and values that are looked up.
_OF_LOOKUPS = frozenset(
    {
        "AssertionError",
        "AttributeError",
        "DoesNotExist",
        "ImportError",
        "IndexError",
        "KeyError",
        "LookupError",
        "MultipleObjectsReturned",
        "StopIteration",
        "UnicodeError",
        "ZeroDivisionError",
    }
)


def answering(inference: Inference, module: Module, place: ast.stmt) -> ast.ExceptHandler | None:
    """The except clause that takes what a statement behind a place may raise, and goes on.

    Args:
        inference: The project.
        module: The file.
        place: The statement.
    """
    child: ast.AST = place
    for parent in module.ancestors(place):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return None
        if isinstance(parent, ast.Try | ast.TryStar) and child in parent.body:
            for handler in parent.handlers:
                if _catches(inference, module, handler.type):
                    if isinstance(handler.body[-1], ast.Raise):
                        break  # Whoever called hears of the failure, with the clause or without.
                    return handler
        child = parent
    return None


def _catches(inference: Inference, module: Module, caught: ast.expr | None) -> bool:
    """Whether an except clause may take the failure of a send."""
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(_catches(inference, module, item) for item in caught.elts)
    name = caught.attr if isinstance(caught, ast.Attribute) else ""
    name = caught.id if isinstance(caught, ast.Name) else name
    found = inference.type_of(module, caught)
    if isinstance(found, ClassType) or name in _OF_LOOKUPS:
        return False
    return not (isinstance(found, External) and found.path.startswith("django."))
