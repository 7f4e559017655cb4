"""The rules, in the order in which they run: a new one is a module and a line in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

from pusher_migrate.rule import Context, Outcome, Rule


class LazyRule:
    """A rule whose module is imported when it runs, so that nobody pays for what is not selected.

    Whatever else is asked of it is asked of the module.

    Args:
        name: The module's name in this package.
        codes: The codes of its outcomes.
        when: Whether there is anything for the rule to do; None when only its module can tell.
    """

    def __init__(
        self, name: str, *codes: str, when: Callable[[Context], bool] | None = None
    ) -> None:
        self.name = name
        self.codes = codes
        self._when = when

    def run(self, context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
        """As for `Rule`."""
        if self._when is not None and not self._when(context):
            return iter(())
        outcomes: Iterator[Outcome] = self._module.run(context, found)
        return outcomes

    @property
    def _module(self) -> Any:
        return import_module(f"{__name__}.{self.name}")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _scaffolds(context: Context) -> bool:
    return any(entry.scaffold for entry in context.catalogue.events)


RULES: tuple[Rule, ...] = (
    LazyRule("legacy_call", "PM101", "PM102", "PM103", "PM104", "PM401"),
    LazyRule("scaffold", "PM107", "PM101", when=_scaffolds),
    LazyRule("on_commit", "PM201", "PM202"),
    LazyRule("shadowed_client", "PM106"),
    LazyRule("missing_emission", "PM301", "PM302", "PM303", "PM304"),
    LazyRule("target_tests", "PM201"),
    LazyRule("unused_client_import", "PM105"),
)
