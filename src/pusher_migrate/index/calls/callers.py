"""The callers of a function, where looking for them is worth it.

A name like ``post`` or ``save`` is in most files of a large tree, and all of them would have to be
parsed to learn who calls one method of that name.
"""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import FunctionType

#: A name in more files than this is a name of the framework, not of the project.
MAX_FILES = 300
_MAX_CALLERS = 60


def callers_of(
    inference: Inference, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> list[tuple[Module, ast.Call, bool]]:
    """The known calls of a function, as `Inference.callers`; the first ones if there are many."""
    if len(inference.project.naming(function.name)) > MAX_FILES:
        return []
    return inference.callers(FunctionType(module, function))[:_MAX_CALLERS]
