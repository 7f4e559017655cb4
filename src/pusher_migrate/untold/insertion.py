"""The emission that a write lacks: its call, bound to the written instance, behind the write."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pusher_migrate.catalogue.call import NameRef, Placeholder, PlaceholderKind
from pusher_migrate.deferral import Deferrals
from pusher_migrate.index.code.neighbours import next_statement
from pusher_migrate.index.coverage.gaps import Gap
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.index.writes.writes import Kind, created_flags
from pusher_migrate.model import Edit, Wire
from pusher_migrate.rewriting.binding import Binder, Binding
from pusher_migrate.rewriting.emit import manager_at
from pusher_migrate.rewriting.meanings import Place
from pusher_migrate.rewriting.wire import WireReader
from pusher_migrate.rule import Context
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.names import free_name
from pusher_migrate.syntax.rows import indented
from pusher_migrate.syntax.statements import insert_after, insert_before, insert_else
from pusher_migrate.untold.naming import Naming
from pusher_migrate.untold.needed import Needed
from pusher_migrate.untold.waiting import decided, registered


@dataclass(frozen=True, slots=True)
class Bound:
    """A needed call, bound at its place.

    Attributes:
        needed: What is needed.
        code: Statement that makes the call, or registers it for the commit.
        before: Statements that keep what a deletion takes away.
        edits: Imports.
        after: What subscribers get.
        doubts: Why a person should look.
        notes: Further remarks.
    """

    needed: Needed
    code: str
    before: str
    edits: tuple[Edit, ...]
    after: tuple[Wire, ...]
    doubts: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Inserter:
    """Makes the insertions for one write.

    Args:
        context: The project.
        deferrals: Decides how calls are deferred.
        write: The write.
        gap: Where to insert; None for directly behind the write.
    """

    def __init__(
        self, context: Context, deferrals: Deferrals, write: Write, gap: Gap | None = None
    ) -> None:
        self.context = context
        self.deferrals = deferrals
        self.write = write
        self.gap = gap
        self.module = write.site.module
        self.statement = write.site.statement
        self.naming = Naming(write)

    @property
    def instance(self) -> Handle | None:
        """The best way to name the written instance behind the write."""
        return self.naming.instance

    def problem(self) -> str | None:
        """Why nothing can be inserted here, whatever it is."""
        return self.naming.problem()

    def bind(self, needed: Needed) -> Bound | Refusal:
        """Bind one needed call behind the write."""
        site = self.write.site
        assert site.function is not None
        contract = self.context.index.emissions.contracts.get(needed.call.method)
        if contract is None:
            return Refusal(f"the manager has no method {needed.call.method} yet; write it first")
        if isinstance(contract.method.node, ast.AsyncFunctionDef):
            return Refusal(f"{contract.name} is a coroutine, and the write is synchronous")
        at = self.statement if self.gap is None else self.gap.statement
        place = Place(self.context.index, self.module, site.function, at)
        binder = _WriteBinder(place, self.write, self.instance)
        types = {name: model for state in needed.states for name, model in state.types}
        names = [f'"{name}"' for name in self.write.values if name in needed.fields]
        changed = Placeholder(PlaceholderKind.CHANGED_FIELDS)
        binding = binder.bind(needed.call, contract, types, {changed: f"[{', '.join(names)}]"})
        if isinstance(binding, Refusal):
            return binding
        receiver = manager_at(self.context, self.module, site.call)
        if isinstance(receiver, Refusal):
            return receiver
        binding = replace(binding, parts=replace(binding.parts, receiver=receiver.text))
        unrelated = self._unrelated(needed, binding)
        unsure = [n for n in self.write.values if n in needed.fields - self.write.certain]
        if unsure and changed in needed.call.placeholders and self.write.operation == "update":
            unrelated.append(f"{' and '.join(unsure)} is not written on all paths to the save")
        kept = self._kept(needed, binding)
        if isinstance(kept, Refusal):
            return kept
        before, binding = kept
        if self.refresh() is not None:
            # `deferral` looks in front of the write, where the line that refreshes is not.
            made = registered(self.context, self.write, binding)
        else:
            made = decided(self.context, self.deferrals, self.write, self.gap, binding, contract)
        if isinstance(made, Refusal):
            return made
        reader = WireReader(self.context.index.evaluator, ast.unparse)
        return Bound(
            needed,
            made.code,
            before,
            (*receiver.edits, *made.edits),
            reader.after(contract, binding.arguments),
            tuple(dict.fromkeys((*binding.doubts, *unrelated, *made.doubts))),
            made.notes,
        )

    def _unrelated(self, needed: Needed, binding: Binding) -> list[str]:
        """Why a person should look at arguments that are not the written instance itself."""
        own = (self.instance.text if self.instance is not None else None) or ""
        texts = (*binding.parts.positional, *(text for _, text in binding.parts.keywords))
        doubts = []
        for argument, text in zip(needed.call.arguments, texts, strict=True):
            if not isinstance(argument.value, NameRef):
                continue
            if text == own or text.startswith(f"{own}."):
                step = text[len(own) + 1 :].partition(".")[0]
                if step in self.write.values:
                    doubts.append(f"{own}.{step} has just been written")
            elif text.partition(".")[0] != argument.value.name:
                name = argument.value.name
                doubts.append(f"{text!r} was chosen for {name!r} by its type alone")
        return doubts

    # --- Deletions --------------------------------------------------------------------------------

    def _kept(self, needed: Needed, binding: Binding) -> tuple[str, Binding] | Refusal:
        """Keep what is read from an instance that is deleted: then its key is None."""
        if self.write.operation != "delete":
            return "", binding
        own = (self.instance.text if self.instance is not None else None) or ""
        kept: dict[str, str] = {}
        texts = [*binding.parts.positional, *(text for _, text in binding.parts.keywords)]
        if own in texts:
            return Refusal(
                f"{own!r} has no key any more behind its deletion, and {needed.call.method} takes "
                "the instance; pass what the event needs in the catalogue's call"
            )
        used = self.naming.names().__contains__
        for text in texts:
            if text.startswith(f"{own}."):
                stem = text[len(own.rpartition(".")[0]) :].lstrip(".").replace(".", "_")
                name = stem.removesuffix("_pk") + "_id" if stem.endswith("_pk") else stem
                kept[text] = free_name((name, f"deleted_{name}"), used)
        parts = replace(
            binding.parts,
            positional=tuple(kept.get(text, text) for text in binding.parts.positional),
            keywords=tuple((n, kept.get(text, text)) for n, text in binding.parts.keywords),
        )
        before = "\n".join(f"{name} = {text}" for text, name in kept.items())
        return before, replace(binding, parts=parts)

    # --- Edits ------------------------------------------------------------------------------------

    def edits(self, bound: Sequence[Bound]) -> tuple[Edit, ...] | Refusal:
        """All edits for some bound calls."""
        source, black = self.module.source, self.context.black
        code = "\n".join(item.code for item in bound)
        if self.naming.maker() is not None and isinstance(self.statement, ast.Return):
            code = f"{code}\nreturn {self.naming.free_name()}"
        refresh = self.refresh()
        after = self.statement
        if refresh is not None:
            refreshed = self._refreshed_next() if self.gap is None else None
            if refreshed is not None:
                after = refreshed
            else:
                code = f"{refresh}\n{code}"
        condition = self._condition()
        if isinstance(condition, Refusal):
            return condition
        if condition:
            code = f"if {condition}:\n{indented(code, ' ' * 4)}"
        before = "\n".join(dict.fromkeys(item.before for item in bound if item.before))
        made: list[Edit | Refusal] = []
        if before:
            made.append(insert_before(source, self.statement, before, black))
        if self.gap is None:
            made.append(insert_after(source, after, code, black))
        elif self.gap.is_else:
            made.append(insert_else(source, self.gap.statement, code, black))
        else:
            made.append(insert_before(source, self.gap.statement, code, black))
        edits = [edit for item in bound for edit in item.edits] + self.naming.edits()
        for edit in made:
            if isinstance(edit, Refusal):
                return edit
            edits.append(edit)
        return tuple(dict.fromkeys(edits))

    def _condition(self) -> str | Refusal:
        """``created``, where only a new row is a write."""
        site = self.write.site
        if site.kind not in (Kind.FIRST_OR_CREATE, Kind.UPDATE_OR_CREATE):
            return ""
        if self.write.operation == "update":
            return ""
        flags = created_flags(site.statement)
        return flags[0] if flags else Refusal("whether the row is new has no name here")

    def refresh(self) -> str | None:
        """What reloads fields that the database computed, so that the instance holds them."""
        if not self.write.stale or self.instance is None:
            return None
        fields = ", ".join(f'"{name}"' for name in self.write.values if name in self.write.stale)
        return f"{self.instance.text}.refresh_from_db(fields=[{fields}])"

    def refreshes(self) -> bool:
        """Whether a line that reads the row once more is part of the edits."""
        return self.refresh() is not None and (
            self.gap is not None or self._refreshed_next() is None
        )

    def _refreshed_next(self) -> ast.stmt | None:
        """The statement right behind the write that reloads the instance already."""
        following = next_statement(self.module, self.statement)
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Call):
            target = following.value.func
            if isinstance(target, ast.Attribute) and target.attr == "refresh_from_db":
                own = self.instance.text if self.instance is not None else ""
                if ast.unparse(target.value) == own:
                    return following
        return None


class _WriteBinder(Binder):
    """Binds the written model to the written instance, all else to what is in scope."""

    def __init__(self, place: Place, write: Write, handle: Handle | None) -> None:
        super().__init__(place)
        self.write = write
        self.handle = handle

    def instance(self, name: str, model: ClassType) -> str | Refusal:
        """The written instance for its own model; `Binder.instance` for others."""
        text = self.handle.text if self.handle is not None else None
        if text is None or not self._is_written(model):
            return super().instance(name, model)
        self.instances[name] = text
        return text

    def _is_written(self, model: ClassType) -> bool:
        return models.is_model(self.inference, model) and self.is_a(self.write.model.cls, model)
