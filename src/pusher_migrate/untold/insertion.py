"""The emission that a write lacks: its call, bound to the written instance, behind the write."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pusher_migrate.catalogue import State
from pusher_migrate.catalogue.call import CallTemplate, NameRef, Placeholder, PlaceholderKind
from pusher_migrate.deferral import Deferrals, Kept, Refused, Site
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.project import snake_case
from pusher_migrate.index.code.scopes import Scope
from pusher_migrate.index.coverage.gaps import Gap
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import ClassType
from pusher_migrate.index.writes.groups import Write
from pusher_migrate.index.writes.writes import Kind, created_flags
from pusher_migrate.model import Edit, Wire
from pusher_migrate.rewriting.binding import Binder, Binding
from pusher_migrate.rewriting.emit import manager_at, on_commit_at
from pusher_migrate.rewriting.surroundings import Place
from pusher_migrate.rewriting.wire import WireReader
from pusher_migrate.rule import Context
from pusher_migrate.source import SourceFile
from pusher_migrate.syntax.formatting import BlackSettings, format_statement
from pusher_migrate.syntax.layout import Refusal, layout_of
from pusher_migrate.syntax.names import free_name
from pusher_migrate.syntax.on_commit import bind_call, render_on_commit
from pusher_migrate.syntax.rows import indented
from pusher_migrate.syntax.statements import insert_after, insert_before


@dataclass(frozen=True, slots=True)
class Needed:
    """One call that a write lacks, and the entries that ask for it."""

    call: CallTemplate
    states: tuple[State, ...]

    @property
    def fields(self) -> frozenset[str]:
        """The fields that the entries watch."""
        return frozenset(name for state in self.states for name in state.fields)


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


@dataclass(frozen=True, slots=True)
class _Code:
    """The statement that sends, and what comes with it."""

    code: str
    edits: tuple[Edit, ...] = ()
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def needed_calls(states: Sequence[State]) -> list[Needed]:
    """The calls for some entries, in the catalogue's order, each once.

    An entry that another one's call satisfies needs none of its own.
    """
    kept = list(states)
    for state in states:
        others = {call.method for other in kept if other is not state for call in other.emit}
        own = {call.method for call in state.emit}
        if others & set(state.satisfied_by) and not own & others:
            kept.remove(state)
    found: dict[CallTemplate, list[State]] = {}
    for state in kept:
        for call in state.emit:
            found.setdefault(call, []).append(state)
    return [Needed(call, tuple(own)) for call, own in found.items()]


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

    @property
    def instance(self) -> Handle | None:
        """The best way to name the written instance behind the write."""
        if self._naming() is not None:
            return Handle(self._free_name())
        return next((h for h in self.write.site.after if h.text is not None), None)

    def _naming(self) -> ast.expr | None:
        """The expression that makes a new row, when the row has no name yet."""
        site = self.write.site
        if site.kind not in (Kind.CREATE, Kind.SERIALIZER) or self.write.operation != "create":
            return None
        if isinstance(self.statement, ast.Expr) and any(h.text for h in site.after):
            return None
        value = self.statement.value if isinstance(self.statement, ast.Expr | ast.Return) else None
        return value if value is site.call else None

    def _free_name(self) -> str:
        """A name for the written instance: the model's own, if it is free."""
        name = snake_case(self.write.model.cls.name)
        return free_name((name, f"new_{name}"), self._names().__contains__)

    def _named(self) -> list[Edit]:
        """The edits that bind a new row to a name: ``return make()`` becomes ``row = make()``."""
        if self._naming() is None or self.instance is None:
            return []
        start, _ = self.module.source.span(self.statement)
        end = start + len("return") if isinstance(self.statement, ast.Return) else start
        equals = " =" if isinstance(self.statement, ast.Return) else " = "
        return [Edit(self.module.path, start, end, f"{self.instance.name}{equals}")]

    def problem(self) -> str | None:
        """Why nothing can be inserted here, whatever it is."""
        site = self.write.site
        if isinstance(site.function, ast.AsyncFunctionDef):
            return (
                "the write stands in an async function, and the manager is synchronous; "
                "tell subscribers through sync_to_async, or move the write out"
            )
        if not site.in_flow:
            return "the write stands in a lambda or comprehension; make it a statement first"
        if self._naming() is not None:
            return None
        if not isinstance(self.statement, ast.Expr | ast.Assign | ast.AnnAssign):
            what = {ast.Return: "is returned", ast.If: "is a condition"}
            use = what.get(type(self.statement), "is part of a larger statement")
            return f"the value of the write {use}; put it on a line of its own first"
        if self.instance is None:
            return "the written instance has no name here; bind it to one first"
        return None

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
        made = self._deferred(binding, contract)
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
        used = self._names().__contains__
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

    def _names(self) -> set[str]:
        scope: Scope | None = self.module.scope_at(self.statement)
        names: set[str] = set()
        while scope is not None:
            names |= set(scope.names)
            scope = scope.parent
        return names

    # --- Deferring --------------------------------------------------------------------------------

    def _deferred(self, binding: Binding, contract: Contract) -> _Code | Refusal:
        """The statement for a bound call: through ``on_commit``, unless that is not needed."""
        at = self.statement if self.gap is None else self._in_front_of(self.gap)
        if self.refresh() is not None:
            # `deferral` looks in front of the write, where the line that refreshes is not.
            return self._registered(binding)
        decision = self.deferrals.decide(Site(self.module, at, binding.parts, contract))
        if isinstance(decision, Kept):
            return _Code(binding.parts.render())
        if isinstance(decision, Refused):
            return Refusal(f"it cannot wait for the commit: {decision.reason.rstrip('.')}")
        return _Code(decision.code, decision.edits, decision.doubts, decision.notes)

    def _in_front_of(self, gap: Gap) -> ast.stmt:
        """The statement behind which a gap is: what comes later counts from there."""
        function = self.write.site.function
        if gap.is_else or function is None:
            return gap.statement
        graph = self.context.index.inference.locals.graph(function)
        statement = gap.statement
        while True:
            before = previous_statement(self.module, statement)
            outer = self.module.parents[statement]
            if before is not None and graph.nodes_of(before):
                return before
            if before is not None:
                statement = before
            elif outer is function or not isinstance(outer, ast.stmt | ast.ExceptHandler):
                return gap.statement
            elif isinstance(outer, ast.stmt) and graph.nodes_of(outer):
                return outer
            else:
                statement = self.module.statement_around(outer)

    def _registered(self, binding: Binding) -> _Code | Refusal:
        context = self.context
        if not context.catalogue.django.on_commit:
            return _Code(binding.parts.render())
        function = self.write.site.function
        assert function is not None
        local = set(self.module.scopes[function].names) | self._free_locals()
        bound = bind_call(binding.parts, local_names=local)
        if isinstance(bound, Refusal):
            return bound
        added = on_commit_at(context, self.module, self.write.site.call)
        code = render_on_commit(
            bound.call,
            bound.bindings,
            on_commit=added.local_name,
            using=None,
            robust=context.robust,
        )
        return _Code(code, (added.edit,) if added.edit is not None else ())

    def _free_locals(self) -> set[str]:
        """Names of the functions around the write's own."""
        names: set[str] = set()
        function = self.write.site.function
        outer = self.module.named_function_around(function) if function is not None else None
        while outer is not None:
            names |= set(self.module.scopes[outer].names)
            outer = self.module.named_function_around(outer)
        return names

    # --- Edits ------------------------------------------------------------------------------------

    def edits(self, bound: Sequence[Bound]) -> tuple[Edit, ...] | Refusal:
        """All edits for some bound calls."""
        source, black = self.module.source, self.context.black
        code = "\n".join(item.code for item in bound)
        if self._naming() is not None and isinstance(self.statement, ast.Return):
            code = f"{code}\nreturn {self._free_name()}"
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
        edits = [edit for item in bound for edit in item.edits] + self._named()
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


def next_statement(module: Module, statement: ast.stmt) -> ast.stmt | None:
    """The statement behind another one in its block."""
    return _neighbour(module, statement, 1)


def previous_statement(module: Module, statement: ast.stmt) -> ast.stmt | None:
    """The statement in front of another one in its block."""
    return _neighbour(module, statement, -1)


def _neighbour(module: Module, statement: ast.stmt, step: int) -> ast.stmt | None:
    parent = module.parents[statement]
    for name in ("body", "orelse", "finalbody"):
        suite = getattr(parent, name, None)
        if isinstance(suite, list) and statement in suite:
            index = suite.index(statement) + step
            found = suite[index] if 0 <= index < len(suite) else None
            return found if isinstance(found, ast.stmt) else None
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


def insert_else(
    source: SourceFile, statement: ast.stmt, code: str, black: BlackSettings
) -> Edit | Refusal:
    """Give an ``if`` without ``else`` one."""
    layout = layout_of(source)
    while layout.place(statement).is_elif:
        outer = layout.place(statement).parent
        assert isinstance(outer, ast.stmt)
        statement = outer
    edit = insert_after(source, statement, "pass", black)
    if isinstance(edit, Refusal):
        return edit
    if edit.start != edit.end:
        return Refusal("the statement shares its line with others; put it on a line of its own")
    indent = layout.place(statement).indent
    inner = indent + layout.unit
    text = format_statement(code, indent=inner, settings=black, unit=layout.unit)
    added = f"{indent}else:\n{inner}{text}"
    return replace(edit, replacement=edit.replacement.replace(f"{indent}pass", added, 1))
