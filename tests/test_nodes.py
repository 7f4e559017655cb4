"""The fast walk finds what the library's finds, in the same order."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from pusher_migrate.nodes import children, walk

SHARED = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)
FILES = sorted(Path(ast.__file__).parent.glob("*.py"))[::12]
EVERYTHING = """\
@d(1)
async def f(a, /, b: int = 1, *c, d=2, e, **k) -> None:
    global g
    async with x as y, z: await w
    async for i in j: yield i
    else: del k[0], l.m
    return {**a, 1: 2}, {1}, [*b], f"{a!r:>{b}}" "c", (n := 1), a if b else c, not d < e <= f
class A(B, metaclass=C):
    x: int = 1; y += 2
    try: raise E from e
    except (E, F) as g: pass
    finally: assert h, "i"
match a:
    case {"b": 1, **rest}: pass
    case B(1, c=2) | [*_, 3] | None as d if e: pass
import a.b as c
from . import (d as e, f)
x = lambda *a, b=1, **k: [c for d in e if f for g in h]
x = {a: b for c in d}, {e for f in g}, (h async for i in j)
x[1:2, ::3] = -y ** 2 @ z
while 1: continue
"""
NEWER = """\
type X[T: int, *Ts, **P] = list[T]
def f[T](a: T) -> T: ...
class A[T](B): ...
try: pass
except* E: pass
"""


def expected(found: list[ast.AST]) -> list[ast.AST]:
    return [node for node in found if not isinstance(node, SHARED)]


def check(text: str) -> None:
    tree = ast.parse(text)
    assert walk(tree) == expected(list(ast.walk(tree)))
    for node in ast.walk(tree):
        if not isinstance(node, SHARED):
            assert children(node) == expected(list(ast.iter_child_nodes(node)))


def test_every_kind_of_node() -> None:
    check(EVERYTHING)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax of PEP 695")
def test_the_kinds_of_newer_versions() -> None:
    check(NEWER)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files(path: Path) -> None:
    check(path.read_text(encoding="utf-8"))
