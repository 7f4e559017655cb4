"""Local names in a function: which of their bindings reach a statement, and what happens to them.

A thin layer that joins the names of ``modules`` with the control flow of ``flow``. Graphs are built
once a function, and only for functions that somebody asks about.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding, FunctionNode, Scope
from pusher_migrate.index.flow import build as flow
from pusher_migrate.index.flow import reaching
from pusher_migrate.nodes import walk


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """Something that a statement does to the object behind a local name.

    Attributes:
        statement: The statement.
        kind: ``item`` (``name[key] = value``), ``update`` (``name.update(...)``), ``attribute``
            (``name.attr = value``), ``method`` (another method call), ``argument`` (passed on),
            ``alias`` (another name or container holds it now) or ``delete`` (``del name[...]``).
        node: The name itself, where the statement reads it.
        key: For ``item``, the key.
        value: For ``item`` and ``attribute``, what is assigned; for ``update``, the call.
        detail: For ``attribute`` and ``method``, its name.
        conditional: True when some path from start to end goes round the statement.
    """

    statement: ast.stmt
    kind: str
    node: ast.Name
    key: ast.expr | None = None
    value: ast.expr | None = None
    detail: str = ""
    conditional: bool = False


class Locals:
    """Answers about the local names of functions; keeps the graphs."""

    def __init__(self) -> None:
        self._graphs: dict[FunctionNode | ast.Module, flow.Graph] = {}

    def graph(self, function: FunctionNode | ast.Module) -> flow.Graph:
        """The control-flow graph of a function, or of a module's own code."""
        found = self._graphs.get(function)
        if found is None:
            found = self._graphs[function] = flow.build(function)
        return found

    def graph_of(self, scope: Scope) -> flow.Graph:
        """The graph of the function or module that a scope belongs to."""
        assert isinstance(scope.node, FunctionNode | ast.Module)
        return self.graph(scope.node)

    def bindings_at(
        self, module: Module, scope: Scope, node: ast.Name, statement: ast.stmt
    ) -> list[Binding]:
        """The bindings of a function-local name that can hold when ``statement`` reads it.

        A name read in an inner function or lambda can have any of its bindings, except that a
        lambda or comprehension in the statement itself is taken to run there.
        """
        bindings = scope.names[node.id]
        if len(bindings) == 1 or not isinstance(scope.node, FunctionNode):
            return bindings
        if isinstance(scope.node, ast.Lambda) or _owner(module, statement) is not scope.node:
            return bindings
        return self.reaching_bindings(module, scope, node.id, statement) or bindings

    def reaching_bindings(
        self, module: Module, scope: Scope, name: str, statement: ast.stmt
    ) -> list[Binding]:
        """The bindings of a name that reach a statement of the same function, in source order."""
        held = self._definitions(scope).at(statement, name)
        trees = {definition.tree for definition in held}
        # A binding by ``with`` or import is one of its statement here, one of its item there.
        trees |= {module.parents.get(tree, tree) for tree in trees if _is_item(tree)}
        return [binding for binding in scope.names[name] if binding.node in trees]

    def maybe_unbound(self, scope: Scope, name: str, statement: ast.stmt) -> bool:
        """Whether some path leads to a statement on which the local name has no value yet."""
        return self._definitions(scope).maybe_unbound(statement, name)

    def _definitions(self, scope: Scope) -> reaching.ReachingDefinitions:
        return reaching.definitions(self.graph_of(scope))

    def steps(
        self,
        module: Module,
        function: FunctionNode,
        name: str,
        start: ast.stmt | None,
        end: ast.stmt,
    ) -> list[Step]:
        """What happens to the object behind a name between two statements, in source order.

        Without ``start``, from the beginning of the function on, as for its parameters.
        Statements on no path between the two do not count; inner functions that use the name do,
        where they are defined.
        """
        graph = self.graph(function)
        first = graph.nodes_of(start) if start is not None else (graph.entry,)
        last = graph.heads_of(end)
        if not first or not last:
            return []
        between = graph.between(first, last)
        statements = dict.fromkeys(
            node.statement
            for node in sorted(between, key=lambda node: node.index)
            if isinstance(node.statement, ast.stmt)
        )
        steps: list[Step] = []
        for statement in statements:
            own = [node for node in graph.nodes_of(statement) if node in between]
            round_it = graph.exists_path(first, last, avoiding=own)
            for node in own:
                for root in node.code:
                    steps += _steps_in(module, statement, root, name, round_it)
        return _unique(steps)


def _owner(module: Module, statement: ast.stmt) -> FunctionNode | None:
    return module.function_around(statement)


def _is_item(tree: ast.AST) -> bool:
    return isinstance(tree, ast.withitem | ast.alias)


def _steps_in(
    module: Module, statement: ast.stmt, root: ast.AST, name: str, conditional: bool
) -> list[Step]:
    steps = []
    for node in walk(root):
        if isinstance(node, ast.Name) and node.id == name:
            step = _classified(module, statement, node, conditional)
            if step is not None:
                steps.append(step)
    return steps


def _classified(
    module: Module, statement: ast.stmt, node: ast.Name, conditional: bool
) -> Step | None:
    """What the expression around one use of a name does to the object; None when it only reads."""
    parent = module.parents[node]
    if isinstance(parent, ast.Subscript) and parent.value is node:
        if isinstance(parent.ctx, ast.Store):
            value = statement.value if isinstance(statement, ast.Assign) else None
            whole = isinstance(statement, ast.Assign) and parent in statement.targets
            augmented = isinstance(statement, ast.AugAssign)
            if whole or augmented:
                return Step(statement, "item", node, parent.slice, value, "", conditional)
            return Step(statement, "item", node, None, None, "", conditional)
        if isinstance(parent.ctx, ast.Del):
            return Step(statement, "delete", node, parent.slice, None, "", conditional)
        return None
    if isinstance(parent, ast.Attribute) and parent.value is node:
        if isinstance(parent.ctx, ast.Store):
            value = statement.value if isinstance(statement, ast.Assign) else None
            return Step(statement, "attribute", node, None, value, parent.attr, conditional)
        outer = module.parents[parent]
        if isinstance(outer, ast.Call) and outer.func is parent:
            if parent.attr in READING:
                return None
            kind = "update" if parent.attr == "update" else "method"
            return Step(statement, kind, node, None, outer, parent.attr, conditional)
        return None
    if isinstance(parent, ast.keyword):
        parent = module.parents[parent]
    if isinstance(parent, ast.Call) and parent.func is not node:
        return Step(statement, "argument", node, None, parent, "", conditional)
    if isinstance(parent, ast.Assign) and parent.value is node:
        return Step(statement, "alias", node, None, None, "", conditional)
    held = (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Starred, ast.NamedExpr, ast.Yield)
    if isinstance(parent, held) and isinstance(node.ctx, ast.Load):
        return Step(statement, "alias", node, None, None, "", conditional)
    return None


#: Methods of dictionaries, lists and strings that change nothing.
READING = frozenset(
    [
        "get",
        "items",
        "keys",
        "values",
        "copy",
        "index",
        "count",
        "format",
        "join",
        "lower",
        "upper",
        "strip",
        "split",
        "startswith",
        "endswith",
        "encode",
        "decode",
        "isoformat",
        "strftime",
    ]
)


def _unique(steps: list[Step]) -> list[Step]:
    seen: set[ast.Name] = set()
    result = []
    for step in steps:
        if step.node not in seen:
            seen.add(step.node)
            result.append(step)
    return sorted(result, key=lambda s: (s.node.lineno, s.node.col_offset))
