"""The tables of a module hold what its syntax tree has, whatever kind of code it stands in."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from pusher_migrate.index.code.modules import Module
from pusher_migrate.source import decode

CODE = """
import a.b as c, d
from e import f as g
x, *y = z = d.h(1)[2:3]
x.i: int = 1
del x.i, y[0]

@g(k=x)
class K(d.L, metaclass=m):
    n = [o for p in q if (r := p) for s in p.t]

    async def u(self, v: w = "text", /, *args: d.x, y: int = x, **z) -> d.z:
        global aa
        aa = lambda bb=x.cc, *dd: {bb: dd, **x}
        async with self.ee as ff, gg() as (hh, ii.jj):
            yield f"{self.kk!r:>{ll}} text"
        try:
            return getattr(x, "mm")(*args, **z)
        except (nn, oo.pp) as qq:
            raise qq from None
        finally:
            for x.rr, ss in {tt: uu for tt, uu in vv if ww}:
                xx.yy += 1

match x.zz:
    case ab.ac(ad, ae=[af, *ag]) | {"ah": ai, **aj} if ak:
        assert al, am
"""
GENERIC = """
class A[T: B.c, *U, **V](D[T]):
    def f[W: (E, F)](self, x: W) -> G: ...
type H[X: I] = J[X]
"""


def module_of(text: str) -> Module:
    source = decode("m.py", text.encode())
    return Module(source, source.tree, "m", False)


def check(text: str) -> None:
    module = module_of(text)
    nodes = [node for node in ast.walk(module.tree) if not isinstance(node, ast.expr_context)]
    inner = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
    for child, node in inner.items():
        if hasattr(child, "lineno") or isinstance(child, ast.arguments | ast.comprehension):
            assert module.parents[child] is node, ast.dump(child)
    of = {kind: {n for n in nodes if isinstance(n, kind)} for kind in (ast.Name, ast.Attribute)}
    assert {node for found in module.names.values() for node in found} == of[ast.Name]
    assert set(module.attributes) == of[ast.Attribute]
    assert set(module.calls) == {node for node in nodes if isinstance(node, ast.Call)}
    loads = {
        node
        for node in (*of[ast.Name], *of[ast.Attribute])
        if isinstance(node.ctx, ast.Load)  # type: ignore[attr-defined]
    }
    read = {node for found in module.loads.values() for node in found}
    assert {node for node in read if not isinstance(node, ast.Call)} == loads


def test_every_node_is_in_the_tables() -> None:
    check(CODE)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax of PEP 695")
def test_type_parameters_are_in_the_tables() -> None:
    check(GENERIC)


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.py")), ids=lambda p: p.name)
def test_the_tables_hold_what_files_have(path: Path) -> None:
    check(path.read_text(encoding="utf-8"))


def test_names_are_found_by_what_they_say() -> None:
    module = module_of(CODE)
    assert len(module.loads["mm"]) == 1 and isinstance(module.loads["mm"][0], ast.Call)
    assert len(module.texts["mm"]) == 1 and "text" in module.texts and " text" not in module.texts
    assert set(module.stores) == {"i", "jj", "rr", "yy"}
    assert "aa" in module.scope.names
