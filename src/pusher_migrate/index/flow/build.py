"""Build the control-flow graph of one function from its syntax tree.

``build(function)`` is the way in; the graph and its queries are in `flow_graph`, whose names are
exported here too. Constant conditions are honoured, ``finally`` bodies and ``__exit__`` calls are
copied for each way of leaving, so that every path is one that the program could take if its
conditions were independent of each other. Exceptions are not told apart by class: a statement in a
``try`` body may go to any of its handlers, and further out if none of them is bare, ``Exception``
or ``BaseException``. Source of the rules: the Python language reference, "Compound statements".
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from pusher_migrate.index.flow.graph import Edge, EdgeKind, Graph, Node, NodeKind, Nodes, Scope, Way
from pusher_migrate.index.flow.paths import (
    Path,
    PathCheck,
    branch_description,
    every_path_hits,
    paths_between,
)
from pusher_migrate.index.flow.syntax import (
    RAISES,
    catches,
    harmless,
    inert,
    irrefutable,
    last_name,
    own_code,
    raised_class_ways,
    truth,
    value_call,
)
from pusher_migrate.index.flow.wiring import Frame, Loose, Wiring

__all__ = [
    "Edge",
    "EdgeKind",
    "Graph",
    "Node",
    "NodeKind",
    "Nodes",
    "Path",
    "PathCheck",
    "Scope",
    "Way",
    "branch_description",
    "build",
    "every_path_hits",
    "may_suppress_by_name",
    "paths_between",
]

# A ``finally`` in a ``finally`` body is copied for each way of each. Nested deeper than this, one
# copy serves all ways to keep graphs small; a path may then leave by another way than it came.
_COPY_DEPTH = 3


def may_suppress_by_name(manager: ast.expr) -> bool:
    """Whether a context manager may swallow exceptions, by its name: ``suppress(...)``."""
    return last_name(manager).lower().endswith("suppress")


def _always(_: ast.expr) -> bool:
    return True


def _never(_: ast.expr) -> bool:
    return False


def build(
    function: Scope,
    *,
    may_suppress: Callable[[ast.expr], bool] = may_suppress_by_name,
    exit_may_raise: Callable[[ast.expr], bool] = _always,
    never_returns: Callable[[ast.Call], bool] = _never,
) -> Graph:
    """Control-flow graph of a function, lambda, class body or module.

    Nested functions and classes are one node, a binding. Any tree that ``ast.parse`` yields is
    accepted, code that would not compile (``break`` outside a loop) included.

    Args:
        function: What to build it for.
        may_suppress: Whether this context manager may swallow the exceptions of its block.
        exit_may_raise: Whether its ``__exit__`` may raise when the block did not.
        never_returns: Whether this call never returns (``sys.exit()``), where it stands alone or is
            all that is assigned or returned.
    """
    return _Builder(may_suppress, exit_may_raise, never_returns).graph(function)


class _Builder:
    """Walks the statements of one scope; the graph grows in its `Wiring`."""

    def __init__(
        self,
        may_suppress: Callable[[ast.expr], bool],
        exit_may_raise: Callable[[ast.expr], bool],
        never_returns: Callable[[ast.Call], bool],
    ) -> None:
        self._may_suppress = may_suppress
        self._exit_may_raise = exit_may_raise
        self._never_returns = never_returns
        self._wiring = Wiring()
        self._copies = 0  # depth of finally bodies within finally bodies

    def graph(self, function: Scope) -> Graph:
        wiring = self._wiring
        if isinstance(function, ast.Lambda):
            body = function.body
            node = wiring.add(NodeKind.STATEMENT, body, body, (body,), wiring.entry())
            if not inert(body):
                wiring.may_raise(node)
            return wiring.graph(function, [Loose(node)])
        return wiring.graph(function, self._block(function.body, wiring.entry()))

    # -- statements ------------------------------------------------------------------------------

    def _block(self, body: Sequence[ast.stmt], loose: list[Loose]) -> list[Loose]:
        for statement in body:
            match statement:
                case ast.If():
                    loose = self._if(statement, loose)
                case ast.While():
                    loose = self._while(statement, loose)
                case ast.For() | ast.AsyncFor():
                    loose = self._for(statement, loose)
                case ast.With() | ast.AsyncWith():
                    loose = self._with(statement, loose)
                case ast.Match():
                    loose = self._match(statement, loose)
                case ast.Try() | ast.TryStar():
                    loose = self._try(statement, loose)
                case _:
                    loose = self._simple(statement, loose)
        return loose

    def _simple(self, statement: ast.stmt, loose: list[Loose]) -> list[Loose]:
        node = self._wiring.add(
            NodeKind.STATEMENT, statement, statement, own_code(statement), loose
        )
        if isinstance(statement, ast.Raise):
            self._wiring.throw(node, self._raised_by(statement))
            return []
        if isinstance(statement, ast.Assert) and truth(statement.test) is False:
            self._wiring.throw(node, [Way.EXCEPTION])
            return []
        call = value_call(statement)
        if call is not None and self._never_returns(call):
            self._wiring.throw(node, RAISES)
            return []
        if not harmless(statement):
            self._wiring.may_raise(node)
        match statement:
            case ast.Return():
                self._wiring.leave(Way.RETURN, [Loose(node)])
            case ast.Break():
                self._wiring.leave(Way.BREAK, [Loose(node)])
            case ast.Continue():
                self._wiring.leave(Way.CONTINUE, [Loose(node)])
            case _:
                return [Loose(node)]
        return []

    def _raised_by(self, statement: ast.Raise) -> tuple[Way, ...]:
        """Ways of a raise statement; it may pass on what an except clause took."""
        if statement.exc is None or isinstance(statement.exc, ast.Name):
            for frame in self._wiring.frames():
                if frame.reraises and (
                    statement.exc is None or last_name(statement.exc) == frame.name
                ):
                    return frame.reraises
        return raised_class_ways(statement.exc)

    def _condition(
        self,
        kind: NodeKind,
        tree: ast.AST,
        statement: ast.stmt,
        test: ast.expr,
        loose: list[Loose],
    ) -> tuple[Node, list[Loose], list[Loose]]:
        """A node with its true and false edges, less the one that a constant rules out."""
        node = self._wiring.add(kind, tree, statement, (test,), loose, test.lineno)
        if not inert(test):
            self._wiring.may_raise(node)
        value = truth(test)
        holds = [] if value is False else [Loose(node, EdgeKind.TRUE)]
        fails = [] if value is True else [Loose(node, EdgeKind.FALSE)]
        return node, holds, fails

    def _if(self, statement: ast.If, loose: list[Loose]) -> list[Loose]:
        ends: list[Loose] = []
        while True:  # an elif is an if alone in the else: no recursion, a chain may be long
            _, holds, loose = self._condition(
                NodeKind.TEST, statement, statement, statement.test, loose
            )
            ends += self._block(statement.body, holds)
            match statement.orelse:
                case [ast.If() as nested]:
                    statement = nested
                case orelse:
                    return ends + self._block(orelse, loose)

    def _while(self, statement: ast.While, loose: list[Loose]) -> list[Loose]:
        node, holds, fails = self._condition(
            NodeKind.TEST, statement, statement, statement.test, loose
        )
        return self._loop(statement, node, holds, fails)

    def _for(self, statement: ast.For | ast.AsyncFor, loose: list[Loose]) -> list[Loose]:
        iterable = self._wiring.add(
            NodeKind.ITERABLE, statement, statement, (statement.iter,), loose
        )
        if not inert(statement.iter):
            self._wiring.may_raise(iterable)
        header = self._wiring.add(
            NodeKind.LOOP, statement, statement, (statement.target,), [Loose(iterable)]
        )
        if not (inert(statement.iter) and isinstance(statement.target, ast.Name)):
            self._wiring.may_raise(header)
        taken, over = Loose(header, EdgeKind.TRUE), Loose(header, EdgeKind.FALSE)
        return self._loop(statement, header, [taken], [over])

    def _loop(
        self,
        statement: ast.While | ast.For | ast.AsyncFor,
        header: Node,
        taken: list[Loose],
        over: list[Loose],
    ) -> list[Loose]:
        frame = self._wiring.push(Frame((Way.BREAK, Way.CONTINUE)))
        again = self._block(statement.body, taken)
        self._wiring.pop()
        self._wiring.connect(again, header)
        self._wiring.connect(frame.pending.get(Way.CONTINUE, ()), header)
        return self._block(statement.orelse, over) + frame.pending.get(Way.BREAK, [])

    def _match(self, statement: ast.Match, loose: list[Loose]) -> list[Loose]:
        subject = self._wiring.add(
            NodeKind.SUBJECT, statement, statement, (statement.subject,), loose
        )
        if not inert(statement.subject):
            self._wiring.may_raise(subject)
        loose, ends = [Loose(subject)], []
        for case in statement.cases:
            line = case.pattern.lineno
            node = self._wiring.add(NodeKind.CASE, case, statement, (case.pattern,), loose, line)
            matches, loose = [Loose(node, EdgeKind.TRUE)], []
            if not irrefutable(case.pattern):
                self._wiring.may_raise(node)
                loose = [Loose(node, EdgeKind.FALSE)]
            if case.guard is not None:
                _, matches, fails = self._condition(
                    NodeKind.GUARD, case, statement, case.guard, matches
                )
                loose = loose + fails
            ends += self._block(case.body, matches)
        return ends + loose

    def _with(self, statement: ast.With | ast.AsyncWith, loose: list[Loose]) -> list[Loose]:
        frames: list[tuple[ast.withitem, Frame]] = []
        for item in statement.items:
            line = item.context_expr.lineno
            node = self._wiring.add(NodeKind.CONTEXT, item, statement, (item,), loose, line)
            self._wiring.may_raise(node)
            frames.append((item, self._wiring.push(Frame(tuple(Way)))))
            if item.optional_vars is not None and not isinstance(item.optional_vars, ast.Name):
                self._wiring.may_raise(node)  # unpacking is done inside the block
            loose = [Loose(node)]
        loose = self._block(statement.body, loose)
        for item, frame in reversed(frames):
            self._wiring.pop()
            loose = self._leave_context(statement, item, frame, loose)
        return loose

    def _leave_context(
        self,
        statement: ast.With | ast.AsyncWith,
        item: ast.withitem,
        frame: Frame,
        normal: list[Loose],
    ) -> list[Loose]:
        swallowed: list[Loose] = []

        def end(way: Way, loose: list[Loose]) -> list[Loose]:
            line = item.context_expr.lineno
            node = self._wiring.add(NodeKind.CONTEXT_EXIT, item, statement, (), loose, line)
            if way.exceptional and self._may_suppress(item.context_expr):
                swallowed.append(Loose(node))
            if way is not Way.EXCEPTION and self._exit_may_raise(item.context_expr):
                self._wiring.may_raise(node)
            return [Loose(node, EdgeKind.EXCEPTION if way.exceptional else EdgeKind.NORMAL)]

        ends = self._wiring.finish(frame, normal, end)
        return ends + swallowed

    def _try(self, statement: ast.Try | ast.TryStar, loose: list[Loose]) -> list[Loose]:
        final = self._wiring.push(Frame(tuple(Way))) if statement.finalbody else None
        if statement.handlers:
            guarded = self._wiring.push(Frame(RAISES))
            loose = self._block(statement.body, loose)
            self._wiring.pop()
            handle = self._handlers_star if isinstance(statement, ast.TryStar) else self._handlers
            ends = handle(statement, guarded.pending)
        else:
            loose, ends = self._block(statement.body, loose), []
        ends += self._block(statement.orelse, loose)
        if final is None:
            return ends
        self._wiring.pop()
        return self._finally(statement, final, ends)

    def _handlers(
        self, statement: ast.Try | ast.TryStar, raised: dict[Way, list[Loose]]
    ) -> list[Loose]:
        ends: list[Loose] = []
        escaping = set(RAISES)
        for handler in statement.handlers:
            taken = catches(handler)
            loose = [edge for way in taken.ways for edge in raised.get(way, ())]
            ends += self._handler(statement, handler, loose)
            escaping -= taken.all_of
        for way in RAISES:
            if way in escaping and way in raised:
                self._wiring.leave(way, raised[way])
        return ends

    def _handler(
        self,
        statement: ast.Try | ast.TryStar,
        handler: ast.ExceptHandler,
        loose: list[Loose],
    ) -> list[Loose]:
        code = (handler.type,) if handler.type is not None else ()
        node = self._wiring.add(NodeKind.HANDLER, handler, statement, code, loose)
        if not catches(handler).plain:
            self._wiring.may_raise(node)
        ways = tuple(Way) if handler.name else ()
        frame = self._wiring.push(Frame(ways, reraises=catches(handler).ways, name=handler.name))
        ends = self._block(handler.body, [Loose(node)])
        self._wiring.pop()
        if not handler.name:
            return ends

        def end(way: Way, loose: list[Loose]) -> list[Loose]:
            unbind = self._wiring.add(NodeKind.HANDLER_END, handler, statement, (), loose)
            return [Loose(unbind, EdgeKind.EXCEPTION if way.exceptional else EdgeKind.NORMAL)]

        return self._wiring.finish(frame, ends, end)

    def _handlers_star(
        self, statement: ast.Try | ast.TryStar, raised: dict[Way, list[Loose]]
    ) -> list[Loose]:
        """``except*``: each clause takes a part of the group, so that several may run in order.

        What a clause raises waits until all are through; what no clause took is raised at the end.
        """
        reaches = [edge for way in RAISES for edge in raised.get(way, ())]
        unmatched = list(reaches)
        ends: list[Loose] = []
        for handler in statement.handlers:
            frame = self._wiring.push(Frame(RAISES))
            out = self._handler(statement, handler, reaches)
            self._wiring.pop()
            failed = [edge for way in RAISES for edge in frame.pending.get(way, ())]
            reaches = reaches + out + failed
            unmatched += failed
            ends += out
        self._wiring.leave(Way.EXCEPTION, unmatched)
        if not ends:
            return []
        rest = self._wiring.add(NodeKind.RERAISE, statement, statement, (), ends)
        self._wiring.leave(Way.EXCEPTION, [Loose(rest, EdgeKind.EXCEPTION)])
        return [Loose(rest)]

    def _finally(
        self, statement: ast.Try | ast.TryStar, frame: Frame, normal: list[Loose]
    ) -> list[Loose]:
        def reraise(loose: list[Loose]) -> list[Loose]:
            if not loose:
                return []
            node = self._wiring.add(NodeKind.RERAISE, statement, statement, (), loose)
            return [Loose(node, EdgeKind.EXCEPTION)]

        def end(way: Way, loose: list[Loose]) -> list[Loose]:
            loose = self._block(statement.finalbody, loose)
            return reraise(loose) if way.exceptional else loose

        self._copies += 1
        if self._copies <= _COPY_DEPTH:
            ends = self._wiring.finish(frame, normal, end)
        else:
            entering = normal + [edge for way in frame.pending for edge in frame.pending[way]]
            ends = self._block(statement.finalbody, entering)
            for way in Way:
                if way in frame.pending:
                    self._wiring.leave(way, reraise(ends) if way.exceptional else ends)
            if not normal and frame.pending:
                ends = []
        self._copies -= 1
        return ends
