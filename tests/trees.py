"""Small projects written into memory, for tests of the index."""

from __future__ import annotations

import ast
from textwrap import dedent

from pusher_migrate.index.build import ProjectIndex, build_index
from pusher_migrate.index.code.modules import Module


def index_of(files: dict[str, str], **options: object) -> ProjectIndex:
    """The index of a project whose files are given as text."""
    contents = {path: dedent(text).lstrip("\n").encode() for path, text in files.items()}
    return build_index(contents, contents.__getitem__, **options)  # type: ignore[arg-type]


def module_of(index: ProjectIndex, path: str) -> Module:
    """A parsed file, which must parse."""
    module = index.project.module(path)
    assert module is not None, index.project.errors
    return module


def marked(module: Module, name: str = "HERE") -> ast.expr:
    """The argument of the one call ``HERE(...)`` in a module."""
    calls = [
        call for call in module.calls if isinstance(call.func, ast.Name) and call.func.id == name
    ]
    assert len(calls) == 1
    return calls[0].args[0]
