"""Generated programs that record what they do: shared by the tests of control and data flow.

Every expression of a program is a call that is recorded with its outcome, and asks a list of
choices whether to be true, to raise, ...
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st


class Program:
    """Source of a generated function, and what is needed to run it.

    With ``binding``, loops, with statements, except clauses and some conditions bind the name x.
    """

    def __init__(self, body: list[Any], binding: bool = False) -> None:
        self.name = "x" if binding else "other"
        self.taken = " as x" if binding else ""
        self.serial = 0
        self.classes: list[int] = []
        self.reraises = False
        self.final_loops = False  # is there a loop in a finally body?
        self.source = "def f():\n" + "\n".join(self.block(body, "    "))
        self.code = compile(self.source, "<generated>", "exec")
        self.tree = ast.parse(self.source).body[0]

    def condition(self, n: int) -> str:
        if not self.taken or n % 3 == 2:
            return f"decide({n})"
        walrus = f"(x := value({n}))"
        return (
            f"{walrus} and decide({n})"
            if n % 3
            else f"decide({n}) and {walrus} and decide({self.next()})"
        )

    def next(self) -> int:
        self.serial += 1
        return self.serial

    def block(self, body: list[Any], pad: str) -> Iterator[str]:
        for statement in body:
            yield from self.statement(statement, pad)

    def statement(self, statement: Any, pad: str) -> Iterator[str]:
        kind, *parts = statement
        deeper = pad + "    "
        n = self.next()
        match kind:
            case "log":
                yield f"{pad}log({n})"
            case "bind":
                yield f"{pad}x = value({n})"
            case "unbind":
                # Deletion is given a way to fail, which that of a bound name alone has not
                yield f"{pad}x = None; del slot({n})[0], x"
            case "use":
                yield f"{pad}use({n}, locals().get('x'))"
            case "return":
                yield f"{pad}return" + (f" log({n})" if parts[0] else "")
            case "raise":
                yield f"{pad}raise pick({n})"
            case "reraise":
                self.reraises = True
                yield f"{pad}raise"
            case "break" | "continue":
                yield pad + kind
            case "perhaps":
                yield f"{pad}if decide({n}):"
                yield from self.statement(parts[0], deeper)
            case "if" | "while" | "for":
                head = f"for {self.name} in iterate({n})"
                if kind != "for":
                    head = f"{kind} {self.condition(n)}"
                yield f"{pad}{head}:"
                yield from self.block(parts[0], deeper)
                if parts[1]:
                    yield f"{pad}else:"
                    yield from self.block(parts[1], deeper)
            case "forever":
                yield f"{pad}while True:"
                # so often may it be true: the loop ends
                yield f"{deeper}if decide({n}): pass"
                yield f"{deeper}else: break"
                yield from self.block(parts[0], deeper)
            case "with":
                yield f"{pad}with manage({n}){self.taken}:"
                yield from self.block(parts[0], deeper)
            case "suppress":
                self.classes.append(n)
                yield f"{pad}with suppress({n}){self.taken}:"
                yield from self.block(parts[0], deeper)
            case "match":
                yield f"{pad}match choose({n}):"
                for guarded, case in parts[0]:
                    case_n = self.next()
                    guard = f" if decide({self.next()})" if guarded else ""
                    yield f"{deeper}case {case_n}{guard}:"
                    yield from self.block(case, deeper + "    ")
                if parts[1]:
                    yield f"{deeper}case _:"
                    yield from self.block(parts[1], deeper + "    ")
            case "try":
                yield from self.attempt(parts, pad, deeper)
            case _:
                raise AssertionError(kind)

    def attempt(self, parts: list[Any], pad: str, deeper: str) -> Iterator[str]:
        body, handlers, catch_all, otherwise, final = parts
        yield f"{pad}try:"
        yield from self.block(body, deeper)
        for named, handler in handlers:
            n = self.next()
            self.classes.append(n)
            yield f"{pad}except E{n}{f' as {self.name}' if named else ''}:"
            yield from self.block(handler, deeper)
        if catch_all:
            yield f"{pad}except Exception:"
            yield from self.block(catch_all, deeper)
        if otherwise and (handlers or catch_all):
            yield f"{pad}else:"
            yield from self.block(otherwise, deeper)
        if final or not (handlers or catch_all):
            yield f"{pad}finally:"
            text = list(self.block(final or [("log",)], deeper))
            self.final_loops |= any(line.lstrip().startswith(("for", "while")) for line in text)
            yield from text


Event = tuple[str, int, str]
LOOPS, RAISES = 2, 2  # so often may one condition hold, and may a run raise
MANY = 1500  # runs of one program


class Machine:
    """Runs a program for one list of choices and records what happens."""

    def __init__(self, program: Program, choices: list[int]) -> None:
        self.given = choices
        self.taken: list[tuple[int, int]] = []  # choice, of how many
        self.events: list[Event] = []
        self.true: dict[int, int] = {}
        self.raises = 0
        self.limited = False  # might it have raised once more?
        self.used: list[tuple[int, object]] = []
        self.errors = {n: type(f"E{n}", (Exception,), {}) for n in (0, *program.classes)}
        names: dict[str, Any] = {f"E{n}": error for n, error in self.errors.items()}
        for name in (
            "log",
            "value",
            "slot",
            "use",
            "pick",
            "decide",
            "choose",
            "iterate",
            "manage",
            "suppress",
        ):
            names[name] = getattr(self, name)
        exec(program.code, names)  # the program is our own
        try:
            names["f"]()
            self.events.append(("end", 0, "exit"))
        except tuple(self.errors.values()):
            self.events.append(("end", 0, "raise"))
        except RuntimeError as error:
            assert "No active exception" in str(error)
            self.events.append(("end", 0, "raise"))

    def choice(self, options: int) -> int:
        given = self.given[len(self.taken)] if len(self.taken) < len(self.given) else 0
        self.taken.append((given % options, options))
        return given % options

    def maybe_raise(self, what: str, n: int, first: int = 0, choice: int | None = None) -> int:
        """A choice below ``first`` is returned, the others raise."""
        errors = list(self.errors.values()) if self.raises < RAISES else []
        self.limited |= not errors
        options = first + len(errors)
        choice = (self.choice(options) if options > 1 else 0) if choice is None else choice
        if choice < first:
            return choice
        self.raises += 1
        self.events.append((what, n, "raised"))
        raise errors[choice - first]

    def log(self, n: int) -> None:
        self.maybe_raise("log", n, 1)
        self.events.append(("log", n, "done"))

    def value(self, n: int) -> int:
        self.log(n)
        return n

    def slot(self, n: int) -> list[int]:
        return [self.value(n)]

    def use(self, n: int, value: object) -> None:
        self.used.append((n, value))
        self.log(n)

    def pick(self, n: int) -> Exception:
        errors = list(self.errors.values())
        self.raises += 1
        self.events.append(("pick", n, "raised"))
        return errors[self.choice(len(errors))]()

    def truth(self, what: str, n: int) -> bool:
        allowed = self.true.get(n, 0) < LOOPS
        outcome = self.maybe_raise(what, n, 2 if allowed else 1) == 1
        self.true[n] = self.true.get(n, 0) + outcome
        self.events.append((what, n, "true" if outcome else "false"))
        return outcome

    def decide(self, n: int) -> bool:
        return self.truth("decide", n)

    def choose(self, n: int) -> _Subject:
        self.maybe_raise("choose", n, 1)
        self.events.append(("choose", n, "done"))
        return _Subject(self)

    def iterate(self, n: int) -> Iterator[int]:
        self.maybe_raise("iterate", n, 1)
        self.events.append(("iterate", n, "done"))
        return _Items(self, n)

    def manage(self, n: int) -> _Manager:
        return _Manager(self, n, None)

    def suppress(self, n: int) -> _Manager:
        return _Manager(self, n, self.errors[n])


class _Subject:
    """Matches the pattern of a case if the choices say so."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def __eq__(self, n: object) -> bool:
        assert isinstance(n, int)
        return self.machine.truth("matches", n)


class _Items:
    def __init__(self, machine: Machine, n: int) -> None:
        self.machine, self.n = machine, n

    def __iter__(self) -> _Items:
        return self

    def __next__(self) -> int:
        if self.machine.truth("next", self.n):
            return self.n
        raise StopIteration


class _Manager:
    def __init__(self, machine: Machine, n: int, swallows: type[Exception] | None) -> None:
        self.machine, self.n, self.swallows = machine, n, swallows

    def __enter__(self) -> int:
        self.machine.maybe_raise("enter", self.n, 1)
        self.machine.events.append(("enter", self.n, "done"))
        return self.n

    def __exit__(self, kind: type[Exception] | None, *_: object) -> bool:
        if kind is not None:
            swallowed = kind is self.swallows
            self.machine.events.append(("exit", self.n, "swallowed" if swallowed else "passed"))
            return swallowed
        self.machine.maybe_raise("exit", self.n, 1)
        self.machine.events.append(("exit", self.n, "done"))
        return False


def runs(program: Program) -> Iterator[Machine]:
    """A run for every list of choices, one after the other."""
    choices: list[int] = []
    while True:
        machine = Machine(program, choices)
        yield machine
        taken = list(machine.taken)
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        choices = [choice for choice, _ in taken]
        choices[-1] += 1


@functools.cache
def statements(
    depth: int, in_loop: bool = False, in_handler: bool = False, binding: bool = False
) -> st.SearchStrategy[tuple[Any, ...]]:
    leaving = [("return", True), ("return", False), ("raise",)]
    leaving += [("break",), ("continue",)] if in_loop else []
    leaving += [("reraise",)] if in_handler else []
    leave = st.sampled_from(leaving)
    # Code after an unconditional jump is dead: most are conditional
    perhaps = st.tuples(st.just("perhaps"), leave)
    simple = [st.just(("log",)), leave, perhaps, perhaps]
    if binding:
        simple += [st.just(("bind",)), st.just(("bind",)), st.just(("use",)), st.just(("unbind",))]
    if depth == 0:
        return st.one_of(*simple)

    def body(loop: bool = in_loop, handler: bool = in_handler) -> st.SearchStrategy[list[Any]]:
        return st.lists(statements(depth - 1, loop, handler, binding), min_size=1, max_size=2)

    def maybe(strategy: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[list[Any]]:
        return st.one_of(st.just([]), strategy)

    case = st.tuples(st.booleans(), body())
    handler = st.tuples(st.booleans(), body(handler=True))
    compound = [
        st.tuples(st.just("if"), body(), maybe(body())),
        st.tuples(st.just("while"), body(True), maybe(body())),
        st.tuples(st.just("for"), body(True), maybe(body())),
        st.tuples(st.just("forever"), body(True)),
        st.tuples(st.just("with"), body()),
        st.tuples(st.just("suppress"), body()),
        st.tuples(st.just("match"), st.lists(case, min_size=1, max_size=2), maybe(body())),
        st.tuples(
            st.just("try"),
            body(),
            st.lists(handler, max_size=1),
            maybe(body(handler=True)),
            maybe(body()),
            maybe(body()),
        ),
    ]
    # Twice what can go wrong: a try or a with statement within a loop or another try
    return st.one_of(*simple, *compound, *compound[-4:], *([compound[-1]] if in_loop else []))
