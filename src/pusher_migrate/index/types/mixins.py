"""What a class leaves to others: the methods that a mixin finds in its siblings, protocols.

``self.send(...)`` in a mixin means the ``send`` of the classes that the mixin becomes a part of.
Source of the rules: Python's language reference, "Method Resolution Order"; PEP 544.
"""

from __future__ import annotations

from pusher_migrate.index.code.syntax import self_assignments
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance, Type, join

_PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol"})


def member(inference: Questions, cls: ClassType, name: str, on_instance: bool) -> Type | None:
    """A member that neither the class nor its bases have, but all classes made from it.

    None when they do not agree: then another one is meant each time.
    """
    found: list[Type | None] = []
    for heir in inference.subclasses(cls):
        own = any(name in base.module.scopes[base.node].names for base in inference.mro(heir))
        # ``self.transport = Transport()`` in the ``__init__`` of the class made from the mixin.
        if own or (on_instance and is_assigned(inference, heir, name)):
            found.append(inference.member(Instance(heir) if on_instance else heir, name))
    methods = {each.node for each in found if isinstance(each, FunctionType)}
    if len(methods) == 1 and all(isinstance(each, FunctionType) for each in found):
        return found[0]
    return join(found) if found else None


def is_assigned(inference: Questions, cls: ClassType, name: str) -> bool:
    """Whether a method of a class or of its bases assigns an attribute of its instance."""
    return any(
        True for base in inference.mro(cls) for _ in self_assignments(base.module, base.node, name)
    )


def is_protocol(inference: Questions, declared: Type) -> bool:
    """Whether an annotation only says what a value can do, and not what it is."""
    return isinstance(declared, Instance) and bool(
        inference.external_bases(declared.cls) & _PROTOCOLS
    )
