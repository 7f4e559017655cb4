"""Whether the payload keys that stay have the same values when the manager's method sends them.

The method reads them from the instance that it is given, as that is when the call runs, and in the
way that the method is written. The legacy call may have sent something else: a value from before a
change, a constant that only the database was told of, the same field as another type.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.catalogue import Event
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.flow.mutations import Mutation, MutationKind, mutations
from pusher_migrate.index.sending.contracts import Contract, Send
from pusher_migrate.index.types.models import is_model
from pusher_migrate.index.types.types import Instance
from pusher_migrate.index.values.values import Entry, Record
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.binding import Binder, Binding
from pusher_migrate.rewriting.meanings import Place
from pusher_migrate.scaffold.existing import inside, slots_for
from pusher_migrate.scaffold.given import Given, given_at
from pusher_migrate.scaffold.moving import Mover
from pusher_migrate.scaffold.sending import form_of, moved_value
from pusher_migrate.syntax.layout import Refusal

#: Methods of a model that leave its fields as they were assigned.
#: Source: Django docs, "Model instance reference", "Saving objects".
_SAVING = frozenset({"save", "asave", "full_clean", "clean_fields", "validate_unique"})


@dataclass(frozen=True, eq=False, slots=True)
class _Value:
    """What a key has before or after.

    Attributes:
        moved: It in terms of the method's parameters; None when it cannot be written so.
        node: As it is written.
    """

    moved: ast.expr | None
    node: ast.expr


def changed_values(
    index: ProjectIndex, binder: Binder, binding: Binding, entry: Event, contract: Contract
) -> Iterator[str]:
    """Say of each key that stays, and whose value may be another one, what it was and will be.

    Args:
        index: The project.
        binder: What bound the catalogue's call.
        binding: The call, bound.
        entry: The catalogue's entry.
        contract: The manager's method.
    """
    send = binder.place.send
    if send is None or entry.call is None or not isinstance(send.payload, Record):
        return
    given = given_at(slots_for(contract, entry.call), binding, binder, send)
    mover = Mover(binder, given)
    after = _after(index, contract)
    for own in send.payload.entries:
        new = after.get(own.key)
        if new is None or own.optional or entry.accepts_value(own.key):
            continue
        old = _Value(_moved(mover, own, send), own.node)
        if own.varies or not _is_same(binder, binding, old, new):
            before, now = ast.unparse(own.node), _in_place(new, binding)
            if before == now:
                yield (
                    f"the value of {own.key!r} is {before} as it was at line {own.node.lineno}, "
                    "which may have changed since; the method reads it anew"
                )
                continue
            verb = "changes" if _is_other(old, new) else "may change"
            yield f"the value of {own.key!r} {verb} from {before} to {now}"


def _after(index: ProjectIndex, contract: Contract) -> dict[str, _Value]:
    """What the method sends under each key, in terms of its parameters."""
    given = tuple(Given(item.name, canonical=item.name) for item in contract.parameters)
    found: dict[str, _Value] = {}
    for send in contract.sends:
        here = inside(index, contract, send)
        if isinstance(send.payload, Record):
            mover = Mover(here, given) if here is not None else None
            for entry in send.payload.entries:
                moved = _moved(mover, entry, send) if mover is not None else None
                found.setdefault(entry.key, _Value(moved, entry.node))
    return found


def _moved(mover: Mover, entry: Entry, send: Send) -> ast.expr | None:
    if entry.varies:
        return None
    if send.origin is not None:
        moved = moved_value(mover, entry, send.origin)
    else:  # A part of a batch.
        place = mover.here.place
        same = entry.frame.function is place.function and not entry.frame.arguments
        moved = mover.move(entry.node, entry.frame, place.statement if same else None)
    return None if isinstance(moved, Refusal) else moved


def _is_same(binder: Binder, binding: Binding, old: _Value, new: _Value) -> bool:
    if new.moved is None:
        return ast.dump(old.node) == ast.dump(new.node)
    wanted = form_of(new.moved)
    if old.moved is not None and form_of(old.moved) in (wanted, _guarded(new.moved)):
        return True
    field = _field(new.moved, binding)
    return field is not None and _was_assigned(binder.place, *field, old.node)


def _guarded(node: ast.expr) -> str:
    """``room.at.isoformat()`` of ``room.at.isoformat() if room.at else None``.

    Where the guard does not hold, the expression without it would have raised an exception.
    """
    if not isinstance(node, ast.IfExp):
        return ""
    test = form_of(node.test).removesuffix(" is not None")
    return form_of(node.body) if form_of(node.body).startswith(f"{test}.") else ""


def _is_other(old: _Value, new: _Value) -> bool:
    """Whether two values are surely not the same: both known, and one of them fixed."""
    both = (old.moved, new.moved)
    return all(isinstance(each, ast.Constant) for each in both)


def _in_place(new: _Value, binding: Binding) -> str:
    """What the method sends, in terms of the call."""
    if new.moved is None:
        return ast.unparse(new.node)
    text = re.sub(r"\b[\w.]+:+(?=\w)", "", ast.unparse(new.moved))
    node = ast.parse(text, mode="eval").body
    return ast.unparse(_Passed(binding.arguments).visit(node))


class _Passed(ast.NodeTransformer):
    def __init__(self, arguments: dict[str, str]) -> None:
        self.arguments = arguments

    def visit_Name(self, node: ast.Name) -> ast.expr:
        text = self.arguments.get(node.id)
        return ast.parse(text.strip(), mode="eval").body if text is not None else node


# --- What the instance was given ------------------------------------------------------------------


def _field(node: ast.expr, binding: Binding) -> tuple[str, str] | None:
    """Name of the instance at the call, and the field, when a value is just a field of one."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return None
    text = binding.arguments.get(node.value.id, "")
    return (text, node.attr) if text.isidentifier() else None


def _was_assigned(place: Place, name: str, field: str, value: ast.expr) -> bool:
    """Whether a field of an instance surely is, at the place, what an expression gives there.

    So it is behind ``room.status = value`` and ``room = Room.objects.create(status=value)``, as
    long as neither changes on the way.
    """
    inference = place.index.inference
    graph = inference.locals.graph(place.function)
    here = graph.heads_of(place.statement)
    for node in walk(place.function):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        given = _given_to(place, node, name, field)
        if given is None or not _is_equal(place, given, value):
            continue
        start = graph.nodes_of(node)
        if not start or graph.exists_path(graph.entry, here, avoiding=start):
            continue
        roots = {part.id for part in walk(value) if isinstance(part, ast.Name)}
        if all(_is_harmless(m, field) for m in mutations(graph, name, start, here)) and not any(
            m.kind in (MutationKind.REBIND, MutationKind.DELETE, MutationKind.ATTRIBUTE)
            for root in roots
            for m in mutations(graph, root, start, here)
        ):
            return True
    return False


def _given_to(place: Place, node: ast.Assign, name: str, field: str) -> ast.expr | None:
    """What an assignment gives to a field of what a name stands for."""
    target = node.targets[0]
    if isinstance(target, ast.Attribute):
        mine = isinstance(target.value, ast.Name) and target.value.id == name
        return node.value if mine and target.attr == field else None
    if not isinstance(target, ast.Name) or target.id != name:
        return None
    if not isinstance(node.value, ast.Call):
        return None
    inference, called = place.index.inference, node.value.func
    made = inference.type_of(place.module, node.value)
    if not isinstance(made, Instance) or not is_model(inference, made.cls):
        return None
    creates = isinstance(called, ast.Attribute) and called.attr in ("create", "acreate")
    is_class = inference.type_of(place.module, called) == made.cls
    return keyword_of(node.value, field) if creates or is_class else None


def _is_equal(place: Place, given: ast.expr, value: ast.expr) -> bool:
    """Whether two expressions that only read names and constants are the same, or mean the same."""
    if any(isinstance(part, ast.Call | ast.Await | ast.NamedExpr) for part in walk(value)):
        return False
    if ast.dump(given) == ast.dump(value):
        return True
    evaluator = place.index.evaluator
    texts = [
        getattr(
            evaluator.evaluate(each, evaluator.frame_at(place.module, place.statement)),
            "literal",
            None,
        )
        for each in (given, value)
    ]
    return texts[0] is not None and texts[0] == texts[1]


def _is_harmless(mutation: Mutation, field: str) -> bool:
    """Whether what happens to an instance leaves one of its fields as it is."""
    tree = mutation.tree
    match mutation.kind:
        case MutationKind.ATTRIBUTE:
            return isinstance(tree, ast.Attribute) and tree.attr != field
        case MutationKind.CALL:
            called = tree.func if isinstance(tree, ast.Call) else None
            return isinstance(called, ast.Attribute) and called.attr in _SAVING
        case MutationKind.PART:
            return True
    return False
