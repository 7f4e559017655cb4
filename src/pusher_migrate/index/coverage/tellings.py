"""Who tells subscribers of which instance: emissions, and the functions that make them.

A telling is one place of a function at which an event for some instance is sent. A function's
summary says of which of its parameters it tells, and whether on all its paths. Summaries look
through calls to any depth; a function that calls itself is taken to do what its other paths do,
as every run of it ends on one of those.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import replace

from pusher_migrate.catalogue import Catalogue
from pusher_migrate.index.calls.decorated import wrappers_of
from pusher_migrate.index.calls.dispatched import Dispatch
from pusher_migrate.index.calls.left import kept_partial, left_at
from pusher_migrate.index.calls.on_commit import deferring_call, is_on_commit, is_partial
from pusher_migrate.index.coverage.contexts import Contexts
from pusher_migrate.index.coverage.emitted import EmissionReader, is_certain
from pusher_migrate.index.coverage.existing import edges_without_row
from pusher_migrate.index.coverage.hooks import Hooks
from pusher_migrate.index.coverage.told import Summary, Telling, Told
from pusher_migrate.index.flow.assumptions import Assumptions
from pusher_migrate.index.flow.graph import Edge, Node
from pusher_migrate.index.instances.functions import View, Views
from pusher_migrate.index.instances.handles import Handle, outer_handle
from pusher_migrate.index.instances.tracking import Followed, follow
from pusher_migrate.index.sending.emissions import Emissions
from pusher_migrate.index.sending.legacy_calls import LegacyCalls
from pusher_migrate.index.types.types import ClassType, FunctionType

# A function, and the class of its ``self`` where that is not the one around it.
_Key = tuple[ast.AST, ClassType | None]
MAX_DEPTH = 12
# Functions that one question may lead to before those that run each other are asked about once.
MAX_WORK = 200
MAX_ROUNDS = 5


class Tellings:
    """The tellings of a project's functions; keeps them.

    Args:
        views: Its functions.
        emissions: Its emissions.
        catalogue: What legacy events mean.
        ignored: Emissions that do not count: they will be gone, or are not what is asked for.
        deferred: Emissions that will be sent after the commit, although they are not yet.

    Attributes:
        is_cut: Whether functions that run each other were too many to follow all their ways.
    """

    def __init__(
        self,
        views: Views,
        emissions: Emissions,
        catalogue: Catalogue,
        ignored: Collection[ast.expr] = (),
        deferred: Collection[ast.expr] = (),
    ) -> None:
        self.views = views
        self.inference = views.inference
        self.emissions = emissions
        self.dispatch = Dispatch(self.inference)
        legacy = LegacyCalls(emissions.evaluator, catalogue)
        self._reader = EmissionReader(self.inference, legacy, frozenset(deferred))
        self._ignored = frozenset(ignored)
        self._sites = {emission.call: emission for emission in emissions.emissions}
        self.hooks = Hooks(self.inference)
        self._contexts = Contexts(self)
        self._tellings: dict[_Key, list[Telling]] = {}
        self._summaries: dict[_Key, tuple[Summary, ...]] = {}
        self._assumed: dict[_Key, tuple[Summary, ...]] = {}
        self._met: set[_Key] = set()
        self._work = 0
        self.is_cut = False

    # --- One function -----------------------------------------------------------------------------

    def of(self, view: View) -> list[Telling]:
        """The tellings of one function."""
        known = self._tellings.get((view.node, view.cls))
        if known is None:
            met = self._met
            self._met = set()
            known = list(self._find(view))
            if not self._met:
                self._tellings[view.node, view.cls] = known
            self._met |= met
        return known

    def _find(self, view: View) -> Iterator[Telling]:
        module = view.module
        left, entered = self._contexts.of(view)
        yield from left
        for call in view.calls():
            if call in entered:
                continue
            emission = self._sites.get(call)
            if emission is not None:
                if call not in self._ignored:
                    yield self._reader.telling(view, emission)
                continue
            if is_on_commit(self.inference, module, call) and call.args:
                yield from self._registered(view, call)
                continue
            yield from self._run(view, call, call)
        for inner in view.inner_functions():
            registered = deferring_call(self.inference, module, inner.body[0])
            around = module.named_function_around(registered) if registered is not None else None
            if registered is not None and around is view.node:
                made = ast.copy_location(ast.Call(ast.Name(inner.name, ast.Load()), [], []), inner)
                module.parents.setdefault(made, registered)
                called = FunctionType(module, inner)
                yield from self._through(view, registered, made, called, deferred=True)
        for emission in self.emissions.emissions:
            if emission.function is view.node and not isinstance(emission.call, ast.Call):
                yield self._reader.telling(view, emission)

    # --- Through other functions ------------------------------------------------------------------

    def _registered(self, view: View, call: ast.Call) -> Iterator[Telling]:
        """``on_commit(notify)``, ``on_commit(partial(notify, room))``, ``on_commit(room.tell)``."""
        callback = call.args[0]
        if isinstance(callback, ast.Lambda) or callback in self._sites:
            return
        made = ast.Call(callback, [], [])
        if isinstance(callback, ast.Call) and is_partial(self.inference, view.module, callback):
            if not callback.args:
                return
            made = ast.Call(callback.args[0], callback.args[1:], callback.keywords)
        ast.copy_location(made, call)
        view.module.parents.setdefault(made, call)
        yield from self._run(view, call, made, deferred=True)

    def _run(
        self, view: View, call: ast.expr, made: ast.Call, deferred: bool = False
    ) -> Iterator[Telling]:
        """What a call tells through the function that it runs, or leaves to a queue or thread."""
        kept = kept_partial(self.inference, view.module, made)
        if kept is not None:
            for telling in self._run(view, call, kept, deferred):
                yield replace(telling, certain=False)
            return
        left = left_at(self.inference, view.module, made)
        if left is not None:
            later = deferred or left.after_commit
            for telling in self._through(view, call, left.call, left.function, later):
                yield telling if left.started else replace(telling, certain=False)
            return
        for receiver in self.dispatch.run_by(view.module, made):
            for telling in self._through(view, call, receiver.call, receiver.function, deferred):
                yield telling if receiver.certain else replace(telling, certain=False)
        called = self.views.called(view.module, made)
        called = self.hooks.concrete(view, made, called)
        if called is not None:
            own = self.hooks.on_self(view, made)
            unsure = self.hooks.is_of_heir(view, made, called)
            for telling in self._through(view, call, own, called, deferred):
                yield replace(telling, certain=False) if unsure else telling
            yield from self._by_decorators(view, call, own, called, deferred)
        for other in self.hooks.overriding(view, made, called):
            for telling in self._through(view, call, made, other, deferred):
                yield replace(telling, certain=False)

    def _by_decorators(
        self, view: View, call: ast.expr, made: ast.Call, called: FunctionType, deferred: bool
    ) -> Iterator[Telling]:
        """What is told by what decorators of the project put around a called function."""
        node = called.node
        if isinstance(node, ast.Lambda) or not node.decorator_list:
            return
        for wrapper in wrappers_of(self.inference, called.module, node):
            around = FunctionType(wrapper.module, wrapper.node, called.bound)
            for telling in self._through(view, call, made, around, deferred):
                yield telling if wrapper.calls else replace(telling, certain=False)

    def _through(
        self,
        view: View,
        call: ast.expr,
        made: ast.Call,
        called: FunctionType,
        deferred: bool = False,
    ) -> Iterator[Telling]:
        """What a called function tells, in the names of the calling one."""
        node = called.node
        if isinstance(node, ast.Lambda):
            return
        key = node, self.hooks.heir_of(called)
        if key == (view.node, view.cls) and not self._assumed.get(key):
            self._met.add(key)
            return
        if node in self.emissions.wrappers or self.emissions.is_transport(
            called.module, node.body[0]
        ):
            return
        deferred = deferred or deferring_call(self.inference, view.module, call) is not None
        certain = is_certain(view, call, deferred)
        for summary in self.summary(called):
            handle = summary.told.handle
            if handle is not None:
                handle = self.views.passed(view.module, made, called, handle)
                outer = handle is not None and self._outer(view, call, handle)
                handle = outer or handle
            yield Telling(
                view.module,
                call,
                frozenset([summary.method]),
                (replace(summary.told, handle=handle),),
                certain and summary.always,
                deferred or summary.deferred,
                summary.system,
                through=called.dotted,
            )

    def _outer(self, view: View, call: ast.expr, handle: Handle) -> Handle | None:
        """A handle that is read in a lambda, in the names of the function around it."""
        scope = view.module.scope_at(call)
        if scope.node is view.node or handle.text is None:
            return None
        name = ast.Name(handle.name, ast.Load())
        view.module.parents[name] = call
        found = outer_handle(self.inference, view.module, name, view.node)
        return found.extended(handle.path) if found is not None else None

    def view_of(self, function: FunctionType) -> View:
        """The view of a function as it runs for the class of its ``self``."""
        assert not isinstance(function.node, ast.Lambda)
        return self.views.view(function.module, function.node, self.hooks.heir_of(function))

    def summary(self, function: FunctionType) -> tuple[Summary, ...]:
        """What a function tells of its parameters, and of names from around it."""
        node = function.node
        if isinstance(node, ast.Lambda):
            return ()
        key = node, self.hooks.heir_of(function)
        known = self._summaries.get(key)
        if known is not None:
            return known
        if key in self._assumed:
            self._met.add(key)
            return self._assumed[key]
        if len(self._assumed) >= MAX_DEPTH:
            return ()
        if not self._assumed:
            self._work = 0
        self._work += 1
        met, self._met = self._met, set()
        view = self.view_of(function)
        self._assumed[key] = ()
        found = self._summarised(view)
        for _ in range(MAX_ROUNDS):
            if key not in self._met:
                break
            # Greatest fixed point: the recursive call is taken to tell what any path tells.
            assumed = tuple(replace(summary, always=True) for summary in found)
            if self._assumed[key]:
                assumed = found
            if assumed == self._assumed[key]:
                break
            self._assumed[key] = assumed
            self._tellings.pop(key, None)
            found = self._summarised(view)
        del self._assumed[key]
        self._met.discard(key)
        if self._met and self._work > MAX_WORK:
            # Functions that all run each other would be asked about in every order.
            self.is_cut = True
            self._met = set()
        if not self._met:
            self._summaries[key] = found
        self._met |= met
        return found

    def _summarised(self, view: View) -> tuple[Summary, ...]:
        found: dict[tuple[Told, str, str], tuple[bool, bool]] = {}
        for telling in self.of(view):
            for method in telling.methods:
                for told in telling.about:
                    for traced in self.traced(view, telling, told):
                        key = (traced, method, telling.system)
                        known = found.get(key)
                        if known is None:
                            origin = traced.handle
                            always = origin is not None and self.always(view, origin, method)
                            known = always, telling.deferred
                        found[key] = known[0], known[1] and telling.deferred
        return tuple(
            Summary(told, method, system, always, deferred)
            for (told, method, system), (always, deferred) in found.items()
        )

    def traced(self, view: View, telling: Telling, told: Told) -> list[Told]:
        """What a telling is about in terms of what the caller knows; untraced when that fails."""
        if told.handle is None:
            return [told]
        found = [
            replace(told, handle=origin)
            for origin in self._given(view, told.handle)
            if self._may_reach(view, origin, telling)
        ]
        return found or [replace(told, handle=None)]

    def _given(self, view: View, handle: Handle) -> Iterator[Handle]:
        """What a handle may be of what the caller knows: parameters, names around the function."""
        around = view.module.named_function_around(view.node)
        for origin in view.origins(handle):
            if origin.name in view.parameters or (
                around is not None and origin.name in view.module.scopes[around].names
            ):
                yield origin

    def _may_reach(self, view: View, origin: Handle, telling: Telling) -> bool:
        nodes = telling.nodes(view.graph)
        handles = {told.handle for told in telling.about if told.handle is not None}
        return any(view.denotes(origin, handle, nodes) for handle in handles)

    def always(
        self, view: View, origin: Handle, method: str, known: dict[str, bool | None] | None = None
    ) -> bool:
        """Whether a function tells of what it is given on all its paths.

        Args:
            view: The function.
            origin: The parameter, or what is read from it.
            method: The method that tells.
            known: Truth of parameters.
        """
        return self._from_entry(view, origin, method, known).always

    def always_behind(
        self, view: View, origin: Handle, method: str, starts: tuple[Node, ...]
    ) -> bool:
        """Whether a function tells of what it was given on all paths behind some of its nodes."""
        return self._from_entry(view, origin, method, None, starts=starts).always

    def sometimes(
        self, view: View, origin: Handle, method: str, known: dict[str, bool | None] | None = None
    ) -> bool:
        """Whether a function tells of what it is given on some path; arguments as for `always`."""
        return bool(self._from_entry(view, origin, method, known, certain=False).stops)

    def _from_entry(
        self,
        view: View,
        origin: Handle,
        method: str,
        known: dict[str, bool | None] | None,
        certain: bool = True,
        starts: tuple[Node, ...] = (),
    ) -> Followed:
        places = self.places(view, frozenset([method]), None, certain=certain)
        tracked = view.names.closure([origin, *(h for held in places.values() for h in held)])
        excused: frozenset[Edge] = frozenset()
        if known:
            excused = Assumptions(view.graph, [view.graph.entry], (), known).impossible()
        excused |= edges_without_row(view, origin)
        initial = {origin}
        if starts:
            initial |= view.names.same_at(starts, origin, tracked)
        return follow(
            view.names,
            starts or [view.graph.entry],
            initial,
            tracked,
            lambda node, valid: not valid.isdisjoint(places.get(node, ())),
            excused,
        )

    def places(
        self,
        view: View,
        methods: frozenset[str],
        family: frozenset[ClassType] | None,
        system: str | None = None,
        certain: bool = True,
    ) -> dict[Node, set[Handle]]:
        """The nodes that tell by one of some methods, and of which handles.

        Args:
            view: The function.
            methods: The methods.
            family: The model's family; None for all that a telling is about.
            system: ``manager`` or ``legacy``; None for both.
            certain: Whether to leave out those that may not be reached although their statement is.
        """
        found: dict[Node, set[Handle]] = {}
        for telling in self.of(view):
            if (certain and not telling.certain) or telling.methods.isdisjoint(methods):
                continue
            if system is not None and telling.system != system:
                continue
            if family is not None:
                handles = telling.handles(family)
            else:
                handles = frozenset(t.handle for t in telling.about if t.handle is not None)
            for node in telling.nodes(view.graph):
                found.setdefault(node, set()).update(handles)
        return found
