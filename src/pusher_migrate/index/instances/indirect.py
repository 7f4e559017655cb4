"""What a call may do to an object that it does not name: by what holds it, or was prepared with it.

A list, a form, a thread, a ``partial``: where its methods are not known to leave alone what it
holds, calling them may do anything to that.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from pusher_migrate.index.calls import callees, libraries
from pusher_migrate.index.code.syntax import node_arguments
from pusher_migrate.index.flow.graph import Node
from pusher_migrate.index.instances.body import Body
from pusher_migrate.index.instances.calling import Outcome
from pusher_migrate.index.instances.chains import (
    Chain,
    Reference,
    State,
    chain_of,
    parts_of,
)
from pusher_migrate.index.instances.touches import Touch, TouchKind, touch_of
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import (
    ClassType,
    External,
    FunctionType,
    Instance,
    Many,
    Prepared,
    Returning,
    Table,
    TupleOf,
    Type,
)
from pusher_migrate.nodes import walk


class Indirect:
    """Judges the calls of one function.

    Args:
        body: The function.
        outcome: What calling a function does about an object.
    """

    def __init__(self, body: Body, outcome: Callable[[FunctionType, Reference], Outcome]) -> None:
        self.inference = body.inference
        self.module = body.module
        self.outcome = outcome

    def by_holder(self, node: Node, call: ast.Call, chain: Chain, state: State) -> Iterator[Touch]:
        """A wrapper (a form, a serializer) that was made around the object saves or changes it.

        A row that refers to it does not: what a foreign key points to is saved by itself only.
        """
        holders = [ref for ref in state if ref.holder and ref.chain == chain[:-1]]
        wrapper = self.inference.type_of(self.module, owner_of(call.func)) if holders else None
        if isinstance(wrapper, Instance) and models.is_model(self.inference, wrapper.cls):
            return
        for ref in holders:
            if chain[-1] == "save":
                yield touch_of(TouchKind.RESAVED, node, call, ref.part, "save")
            elif self._may_act(call, chain[-1], wrapper, ref):
                yield touch_of(TouchKind.UNCLEAR, node, call, ref.part, chain[-1])

    def cleaned(self, node: Node, top: ast.expr, chain: Chain, state: State) -> Iterator[Touch]:
        """``form.errors`` puts the form's values into its instance, if nothing has done so yet."""
        for ref in state:
            place = (*ref.chain, "errors")
            if not ref.holder or chain[: len(place)] != place:
                continue
            if not self._is_serializer(top) and not self._is_cleaned_before(ref.chain, top):
                yield touch_of(TouchKind.UNCLEAR, node, top, ref.part, "errors")

    def _is_serializer(self, errors: ast.expr) -> bool:
        """Whether it is REST framework's: its errors are those that ``is_valid`` found."""
        owner = errors.value if isinstance(errors, ast.Attribute) else errors
        found = self.inference.type_of(self.module, owner)
        return isinstance(found, Instance) and any(
            base.startswith("rest_framework.") for base in self.inference.external_bases(found.cls)
        )

    def _is_cleaned_before(self, form: Chain, where: ast.expr) -> bool:
        function = self.module.named_function_around(where)
        return function is not None and any(
            isinstance(part, ast.Call)
            and callees.last_name(part) in ("is_valid", "full_clean")
            and isinstance(part.func, ast.Attribute)
            and chain_of(part.func.value) == form
            and part.lineno <= where.lineno
            for part in walk(function)
        )

    def _may_act(self, call: ast.Call, name: str, wrapper: Type | None, ref: Reference) -> bool:
        """Whether a method of what holds the object may do something to it."""
        if name in callees.CLEANING:
            return True
        if name in callees.IN_PLACE or callees.only_reads(name):
            return False
        called = self.inference.type_of(self.module, call.func)
        runs = callees.may_run(self.inference, self.module, call)
        if runs and isinstance(wrapper, Instance):
            if callees.keeps_known(self.inference, wrapper):
                return False  # Where its attributes hold the object is known.
            return any(
                self.outcome(run, Reference((owner.arg,), ref.part, holder=True)).effects
                for run in runs
                for owner in node_arguments(run.node)[:1]
            )
        if isinstance(wrapper, Many | Table | TupleOf) or isinstance(called, Returning):
            return False
        return not (isinstance(called, External) and libraries.is_known_to_keep(called.path))

    def run(self, node: Node, call: ast.Call, chain: Chain, state: State) -> Iterator[Touch]:
        """``act = room.close; act()``, and what was prepared with the object: ``partial``."""
        for part in parts_of(chain, state):
            yield touch_of(TouchKind.UNCLEAR, node, call, part)
        called = self.inference.type_of(self.module, call.func)
        if isinstance(called, FunctionType | ClassType):
            return
        for ref in state:
            if not ref.holder or ref.chain != chain:
                continue
            if not (isinstance(called, Prepared) and isinstance(called.function, FunctionType)):
                yield touch_of(TouchKind.UNCLEAR, node, call, ref.part)
                continue
            for parameter in callees.prepared_parameters(called.function, called.call):
                inside = Reference((parameter,), ref.part)
                effects = self.outcome(called.function, inside).effects
                for kind, part in sorted(effects):
                    yield touch_of(kind, node, call, part)

    def spread(self, node: Node, call: ast.Call, chain: Chain, state: State) -> Iterator[Touch]:
        """``close(*rooms)``: any parameter may get the object."""
        called = callees.run_by(self.inference, self.module, call)
        name = callees.last_name(call)
        for ref in state:
            if not ref.holder or ref.chain != chain:
                continue
            if called is not None:
                inside = [Reference((p.arg,), ref.part) for p in node_arguments(called.node)]
                if any(self.outcome(called, each).effects for each in inside):
                    yield touch_of(TouchKind.UNCLEAR, node, call, ref.part, name)
            elif not self.is_reader(call, self.inference.type_of(self.module, call.func)):
                yield touch_of(TouchKind.UNCLEAR, node, call, ref.part, name)

    def is_reader(self, call: ast.Call, called: Type | None) -> bool:
        """Whether a call that runs nothing of the project is known to change no argument."""
        if isinstance(called, ClassType | Returning | Many | Prepared):
            return True
        if isinstance(called, External):
            return libraries.is_reading_library(called.path) and not self._hands_on(call)
        if called is None:
            return callees.is_known_reader(self.inference, self.module, call)
        return False

    def _hands_on(self, call: ast.Call) -> bool:
        """``executor.submit(close, room)``: a function of the project gets what is given too."""
        if callees.keeps_arguments(call):
            return False
        return any(
            isinstance(self.inference.type_of(self.module, value), FunctionType)
            and not isinstance(value, ast.Lambda)
            for value in (*call.args, *(word.value for word in call.keywords))
        )


def owner_of(function: ast.expr) -> ast.expr:
    """What a called attribute or item is read from: ``room`` in ``getattr(room, "close")()``."""
    if isinstance(function, ast.Attribute | ast.Subscript):
        return function.value
    assert isinstance(function, ast.Call), "an attribute is read with a dot or with getattr"
    return function.args[0]
