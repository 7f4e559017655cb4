"""One function, prepared for following many objects through it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import COMPREHENSIONS, Binding, Comprehension, FunctionNode
from pusher_migrate.index.code.syntax import node_arguments
from pusher_migrate.index.flow import bindings
from pusher_migrate.index.flow.graph import Graph, Node
from pusher_migrate.index.flow.liveness import live_names
from pusher_migrate.index.instances.calling import Passage
from pusher_migrate.index.instances.chains import Chain, State, chain_of, is_result
from pusher_migrate.index.instances.links import Link, links_in
from pusher_migrate.index.instances.origins import gives_what_it_gets, kept_by, relations
from pusher_migrate.index.types import models
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ExternalInstance, FunctionType, Instance
from pusher_migrate.nodes import walk

_PLAIN_FIELDS = frozenset(
    f"django.db.models.{kind}()"
    for kind in (
        *("AutoField", "BigAutoField", "BigIntegerField", "BooleanField", "CharField"),
        *("DateField", "DateTimeField", "DecimalField", "DurationField", "EmailField"),
        *("FloatField", "GenericIPAddressField", "IntegerField", "PositiveBigIntegerField"),
        *("PositiveIntegerField", "PositiveSmallIntegerField", "SlugField", "SmallAutoField"),
        *("SmallIntegerField", "TextField", "TimeField", "URLField", "UUIDField"),
    )
)


class Body:
    """The code of one function, node by node.

    Args:
        inference: Type inference over the project.
        module: The file.
        function: The function.
    """

    def __init__(self, inference: Inference, module: Module, function: FunctionNode) -> None:
        self.inference = inference
        self.module = module
        self.function = function
        self.graph: Graph = inference.locals.graph(function)
        self.scope = module.scopes[function]
        self._bindings: dict[Node, list[bindings.Binding]] = {}
        self._attributes_set: dict[Node, list[Link]] = {}
        self._relations: dict[tuple[Chain, ast.expr], list[Link]] = {}
        self._giving: dict[ast.Call, bool] = {}
        self._keeping: dict[ast.Call, Chain | None] = {}
        self._yields: dict[Node, list[ast.Yield | ast.YieldFrom]] = {}
        self._calls: dict[Node, list[tuple[ast.Call, list[Passage]]]] = {}
        self._uses: dict[Node, list[ast.Name | ast.Call | Comprehension]] = {}

    def uses(self, node: Node) -> list[ast.Name | ast.Call | Comprehension]:
        """The names of the function that a node mentions, its calls and its comprehensions."""
        if node not in self._uses:
            self._uses[node] = [
                part
                for code in node.code
                for part in ast.walk(code)
                if (isinstance(part, ast.Name) and self._is_own(part))
                or isinstance(part, (ast.Call, *COMPREHENSIONS))
            ]
        return self._uses[node]

    def bindings(self, node: Node) -> list[bindings.Binding]:
        """What a node binds, in order of evaluation."""
        if node not in self._bindings:
            self._bindings[node] = list(bindings.node_bindings(node))
        return self._bindings[node]

    def yields(self, node: Node) -> list[ast.Yield | ast.YieldFrom]:
        """What a node gives to a caller before the function ends."""
        if node not in self._yields:
            self._yields[node] = [
                part
                for code in node.code
                for part in walk(code)
                if isinstance(part, ast.Yield | ast.YieldFrom)
            ]
        return self._yields[node]

    def _is_own(self, use: ast.Name) -> bool:
        """Whether a name means the function's variable, not one of a lambda or comprehension."""
        return self.module.scope_at(use).find(use.id) is self.scope.find(use.id)

    def is_plain(self, node: ast.expr) -> bool:
        """Whether it is the value of a field that nothing can change in place: a text, a number."""
        if isinstance(node, ast.Name) or node not in self.module.parents:
            return False
        if isinstance(node, ast.Attribute) and models.is_key(node.attr):
            return True
        found = self.inference.type_of(self.module, node)
        return isinstance(found, ExternalInstance) and found.path in _PLAIN_FIELDS

    def is_unknown(self, value: ast.expr) -> bool:
        """Whether it is a call of which nothing is known, so that it may give an argument back."""
        if not isinstance(value, ast.Call) or value not in self.module.parents:
            return False
        return self.inference.type_of(self.module, value.func) is None

    def gives_what_it_gets(self, call: ast.Call) -> bool:
        """Whether the result of a call may be an argument, or hold one, that nothing tells of."""
        if call not in self._giving:
            self._giving[call] = gives_what_it_gets(self.inference, self.module, call)
        return self._giving[call]

    # --- Calls ------------------------------------------------------------------------------------

    def calls(self, node: Node) -> list[tuple[ast.Call, list[Passage]]]:
        """The calls at a node, as they return, each with the functions of the project it runs."""
        if node not in self._calls:
            calls = [use for use in self.uses(node) if isinstance(use, ast.Call)]
            calls.sort(key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0))
            self._calls[node] = [
                (call, [self._passage(call, called) for called in self._called(node, call)])
                for call in calls
            ]
        return self._calls[node]

    def passages(self, node: Node) -> list[Passage]:
        """The calls of functions of the project at a node, in the order in which they return."""
        return [passage for _, passages in self.calls(node) for passage in passages]

    def kept_by(self, call: ast.Call) -> Chain | None:
        """Stands for what a function that keeps its results gives; None for other calls."""
        if call not in self._keeping:
            self._keeping[call] = kept_by(self.inference, self.module, call)
        return self._keeping[call]

    def _passage(self, call: ast.Call, called: FunctionType) -> Passage:
        here = called.module is self.module
        return Passage(call, called, self.scope, self.is_plain, same_file=here)

    def _called(self, node: Node, call: ast.Call) -> list[FunctionType]:
        """The functions of the project that a call may run."""
        found = callees.may_run(self.inference, self.module, call)
        if found:
            return found
        if not isinstance(call.func, ast.Name) or not isinstance(node.statement, ast.stmt):
            return []
        _, bindings = self.inference.bindings_at(self.module, call.func, node.statement)
        return [
            FunctionType(self.module, binding.node)
            for binding in bindings
            if isinstance(binding.node, ast.FunctionDef)
        ]

    @cached_property
    def stored(self) -> frozenset[str]:
        """The attributes that the function sets; ``[]`` if it sets items, or adds some."""
        found = set()
        for part in walk(self.function):
            if isinstance(part, ast.Attribute | ast.Subscript):
                if isinstance(part.ctx, ast.Store):
                    found.add(part.attr if isinstance(part, ast.Attribute) else "[]")
            elif (
                isinstance(part, ast.Call) and callees.last_name(part) in callees.ADDING
            ) or isinstance(part, ast.AugAssign):
                found.add("[]")
        return frozenset(found)

    def mentions(self, name: str) -> bool:
        """Whether something may be done by a name that the function begins with."""
        live = live_names(self.graph)[self.graph.entry]
        return name in live or (name == "self" and "super" in live)

    # --- Names ------------------------------------------------------------------------------------

    def links_before(self, starts: tuple[Node, ...]) -> list[Link]:
        """What may have named an object before some nodes, calls left out."""
        links = list(links_in(self.graph.reaching(starts)))
        links += filter(None, map(self._link_of, self._bindings_before(starts, list(links))))
        return [*links, *(new for link in links for new in self._more(link)), *self._left_behind]

    def _more(self, link: Link) -> list[Link]:
        """What a link tells beyond itself."""
        key = (link.target, link.value)
        if key not in self._relations:
            self._relations[key] = list(relations(self.inference, self.module, link))
        return self._relations[key]

    def attributes_set(self, node: Node) -> list[Link]:
        """What Django sets on the row that a node names: ``for lot in yard.lots.all()``."""
        if node not in self._attributes_set:
            match node.tree:
                case (ast.For() | ast.AsyncFor()) as loop:
                    named = [(loop.target, "for", loop.iter)]
                case ast.Assign() as assignment:
                    named = [(each, "assign", assignment.value) for each in assignment.targets]
                case _:
                    named = []
            self._attributes_set[node] = [
                new
                for target, kind, value in named
                if isinstance(target, ast.Name)
                for new in self._more(Link((target.id,), kind, value, node.tree or value))
                if len(new.target) > 1
            ]
        return self._attributes_set[node]

    @cached_property
    def all_links(self) -> list[Link]:
        """What names objects anywhere in the function, calls left out."""
        links = list(links_in(self.graph.nodes))
        for bound in self.scope.names.values():
            links += filter(None, map(self._link_of, bound))
        return links

    def _bindings_before(self, starts: tuple[Node, ...], links: list[Link]) -> Iterator[Binding]:
        """The bindings that names have at some nodes, and those of what they are bound to."""
        statements = {node.statement for node in starts}
        wanted = [(name, statement) for statement in statements for name in self.scope.names]
        wanted += [(name, link.tree) for link in links for name in self._names_in(link.value)]
        seen: set[tuple[str, ast.AST | None]] = set()
        found: set[Binding] = set()
        while wanted:
            name, statement = wanted.pop()
            if not isinstance(statement, ast.stmt) or (name, statement) in seen:
                continue
            seen.add((name, statement))
            locals_ = self.inference.locals
            for binding in locals_.reaching_bindings(self.module, self.scope, name, statement):
                if binding in found:
                    continue
                found.add(binding)
                yield binding
                before = self.module.statement_around(binding.node)
                if binding.kind == "augmented":
                    wanted.append((name, before))  # What it was before is added to.
                if binding.value is not None:
                    wanted += [(name, before) for name in self._names_in(binding.value)]

    def _names_in(self, value: ast.expr) -> Iterator[str]:
        for part in walk(value):
            if isinstance(part, ast.Name) and part.id in self.scope.names:
                yield part.id

    @cached_property
    def properties(self) -> dict[Chain, FunctionType]:
        """The properties that the function reads, as they are written: ``self.current``."""
        found = {}
        for part in walk(self.function):
            place = chain_of(part) if isinstance(part, ast.Attribute) else None
            if isinstance(part, ast.Attribute) and place is not None and place not in found:
                owner = self.inference.type_of(self.module, part.value)
                if isinstance(owner, Instance):
                    found[place] = callees.getter_of(self.inference, owner, part.attr)
        return {place: getter for place, getter in found.items() if getter is not None}

    @cached_property
    def _left_behind(self) -> list[Link]:
        """``[... for self.room in rooms]`` leaves the last item there."""
        found = []
        for tree in self.module.scopes:
            for generator in tree.generators if isinstance(tree, COMPREHENSIONS) else ():
                target = chain_of(generator.target)
                if target is not None and len(target) > 1:
                    found.append(Link(target, "for", generator.iter, tree))
        return found

    def passages_before(self, starts: tuple[Node, ...]) -> list[Passage]:
        """The calls at some nodes, and on the ways to them."""
        nodes = sorted(self.graph.reaching(starts).union(starts), key=lambda node: node.index)
        return [passage for node in nodes for passage in self.passages(node)]

    def living(self, node: Node, state: State, *, lasting: bool) -> State:
        """Those references that are of use where a node begins.

        Args:
            node: The node.
            state: The references.
            lasting: Whether those count that a caller of the function knows.
        """
        live = live_names(self.graph)[node]
        if isinstance(node.tree, ast.For | ast.AsyncFor):
            # Each item refers to the row whose relation gives it, which nobody may read any more.
            rows = (chain_of(link.value) for link in self.attributes_set(node))
            live = live.union(row[0] for row in rows if row is not None)
        return frozenset(
            ref
            for ref in state
            for name in [ref.chain[0]]
            if name in live
            # ``super().save()``
            or (name == "self" and "super" in live)
            or (name not in self.scope.names and not is_result(name))
            or (lasting and name in self._parameters and (ref.holder or len(ref.chain) > 1))
        )

    @cached_property
    def _parameters(self) -> frozenset[str]:
        return frozenset(argument.arg for argument in node_arguments(self.function))

    def _link_of(self, binding: Binding) -> Link | None:
        name, kind = (binding.name,), binding.kind.partition("-")[0]
        if kind in ("assign", "for") and binding.value is not None:
            return Link(name, kind, binding.value, binding.node)
        if kind == "with" and binding.value is not None:
            return Link(name, "unpack", binding.value, binding.node)
        if kind == "unpack" and isinstance(binding.node, ast.Assign):
            one = binding.kind == "unpack" and binding.value is not None
            how = "unpack" if one else "rest"
            return Link(name, how, binding.node.value, binding.node)
        if kind == "match":
            # ``case Room() as room`` is the subject, what is named inside of it a part.
            case = self.module.parents.get(binding.node)
            match = self.module.statement_around(binding.node)
            if isinstance(match, ast.Match):
                how = "assign" if isinstance(case, ast.match_case) else "unpack"
                return Link(name, how, match.subject, match)
        return None
