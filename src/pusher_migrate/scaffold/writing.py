"""The text of a new method, and the edits that put it into the manager's file."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from pusher_migrate.model import Edit
from pusher_migrate.rule import Context
from pusher_migrate.scaffold.envelope import Envelope
from pusher_migrate.scaffold.home import Home
from pusher_migrate.scaffold.names import Named, marks_in, name_all
from pusher_migrate.scaffold.sending import Delivery, Item
from pusher_migrate.scaffold.style import Style
from pusher_migrate.scaffold.transport import Transport
from pusher_migrate.syntax.formatting import BlackSettings
from pusher_migrate.syntax.layout import Refusal, layout_of
from pusher_migrate.syntax.names import free_name, identifiers
from pusher_migrate.syntax.statements import insert_after

_PAYLOAD_NAMES = ("payload", "data", "message", "event_payload")
_BLOCK = '"""block docstring: '
_CHANNEL_NAMES = ("channel", "channel_name", "event_channel")


@dataclass(frozen=True, eq=False, slots=True)
class Parameter:
    """A parameter of the new method.

    Attributes:
        name: Its name.
        optional: Whether it is None where a call does not pass it.
        annotation: Its type, as an expression with marked names; None when it is not known.
    """

    name: str
    optional: bool = False
    annotation: ast.expr | None = None


@dataclass(frozen=True, eq=False, slots=True)
class NewMethod:
    """What is to be written.

    Attributes:
        name: Name of the method.
        parameters: In order; those that are optional come last.
        deliveries: What it sends, in order. All have the same payload.
    """

    name: str
    parameters: tuple[Parameter, ...]
    deliveries: tuple[Delivery, ...]

    @property
    def signature(self) -> str:
        """Name and parameters, for people."""
        names = [p.name + ("=None" if p.optional else "") for p in self.parameters]
        return f"{self.name}({', '.join(names)})"


@dataclass(frozen=True, eq=False, slots=True)
class WrittenMethod:
    """A method as it is written.

    Attributes:
        edits: The edits of the manager's file.
        node: The method's syntax.
    """

    edits: tuple[Edit, ...]
    node: ast.FunctionDef


def method_edits(
    context: Context,
    home: Home,
    method: NewMethod,
    envelope: Envelope | None = None,
    planned: Collection[Edit] = (),
) -> WrittenMethod | Refusal:
    """The edits of the manager's file that add a method.

    Args:
        context: The project.
        home: Where it goes, and how its neighbours are written.
        method: What to write.
        envelope: What to put the payload into; None to send it as it is.
        planned: Edits of the same file that other methods need.
    """
    style, names = home.style, {p.name for p in method.parameters}
    if style.log.partition(".")[0] in names:
        style = replace(style, log="")
    writer = _Writer(method, home.transport, style, envelope)
    hidden = writer.read & names
    if hidden:
        return Refusal(
            f"a parameter called {min(hidden)!r} would hide what {home.owner.name} sends through; "
            "pass it by another keyword in the catalogue"
        )
    marks = marks_in(writer.expressions)
    named = name_all(context, home.owner, marks, writer.bound, writer.read, planned)
    if isinstance(named, Refusal):
        return named
    settings = context.black
    if style.double_quotes:
        settings = replace(settings, skip_string_normalization=False)
    text = writer.text(named, settings)
    source = home.owner.module.source
    edit = insert_after(source, home.behind, text, settings)
    if isinstance(edit, Refusal):
        return edit
    layout = layout_of(source)
    indent = layout.place(home.behind).indent + layout.unit
    edit = replace(edit, replacement=_with_block(edit.replacement, indent))
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    return WrittenMethod((*named.edits, edit), node)


def _with_block(text: str, indent: str) -> str:
    """The docstring's quotes on lines of their own.

    Only once the text is at its place: the indentation inside a docstring is part of its value,
    which formatting must not change.
    """
    begin, marker, rest = text.partition(_BLOCK)
    if not marker:
        return text
    words, quotes, rest = rest.partition('"""')
    return f'{begin}"""\n{indent}{words}\n{indent}{quotes}{rest}'


class _Writer:
    """Puts the text of one method together."""

    def __init__(
        self, method: NewMethod, transport: Transport, style: Style, envelope: Envelope | None
    ) -> None:
        self.method = method
        self.transport = transport
        self.style = style
        self.envelope = envelope
        first = method.deliveries[0]
        self.items, self.payload = first.items, first.payload
        taken = {p.name for p in method.parameters} | {style.receiver}
        taken |= {name for node in self.expressions for name in identifiers(node)}
        self.payload_name = ""
        if self._needs_variable():
            payload_names = [n for n in (style.payload_name, *_PAYLOAD_NAMES) if n]
            self.payload_name = free_name(payload_names, taken.__contains__)
            taken.add(self.payload_name)
        self.channel_name = ""
        if (style.channel_name or style.log) and len(method.deliveries) == 1:
            channel_names = [n for n in (style.channel_name, *_CHANNEL_NAMES) if n]
            self.channel_name = free_name(channel_names, taken.__contains__)
        own = {p.name for p in method.parameters} | {self.payload_name, self.channel_name}
        self.bound = frozenset(own | {style.receiver}) - {""}

    @property
    def read(self) -> set[str]:
        """Names of the manager's module that the method reads by the words of its neighbours."""
        callees = [self.transport.callee, self.style.log]
        if self.envelope is not None:
            callees.append(self.envelope.callee)
        return {callee.partition(".")[0] for callee in callees}

    def _needs_variable(self) -> bool:
        if self.items is None and self.envelope is None:
            return len(self.method.deliveries) > 1 and not isinstance(self.payload, ast.Name)
        optional = any(item.optional for item in self.items or ())
        return bool(self.style.payload_name) or optional or len(self.method.deliveries) > 1

    @property
    def expressions(self) -> list[ast.expr]:
        """All expressions of the method."""
        found = [p.annotation for p in self.method.parameters if self.style.annotated]
        found += [delivery.channel for delivery in self.method.deliveries]
        found += [item.value for item in self.items or ()]
        found.append(self.payload)
        if self.envelope is not None:
            found += [value for _, value in self.envelope.arguments]
        return [node for node in found if node is not None]

    def text(self, named: Named, settings: BlackSettings) -> str:
        """The method's text, in the first column."""
        sends, logs = self._send_lines(named), self._log_lines()
        body = [*self._docstring(named, settings), *named.lines]
        if self.channel_name:
            channel = named.written(self.method.deliveries[0].channel)
            body.append(f"{self.channel_name} = {channel}")
        if self.style.log_first:
            body, logs = [*body, *logs], []
        body += self._payload_lines(named)
        if self.style.returns:
            sends, logs = [*logs, *sends], []
        lines = [f"@{decorator}" for decorator in self.style.decorators]
        returned = f" -> {self.style.returned}" if self.style.returned else ""
        lines.append(f"def {self.method.name}({', '.join(self._parameters(named))}){returned}:")
        for row in (*body, *sends, *logs):
            lines += [f"    {line}" if line else "" for line in row.split("\n")]
        return "\n".join(lines)

    def _parameters(self, named: Named) -> list[str]:
        found = [self.style.receiver] if self.style.receiver else []
        for parameter in self.method.parameters:
            text = parameter.name
            annotation = parameter.annotation if self.style.annotated else None
            if annotation is not None and not parameter.optional:
                text += f": {named.written(annotation)}"
            if parameter.optional:
                text += "=None"
            found.append(text)
        return found

    def _docstring(self, named: Named, settings: BlackSettings) -> list[str]:
        if not self.style.docstring:
            return []
        deliveries = self.method.deliveries
        channels = " and ".join(_shown(named, d.channel) for d in deliveries)
        text = f"Send {deliveries[0].event} to {channels}."
        if len(text) + 14 > settings.line_length or set(text) & set("\"'\\\n"):
            text = f"Send the event {self.method.name}."
            if not set(deliveries[0].event) & set("\"'\\\n"):
                text = f"Send the event {deliveries[0].event}."
        if self.style.docstring == "block":
            return [f'{_BLOCK}{text}"""']
        return [f'"""{text}"""']

    def _payload_lines(self, named: Named) -> list[str]:
        if not self.payload_name:
            return []
        if self.items is None:
            assert self.payload is not None
            return [f"{self.payload_name} = {named.written(self.payload)}"]
        # Keys keep their order: what comes behind an optional one is added step by step too.
        count = next((i for i, item in enumerate(self.items) if item.optional), len(self.items))
        required, later = self.items[:count], self.items[count:]
        lines = [f"{self.payload_name} = {self._dict(named, required)}"]
        for item in later:
            step = f"{self.payload_name}[{item.key!r}] = {named.written(item.value)}"
            if item.optional:
                step = f"if {named.written(item.value)} is not None:\n    {step}"
            lines.append(step)
        return lines

    def _dict(self, named: Named, items: Sequence[Item]) -> str:
        pairs = [f"{item.key!r}: {named.written(item.value)}" for item in items]
        end = "," if self.style.exploded and len(pairs) > 1 else ""
        return "{" + ", ".join(pairs) + end + "}"

    def _payload_text(self, named: Named) -> str:
        if self.payload_name:
            text = self.payload_name
        elif self.items is not None:
            text = self._dict(named, self.items)
        else:
            assert self.payload is not None
            text = named.written(self.payload)
        if self.envelope is None:
            return text
        arguments = [f"{name}={named.written(value)}" for name, value in self.envelope.arguments]
        arguments.append(f"{self.envelope.payload}={text}")
        return f"{self.envelope.callee}({', '.join(arguments)})"

    def _send_lines(self, named: Named) -> list[str]:
        lines = []
        payload = self._payload_text(named)
        for delivery in self.method.deliveries:
            channel = self.channel_name or named.written(delivery.channel)
            values = {
                self.transport.channel: channel,
                self.transport.event: repr(delivery.event),
                self.transport.payload: payload,
            }
            lines.append(f"{self.transport.callee}({self._arguments(values)})")
        if self.style.returns:
            lines[-1] = f"return {lines[-1]}"
        return lines

    def _arguments(self, values: dict[str, str]) -> str:
        rest = dict(values)
        parts = []
        if not self.style.by_keyword:
            for name in self.transport.order:
                if name not in rest:
                    break
                parts.append(rest.pop(name))
        parts += [f"{name}={value}" for name, value in rest.items()]
        return ", ".join(parts)

    def _log_lines(self) -> list[str]:
        if not self.style.log or not self.channel_name:
            return []
        event = self.method.deliveries[0].event
        if self.style.log_formatted and not set(event) & set("{}\"'\\"):
            return [f"{self.style.log}(f'{event} on {{{self.channel_name}}}')"]
        return [f"{self.style.log}('%s on %s', {event!r}, {self.channel_name})"]


def _shown(named: Named, channel: ast.expr) -> str:
    """A channel for people: without the quotes of a string."""
    text = named.written(channel)
    if isinstance(channel, ast.JoinedStr) and text[:1] in "fF" and text[1:2] == text[-1:]:
        return text[2:-1]
    if isinstance(channel, ast.Constant):
        return str(channel.value)
    return text
