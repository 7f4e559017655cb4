"""The calls in a catalogue: ``realtime_room_updated(room, changed_fields={changed_fields})``.

Such a call is a template: its names are bound to what is in scope at the place where it is put,
its placeholders are filled with what was there. It is parsed with ``ast`` and never executed.
"""

from __future__ import annotations

import ast
import enum
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pusher_migrate.config import did_you_mean, one_line, quoted
from pusher_migrate.errors import CatalogueError


class PlaceholderKind(enum.StrEnum):
    """Where the source text for a placeholder comes from."""

    PAYLOAD = "payload"
    CHANNEL = "channel"
    CHANGED_FIELDS = "changed_fields"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A part of the call that is taken from the place it goes to.

    Attributes:
        kind: ``{payload.KEY}``: the expression that the legacy call's payload has for KEY.
            ``{channel.N}``: the expression in the N-th hole of its channel, the first being 1.
            ``{changed_fields}``: the list of the names of the fields that the write changed.
        key: KEY, empty for the others.
        hole: N, 0 for the others.
    """

    kind: PlaceholderKind
    key: str = ""
    hole: int = 0

    def __str__(self) -> str:
        detail = self.key or (str(self.hole) if self.hole else "")
        return "{" + ".".join((self.kind.value, *([detail] if detail else []))) + "}"


@dataclass(frozen=True, slots=True)
class NameRef:
    """A name that must be bound, with attributes that are read from it: ``booking.room.id``."""

    name: str
    attributes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join((self.name, *self.attributes))


@dataclass(frozen=True, slots=True)
class Constant:
    """A string, number, True, False or None, as it is written in the catalogue."""

    source: str

    @property
    def value(self) -> str | int | float | bool | None:
        """What the source text stands for."""
        value: str | int | float | bool | None = ast.literal_eval(self.source)
        return value

    def __str__(self) -> str:
        return self.source


Expression = NameRef | Constant | Placeholder


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; ``keyword`` is None for a positional one."""

    value: Expression
    keyword: str | None = None


@dataclass(frozen=True, slots=True)
class CallTemplate:
    """A call of a manager method, to be bound.

    Attributes:
        method: Name of the method.
        arguments: In the order in which they are written.
        line: 1-based line in the catalogue, 0 for a call that was made otherwise.
    """

    method: str
    arguments: tuple[Argument, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def positional(self) -> tuple[Expression, ...]:
        """The values of the positional arguments."""
        return tuple(item.value for item in self.arguments if item.keyword is None)

    @property
    def keywords(self) -> tuple[tuple[str, Expression], ...]:
        """Keyword and value of the others."""
        return tuple((a.keyword, a.value) for a in self.arguments if a.keyword is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names to be bound, each once, in order: ``booking`` for ``booking.room.id``."""
        values = (item.value for item in self.arguments)
        return tuple(dict.fromkeys(v.name for v in values if isinstance(v, NameRef)))

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """The placeholders, each once, in order."""
        values = (item.value for item in self.arguments)
        return tuple(dict.fromkeys(v for v in values if isinstance(v, Placeholder)))

    def render(
        self,
        names: Mapping[str, str] | None = None,
        placeholders: Mapping[Placeholder, str] | None = None,
    ) -> str:
        """The call as text.

        Args:
            names: Source text of the expression that each name is bound to. A name that is not in
                it stands for itself.
            placeholders: Source text for each placeholder. One that is not in it is written as in
                the catalogue, so that without arguments the result can be parsed again.

        Raises:
            SyntaxError: A text in ``names`` or ``placeholders`` is not one Python expression.
        """
        parts = []
        for argument in self.arguments:
            text = _rendered(argument.value, names or {}, placeholders or {})
            parts.append(text if argument.keyword is None else f"{argument.keyword}={text}")
        return f"{self.method}({', '.join(parts)})"

    def __str__(self) -> str:
        return self.render()


def _rendered(
    value: Expression, names: Mapping[str, str], placeholders: Mapping[Placeholder, str]
) -> str:
    match value:
        case NameRef(name, attributes) if name in names:
            return ".".join((_embedded(names[name], dotted=bool(attributes)), *attributes))
        case Placeholder() if value in placeholders:
            return _embedded(placeholders[value], dotted=False)
        case _:
            return str(value)


def _embedded(source: str, *, dotted: bool) -> str:
    """``source`` as an argument, in parentheses where it would not stay one expression."""
    # Parsed in parentheses, as it may go over several lines where it stands. A tuple or generator
    # without its own begins at ours, column 0; what has its own begins behind them.
    text = source.strip()
    node = ast.parse(f"({text}\n)", mode="eval").body
    match node:
        case ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript():
            bare = False
        case ast.Tuple() | ast.GeneratorExp():
            bare = node.col_offset == 0
        case ast.NamedExpr() | ast.Yield() | ast.YieldFrom():
            bare = node.col_offset == 1
        case _:
            bare = dotted and node.col_offset == 1
    if not text or (node.col_offset == 0 and not isinstance(node, ast.Tuple | ast.GeneratorExp)):
        raise SyntaxError(f"{text!r} is not an expression")  # `a)(b` closes our parenthesis
    if "#" in text.rsplit("\n", 1)[-1]:
        return f"({text}\n)"  # the end could be a comment, which would swallow what follows
    return f"({text})" if bare else text


# Braces inside of string constants are text; so strings are matched first and kept.
_BRACES = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\{([^{}]*)\}""", re.DOTALL)
_PAYLOAD_KEY = re.compile(r"[\w-]+")


def parse_call(text: str, line: int = 0) -> CallTemplate:
    """Parse a call as the catalogue has it.

    Args:
        text: For example ``realtime_room_updated(room, changed_fields={changed_fields})``.
        line: 1-based line of ``text`` in the catalogue.

    Raises:
        CatalogueError: ``text`` is not a call of one method, given by its bare name, whose
            arguments are names, attributes of names, constants and placeholders. The error has
            neither path nor line.
    """
    stem = "placeholder_"
    while stem in text:
        stem = "_" + stem
    placeholders: dict[str, Placeholder] = {}

    def reserve(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        name = f"{stem}{len(placeholders)}"
        placeholders[name] = parse_placeholder(match[2])
        return name

    source = _BRACES.sub(reserve, text)
    node = _parsed(source.strip(), text)
    if not isinstance(node, ast.Call):
        raise CatalogueError(f"{quoted(text)} is not a call, such as realtime_room_updated(room)")
    if not isinstance(node.func, ast.Name):
        last = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        hint = f": write {last}(...)" if last else ""
        raise CatalogueError(
            f"{quoted(text)} must call a method of the manager by its bare name{hint}"
        )
    if node.func.id in placeholders:
        raise CatalogueError(f"{quoted(text)} has a placeholder in the place of the method")
    arguments = tuple(_arguments(node, source.strip(), placeholders))
    return CallTemplate(node.func.id, arguments, line)


def parse_placeholder(inner: str) -> Placeholder:
    """Read what stands between the braces.

    Raises:
        CatalogueError: It is no placeholder that exists.
    """
    shown = quoted("{" + inner + "}")
    head, dot, detail = inner.strip().partition(".")
    match head, detail:
        case "changed_fields", "" if not dot:
            return Placeholder(PlaceholderKind.CHANGED_FIELDS)
        case "payload", _ if _PAYLOAD_KEY.fullmatch(detail):
            return Placeholder(PlaceholderKind.PAYLOAD, key=detail)
        case "channel", _ if re.fullmatch("[1-9][0-9]{0,3}", detail):
            return Placeholder(PlaceholderKind.CHANNEL, hole=int(detail))
        case "payload", _:
            raise CatalogueError(f"{shown} must name a payload key, such as {{payload.room_id}}")
        case "channel", _:
            raise CatalogueError(
                f"{shown} must name a hole of the channel; the first is {{channel.1}}"
            )
        case _:
            known = [kind.value for kind in PlaceholderKind]
            hint = did_you_mean(
                head, known, "placeholders are {payload.KEY}, {channel.N}, {changed_fields}; words"
            )
            raise CatalogueError(f"{shown} is not a placeholder{hint}")


def _parsed(source: str, text: str) -> ast.expr:
    """The expression ``source``, or an error that shows ``text``."""
    try:
        with warnings.catch_warnings():
            # An invalid escape in a string is the catalogue's affair, not a warning on stderr.
            warnings.simplefilter("ignore")
            return ast.parse(source, "<catalogue>", mode="eval").body
    except SyntaxError as error:
        detail = f" ({one_line(error.msg)})" if error.msg else ""
        raise CatalogueError(f"{quoted(text)} is not a Python call{detail}") from None
    except ValueError:  # Python 3.11 says this of NUL characters
        raise CatalogueError(f"{quoted(text)} is not a Python call") from None
    except (RecursionError, MemoryError):
        raise CatalogueError(f"{quoted(text)} is nested too deeply") from None


def _arguments(
    node: ast.Call, source: str, placeholders: Mapping[str, Placeholder]
) -> Iterator[Argument]:
    seen: set[str] = set()
    for value in node.args:
        yield Argument(_expression(value, source, placeholders))
    for item in node.keywords:
        if item.arg is None:
            raise CatalogueError("** is not possible in a call of the catalogue")
        if item.arg in seen:
            raise CatalogueError(f"argument {quoted(item.arg)} is given twice")
        if item.arg in placeholders:
            raise CatalogueError("a placeholder cannot be the name of an argument")
        seen.add(item.arg)
        yield Argument(_expression(item.value, source, placeholders), item.arg)


def _expression(node: ast.expr, source: str, placeholders: Mapping[str, Placeholder]) -> Expression:
    match node:
        case ast.Name(id=name):
            return placeholders.get(name) or NameRef(name)
        case ast.Attribute():
            attributes: list[str] = []
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute):
                attributes.insert(0, inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name) and inner.id not in placeholders:
                return NameRef(inner.id, tuple(attributes))
        case ast.Constant(value=str() | bool() | int() | float() | None):
            return Constant(_segment(node, source))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            if not isinstance(number, bool):
                return Constant(_segment(node, source))
    shown = _segment(node, source)
    for name, placeholder in reversed(list(placeholders.items())):  # _12 before _1
        shown = shown.replace(name, str(placeholder))
    raise CatalogueError(
        f"argument {quoted(shown)} must be a name, an attribute of a name, a constant"
        " or a placeholder"
    )


def _segment(node: ast.expr, source: str) -> str:
    return ast.get_source_segment(source, node) or ast.unparse(node)
