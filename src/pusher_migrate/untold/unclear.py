"""Writes of which it cannot be said which entries of the catalogue apply, or of which row.

Nothing is inserted for them: what was found is left to a person, unless whatever may apply is told
of on all paths.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pusher_migrate.catalogue import State
from pusher_migrate.index.coverage.coverage import Analysis
from pusher_migrate.index.coverage.verdicts import Verdict
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.rule import Outcome
from pusher_migrate.untold import words


class UnclearWrite:
    """What is said of one such write.

    Args:
        analysis: What tells.
        write: The write.
    """

    def __init__(self, analysis: Analysis, write: Write) -> None:
        self.analysis = analysis
        self.write = write

    def untyped(self) -> Iterator[Outcome]:
        """A write of an instance of which the type is not known."""
        names = " and ".join(repr(name) for name in self.write.values)
        labels = [
            model.label
            for model in self.analysis.survey.watch.models
            if set(model.fields) & set(self.write.values)
        ]
        states = self._states()
        if not states or self._is_told(states):
            return
        yield words.deferral(
            self.write,
            "PM301",
            f"the field {names} is written and saved, but of what could not be seen; if that "
            f"is {' or '.join(labels)}, annotate its type, or tell subscribers by hand",
        )

    def dynamic(self) -> Iterator[Outcome]:
        """A write of fields that are known only at run time."""
        states = self._states(operation_only=True)
        if not states:
            return
        certain, _ = self.analysis.judge.entries(self.write)
        if all(self._is_told([state]) for state in certain) and self._is_told(states):
            return
        lines = words.lines(state.line for state in states)
        yield words.deferral(
            self.write,
            "PM301",
            "which fields are written is known only at run time, so it is not certain which of "
            f"the catalogue's entries ({lines}) apply; tell subscribers by hand",
        )

    def undecided(
        self, states: tuple[State, ...], undecided: tuple[State, ...]
    ) -> Iterator[Outcome]:
        """The value decides which entry applies, and it is not known."""
        if self._is_told((*states, *undecided)):
            return
        lines = words.lines(state.line for state in (*undecided, *states))
        names = " and ".join(
            name for name in self.write.values if any(name in state.fields for state in undecided)
        )
        yield words.deferral(
            self.write,
            "PM301",
            f"which of the catalogue's entries ({lines}) applies depends on {names}, whose "
            "value is not statically known here; tell subscribers by hand, value by value",
        )

    def bulk(self) -> Iterator[Outcome]:
        """A write of rows for which no instance is at hand."""
        states = self._states()
        if self.write.typed and not self.write.open:
            certain, undecided = self.analysis.judge.entries(self.write)
            states = [*certain, *undecided]
            if undecided and self._is_told(states):
                return
        silent = [state for state in states if not self._is_told([state])]
        if not silent:
            return
        lines = words.lines(state.line for state in silent)
        kind = self.write.site.kind
        may = "may change" if self.write.open or not self.write.typed else "changes"
        count = f"{len(silent)} entries" if len(silent) > 1 else "1 entry"
        instead = {
            "create": "create the rows one by one",
            "delete": "delete the rows one by one",
        }.get(self.write.operation, "iterate over the affected rows and save each")
        reason = f"{kind} {may} rows without an instance to tell of, which concerns {count} "
        reason += f"of the catalogue ({lines}); "
        told = [self._may_tell(state) for state in silent]
        if not all(told):
            reason += f"{instead}, or send one event for all of them"
            yield words.deferral(self.write, "PM303", reason)
            return
        places = dict.fromkeys(place for places in told for place in places)
        reason += f"{' and '.join(places)} may tell of them: see whether that is so for each row; "
        reason += f"if not, {instead}"
        yield words.deferral(self.write, "PM303", reason, title="may not be told of")

    def _may_tell(self, state: State) -> list[str]:
        """What may tell of some rows by what an entry asks for, with its line."""
        judgement = self.analysis.judge.judge(self.write, frozenset(state.methods))
        return [
            f"{telling.through or ast.unparse(_target(telling.call))} (line {telling.line})"
            for telling in judgement.possible
        ]

    def _states(self, operation_only: bool = False) -> list[State]:
        """All entries that may apply, whatever is written."""
        return [
            state
            for state in self.write.model.states
            if self.write.operation in state.on
            and (operation_only or self.write.open or set(state.fields) & set(self.write.values))
        ]

    def _is_told(self, states: Iterable[State]) -> bool:
        """Whether any method for any of some entries tells on all paths."""
        methods = frozenset(method for state in states for method in state.methods)
        return self.analysis.judge.judge(self.write, methods).verdict is Verdict.TOLD


def _target(call: ast.expr) -> ast.expr:
    """What is called, without the arguments."""
    return call.func if isinstance(call, ast.Call) else call
