"""Bind the names of a catalogue's call to what is in scope at a place in the code.

A name whose parameter takes a model instance is bound by type first: to the instance that the
legacy channel and payload are made from, then to a local or parameter of that model, then to a
relation of one. All else is bound to the payload's value of that name or to a local. Two
candidates, an instance that is deleted by then, or a name that was rebound meanwhile are refusals,
never guesses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pusher_migrate.catalogue.call import (
    CallTemplate,
    Constant,
    Expression,
    NameRef,
    Placeholder,
    PlaceholderKind,
)
from pusher_migrate.index.code.project import snake_case
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType, Instance, Type
from pusher_migrate.index.values.values import Entry, Record, Text, Unknown
from pusher_migrate.nodes import walk
from pusher_migrate.rewriting.meanings import Place
from pusher_migrate.rewriting.surroundings import Candidate, Surroundings
from pusher_migrate.syntax.calls import CallParts
from pusher_migrate.syntax.layout import Refusal


@dataclass(frozen=True, eq=False, slots=True)
class Binding:
    """A call with all its arguments bound.

    Attributes:
        parts: Receiver, method and arguments as source text; the receiver is still to be named.
        arguments: For each parameter that an argument was given for: its source text.
        instances: Canonical expression of the instance that each name was bound to.
        doubts: Why a person should look at it; empty when it is certain.
    """

    parts: CallParts
    arguments: dict[str, str]
    instances: dict[str, str]
    doubts: tuple[str, ...] = ()


class Binder(Surroundings):
    """Binds templates at one place.

    Args:
        place: Where.
    """

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.doubts: list[str] = []
        self.instances: dict[str, str] = {}

    def bind(
        self,
        template: CallTemplate,
        contract: Contract,
        types: dict[str, str],
        placeholders: dict[Placeholder, str] | None = None,
    ) -> Binding | Refusal:
        """Bind all arguments of a template.

        Args:
            template: The catalogue's call.
            contract: The method's contract.
            types: Name and ``app.Model``, from the catalogue.
            placeholders: Source text of placeholders that only the caller knows.
        """
        names: dict[str, str] = {}
        for name in template.names:
            bound = self._name(name, template, contract, types)
            if isinstance(bound, Refusal):
                return bound
            problem = self._missing_attribute(name, bound, template)
            if problem is not None:
                return problem
            names[name] = bound
        filled = dict(placeholders or {})
        for placeholder in template.placeholders:
            if placeholder in filled:
                continue
            text = self._placeholder(placeholder)
            if isinstance(text, Refusal):
                return text
            filled[placeholder] = text
        positional = tuple(_text(value, names, filled) for value in template.positional)
        keywords = tuple((key, _text(value, names, filled)) for key, value in template.keywords)
        parts = CallParts("", template.method, positional, keywords)
        arguments = dict(zip((p.name for p in contract.parameters), positional, strict=False))
        arguments.update(keywords)
        return Binding(parts, arguments, dict(self.instances), tuple(dict.fromkeys(self.doubts)))

    # --- Names ------------------------------------------------------------------------------------

    def _name(
        self, name: str, template: CallTemplate, contract: Contract, types: dict[str, str]
    ) -> str | Refusal:
        model = self.expected(name, template, contract, types)
        if model is not None:
            return self.instance(name, model)
        takes_object = _takes_object(name, template, contract)
        bound = self._plain(name, takes_object)
        others = self.read_from() if takes_object and bound == name else set()
        if others and name not in others and len(template.names) == 1:
            listed = " and ".join(sorted(map(repr, others)))
            return Refusal(
                f"the event is made from {listed}, and nothing shows that {name!r} is the same; "
                "write the new call by hand"
            )
        return bound

    def _missing_attribute(self, name: str, bound: str, template: CallTemplate) -> Refusal | None:
        """An attribute that the template reads and the bound model instance does not have."""
        place = self.place
        found: Type | None = None
        if bound.isidentifier() and (scope := place.scope_of(bound)) is not None:
            if not scope.is_module:
                found = self.inference.local_type(place.module, scope, bound, place.statement)
        if not isinstance(found, Instance) or not models.is_model(self.inference, found.cls):
            return None
        for value in _values(template):
            if isinstance(value, NameRef) and value.name == name and value.attributes:
                attribute = value.attributes[0]
                known = attribute in models.implied_attributes(self.inference, found.cls)
                if not known and self.inference.member(found, attribute) is None:
                    return Refusal(
                        f"the catalogue's call reads {name}.{attribute}, and {bound!r} is a "
                        f"{found.cls.name} here, which has no such attribute"
                    )
        return None

    def expected(
        self, name: str, template: CallTemplate, contract: Contract, types: dict[str, str]
    ) -> ClassType | None:
        """The model that a name must be bound to; None when it is no instance."""
        if name in types:
            return models.model_by_label(self.inference, types[name])
        method = contract.method
        for parameter in _parameters_given(name, template, contract):
            found = self.inference.parameter(method.module, method.node, parameter)
            if isinstance(found, Instance) and models.is_model(self.inference, found.cls):
                return found.cls
        if any(
            isinstance(v, NameRef) and v.name == name and v.attributes for v in _values(template)
        ):
            found = models.model_by_name(self.inference, name, method.module)
            return found.cls if isinstance(found, Instance) else None
        return None

    def instance(self, name: str, model: ClassType) -> str | Refusal:
        """The expression at the place that gives the one instance of a model that is meant."""
        found = self.distinct(c for c in self.evidence() if self.is_a(c.type.cls, model))
        if len(found) > 1:
            by_key = [c for c in found if c.key in (name, f"{name}_id", f"{name}_pk")]
            if len(by_key) != 1:
                return _ambiguous(name, model, found)
            found = by_key
        if not found:
            named = list(self.called_alike((name, snake_case(model.name)), model))
            found = self.distinct(iter(named))
            if found and not self._reads_like(named, model):
                return Refusal(
                    f"nothing shows that {found[0].text!r}, which the event is made from, is of "
                    f"the model {model.name}; annotate it, or write the new call by hand"
                )
        if not found:
            found = self.distinct(c for c in self.locals() if self.is_a(c.type.cls, model))
        if not found:
            found = self.distinct(self.relations(model))
        if not found:
            return self.none_in_scope(name, model)
        if len(found) > 1:
            return _ambiguous(name, model, found)
        if self._is_foreign(found[0], name):
            self.doubts.append(
                f"{found[0].text!r} stands under {found[0].key!r} in the payload, and nothing else "
                f"says that it is the {name} that the event is about"
            )
        return self._accept(name, found[0])

    def _reads_like(self, candidates: list[Candidate], model: ClassType) -> bool:
        """Whether the legacy event reads of something what a model has, and more than its key."""
        read = {candidate.attribute for candidate in candidates} - {"", "id", "pk"}
        known = models.implied_attributes(self.inference, model)
        return bool(read) and all(
            name in known or self.inference.member(Instance(model), name) is not None
            for name in read
        )

    def _is_foreign(self, candidate: Candidate, name: str) -> bool:
        """Whether an instance is only known from a key that speaks of another one.

        The channel, a key of the argument's name, the model's or none (``id``), and an attribute
        under its own name (``"status": order.status``) say that the event is about it.
        """
        words = {name, snake_case(candidate.type.cls.name)}
        known = {"id", "pk", *words, *(f"{word}_{key}" for word in words for key in ("id", "pk"))}
        seen = [c for c in self.evidence() if c.canonical == candidate.canonical]
        return bool(seen) and not any(
            not c.key or c.key in known or (c.attribute not in ("", "id", "pk") and _speaks_of(c))
            for c in seen
        )

    def _accept(self, name: str, candidate: Candidate) -> str | Refusal:
        problem = self._problem(candidate)
        if problem is not None:
            return problem
        if candidate.type.by_name:
            self.doubts.append(
                f"only its name says that {candidate.text!r} is of the model "
                f"{candidate.type.cls.name}"
            )
        if candidate.optional:
            self.doubts.append(f"{candidate.text!r} may be None here")
        self.instances[name] = candidate.canonical
        return candidate.text

    def _problem(self, candidate: Candidate) -> Refusal | None:
        root = candidate.text.partition(".")[0]
        if not self.same_binding(root, candidate.origin):
            return Refusal(
                f"{root!r} is bound to something else by the time of the call; "
                "write the new call by hand, with the right instance"
            )
        chain = ast.parse(candidate.text, mode="eval").body
        if candidate.origin is not self.place.statement and self.reassigned(
            chain, candidate.origin, self.place.statement
        ):
            return Refusal(
                f"{candidate.text!r} is another one by the time of the call than the one that the "
                "payload was made from; keep that in a variable, and write the new call by hand"
            )
        if self._is_late(root):
            return Refusal(
                f"{root!r} is bound anew after this lambda is made, which would then read the new "
                "value; bind the right one as a default of the lambda, and write the call by hand"
            )
        line = self.deleted_before(candidate.canonical)
        if line is not None:
            return Refusal(
                f"{candidate.text!r} is deleted before the call (line {line}): its pk is None by "
                "then; send before the delete, or keep what the event needs in variables"
            )
        return None

    def _is_late(self, root: str) -> bool:
        """Whether a lambda would read a local name that it does not read now, and too late."""
        node, scope = self.place.node, self.place.scope_of(root)
        if node is None or scope is not self.place.scope:
            return False
        outer = self.place.module.function_around(node)
        if not isinstance(outer, ast.Lambda):
            return False
        read = any(isinstance(part, ast.Name) and part.id == root for part in walk(node))
        return not read and self.is_bound_later(root)

    # --- Plain values -----------------------------------------------------------------------------

    def _plain(self, name: str, is_object: bool = False) -> str | Refusal:
        """The payload's value of a name, or a variable; for an object only the latter."""
        send = self.place.send
        if send is not None and isinstance(send.payload, Record):
            entry = send.payload.get(name)
            # ``"room": room.number`` is no room.
            named = entry is not None and isinstance(entry.node, ast.Name)
            if entry is not None and (named or not is_object):
                return self.entry_text(entry)
        place = self.place
        scope = place.scope_of(name)
        if scope is None or scope.is_module or isinstance(scope.node, ast.ClassDef):
            return Refusal(
                f"nothing in scope here gives the argument {name!r}; write the new call by hand"
            )
        locals_ = self.inference.locals
        if scope is place.scope and locals_.maybe_unbound(scope, name, place.statement):
            return Refusal(f"{name!r} is not bound on every path to the call")
        return name

    def _placeholder(self, placeholder: Placeholder) -> str | Refusal:
        send = self.place.send
        if placeholder.kind is PlaceholderKind.PAYLOAD and send is not None:
            entry = None
            if isinstance(send.payload, Record):
                entry = send.payload.get(placeholder.key)
            if entry is None:
                return Refusal(
                    f"the payload has no key {placeholder.key!r} that is statically known"
                )
            return self.entry_text(entry)
        if placeholder.kind is PlaceholderKind.CHANNEL and send is not None:
            channel = send.channels[0]
            holes = channel.holes if isinstance(channel, Text) else ()
            if 0 < placeholder.hole <= len(holes):
                return self._hole_text(holes[placeholder.hole - 1], placeholder.hole)
            return Refusal(f"the channel has no hole number {placeholder.hole}")
        return Refusal(f"nothing here gives a value for {placeholder}")

    def _hole_text(self, hole: Unknown, number: int) -> str | Refusal:
        """Source text that gives at the place what stands in a hole of the legacy channel."""
        outer = self.evaluator.outermost(hole)
        text = ast.unparse(outer.node)
        if outer.frame.arguments or outer.frame.function is not self.place.function:
            return Refusal(
                f"the channel's {{{text}}} (hole {number}) is computed in another function; "
                "write the new call by hand"
            )
        if not self.is_stable(outer.node, outer.frame.statement):
            return Refusal(
                f"the channel's {{{text}}} (hole {number}) is computed before the call and may "
                "differ by now"
            )
        return text

    def entry_text(self, entry: Entry) -> str | Refusal:
        """Source text that gives at the place what the legacy payload has under a key."""
        if entry.optional or entry.varies:
            return Refusal(f"the payload's {entry.key!r} is not the same on every path")
        outer = self.evaluator.outermost(Unknown(entry.node, entry.frame))
        place = self.place
        if outer.frame.arguments or outer.frame.function is not place.function:
            return Refusal(
                f"the payload's {entry.key!r} is computed in another function; "
                "write the new call by hand"
            )
        if isinstance(outer.node, ast.Constant):
            return place.module.source.segment(outer.node)
        inside = outer.frame.statement is place.statement
        if inside:
            return place.module.source.segment(outer.node)
        if isinstance(outer.node, ast.Name) and self.same_binding(
            outer.node.id, outer.frame.statement
        ):
            return outer.node.id
        variable = self._variable_holding(entry)
        if variable is not None and entry.key.isidentifier():
            return f'{variable}["{entry.key}"]'
        return Refusal(
            f"the payload's {entry.key!r} is computed before the call and may differ by now"
        )

    def _variable_holding(self, entry: Entry) -> str | None:
        """The local name by which the legacy call passes the dictionary that an entry is of."""
        for node in walk(self.place.statement):
            if not isinstance(node, ast.Call):
                continue
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                if not isinstance(argument, ast.Name):
                    continue
                value = self.evaluator.evaluate(argument, self.frame)
                held = value.get(entry.key) if isinstance(value, Record) else None
                if held is not None and held.node is entry.node:
                    return argument.id
        return None


def _speaks_of(candidate: Candidate) -> bool:
    return candidate.key.endswith(candidate.attribute)


def _values(template: CallTemplate) -> Iterator[Expression]:
    for argument in template.arguments:
        yield argument.value


def _parameters_given(name: str, template: CallTemplate, contract: Contract) -> Iterator[ast.arg]:
    """The method's parameters that get just this name."""
    for parameter, value in zip(contract.parameters, template.positional, strict=False):
        if isinstance(value, NameRef) and value.name == name and not value.attributes:
            yield parameter.node
    for key, value in template.keywords:
        if isinstance(value, NameRef) and value.name == name and not value.attributes:
            yield from (p.node for p in contract.parameters if p.name == key)


def _takes_object(name: str, template: CallTemplate, contract: Contract) -> bool:
    """Whether the method reads an attribute of what it gets for a name."""
    taken = {parameter.arg for parameter in _parameters_given(name, template, contract)}
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in taken
        for node in walk(contract.method.node)
    )


def _text(value: Expression, names: dict[str, str], placeholders: dict[Placeholder, str]) -> str:
    if isinstance(value, NameRef):
        return ".".join((names[value.name], *value.attributes))
    if isinstance(value, Placeholder):
        return placeholders[value]
    assert isinstance(value, Constant)
    return value.source


def _ambiguous(name: str, model: ClassType, found: list[Candidate]) -> Refusal:
    listed = " and ".join(sorted(repr(candidate.text) for candidate in found))
    return Refusal(
        f"which {model.name} is meant for the argument {name!r} is not clear: {listed}; "
        "write the new call by hand"
    )
