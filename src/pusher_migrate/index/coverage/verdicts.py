"""What is said of a write: whether subscribers are told of it, where, and where not."""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.coverage.told import Telling
from pusher_migrate.index.flow.graph import Edge, Node
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.instances.tracking import Followed
from pusher_migrate.index.writes.groups import Write


class Verdict(enum.StrEnum):
    """Whether subscribers are told of a write."""

    TOLD = "told"
    EARLY = "told too early"
    PARTIAL = "told on some paths"
    SILENT = "not told"


@dataclass(frozen=True, eq=False, slots=True)
class Judgement:
    """The verdict on one write and one set of methods.

    Attributes:
        verdict: The verdict.
        witness: For PARTIAL, the path that is not told, in words; may be empty.
        tellings: The places that tell of the instance, wherever they stand.
        possible: Places that may tell of it: what could not be seen.
        elsewhere: For PARTIAL, calls of the function whose callers do not tell while others do.
        through: Functions that tell by themselves or for their callers, dotted.
        followed: Where the paths behind the write lead; None when they could not be followed.
        early: Those of ``tellings`` that are meant for the write and stand in front of it.
    """

    verdict: Verdict
    witness: str = ""
    tellings: tuple[Telling, ...] = ()
    possible: tuple[Telling, ...] = ()
    elsewhere: tuple[tuple[Module, ast.Call], ...] = ()
    through: tuple[str, ...] = ()
    followed: Followed | None = None
    early: tuple[Telling, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Insertion:
    """An emission that is going to be inserted.

    Attributes:
        write: The write that it is for.
        methods: What is called.
        handle: The instance.
        nodes: The nodes at which it is sent: the write's own, or those in front of which it stands.
        edges: The edges on which it is sent, where a branch is added for it.
    """

    write: Write
    methods: frozenset[str]
    handle: Handle
    nodes: frozenset[Node]
    edges: frozenset[Edge] = frozenset()
