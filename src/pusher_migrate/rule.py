"""What a rule is, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from pusher_migrate.catalogue import Catalogue
from pusher_migrate.config import Settings
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.model import Change, Deferral

if TYPE_CHECKING:
    from pusher_migrate.index.coverage.coverage import Survey
from pusher_migrate.syntax.formatting import BlackSettings

Outcome = Change | Deferral


@dataclass(frozen=True, eq=False)
class Context:
    """What every rule may read; a rule writes nothing.

    Attributes:
        index: The project.
        catalogue: What is specific to it.
        settings: Selected codes and the root.
        black: How the project formats its code.
        robust: Whether deferred calls pass ``robust=True``: the catalogue's word, else whether
            ``on_commit`` of the project's Django takes it (4.2 and later).
        deferring: Remarks on how calls are deferred, for a plan that defers some.
    """

    index: ProjectIndex
    catalogue: Catalogue
    settings: Settings
    black: BlackSettings
    robust: bool = True
    deferring: tuple[str, ...] = ()

    @cached_property
    def survey(self) -> Survey:
        """The writes of watched state; found when somebody asks."""
        from pusher_migrate.index.coverage.coverage import survey

        return survey(self.index, self.catalogue)


class Rule(Protocol):
    """One pass over the index: a module of ``rules`` with these two names.

    A rule that has much to find out before it takes anything from the others may also have a
    ``prepare(context)``, which leaves that in the context; it may run beside the rules before it.

    Attributes:
        codes: The codes of its outcomes; it runs when one of them is selected.
    """

    @property
    def codes(self) -> tuple[str, ...]: ...

    def run(self, context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
        """All changes and deferrals of the rule, in any order.

        Args:
            context: What may be read.
            found: The outcomes of the rules that ran before.
        """
        ...
