"""Static evaluation of channel names, event names and payloads.

``f"staff-hotel-{room.hotel.id}"`` becomes a text with one hole, a dictionary a record with keys.
Variables, constants, parameters (in the frame of a known caller) and functions that only return an
expression are looked through; what remains unknown stays an expression and is never guessed.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence

from pusher_migrate.index import sdk
from pusher_migrate.index.formats import Field, brace_parts, percent_parts
from pusher_migrate.index.importing import imported_binding
from pusher_migrate.index.infer import Inference
from pusher_migrate.index.modules import Module
from pusher_migrate.index.overrides import is_rebound
from pusher_migrate.index.scopes import Binding, FunctionNode, Scope
from pusher_migrate.index.syntax import argument_for, default_of, final_bindings, single_return
from pusher_migrate.index.types import ClassType, External, FunctionType, Instance, ModuleType
from pusher_migrate.index.values import (
    Entry,
    Frame,
    Items,
    Record,
    Scalar,
    Text,
    Unknown,
    Value,
    merge,
    opened,
    text_of,
)

MAX_DEPTH = 12

_READING_BUILTINS = frozenset(
    [
        "print",
        "len",
        "str",
        "repr",
        "bool",
        "isinstance",
        "sorted",
        "list",
        "dict",
        "tuple",
        "set",
        "type",
    ]
)
_CHANGING = frozenset({"update", "append", "extend", "insert", "pop", "clear", "setdefault"})
_LOGGING = frozenset(["debug", "info", "warning", "error", "exception", "critical", "log"])


class Evaluator:
    """Evaluates expressions of one project.

    Args:
        inference: Answers what names and attributes stand for.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    def frame_at(self, module: Module, node: ast.AST) -> Frame:
        """The frame of an expression where it stands, its parameters unknown."""
        return Frame(module, module.named_function_around(node), module.statement_around(node))

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression in a frame."""
        if frame.depth > MAX_DEPTH:
            return Unknown(node, frame)
        match node:
            case ast.Constant(value=str(text)):
                return Text((text,))
            case ast.Constant():
                return Scalar(node.value)
            case ast.JoinedStr():
                return self._joined(node, frame)
            case ast.BinOp():
                return self._operation(node, frame)
            case ast.Dict():
                return self._dict(node, frame)
            case ast.List() | ast.Tuple() | ast.Set():
                plain = tuple((e, frame) for e in node.elts if not isinstance(e, ast.Starred))
                return Items(plain, open=len(plain) < len(node.elts))
            case ast.Name():
                return self._name(node, frame)
            case ast.Attribute():
                return self._attribute(node, frame)
            case ast.Call():
                return self._call(node, frame)
            case ast.Subscript():
                return self._subscript(node, frame)
            case ast.NamedExpr():
                return self.evaluate(node.value, frame)
        return Unknown(node, frame)

    # --- Text -----------------------------------------------------------------------------------

    def _joined(self, node: ast.JoinedStr, frame: Frame) -> Value:
        parts: list[str | Unknown] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                plain = part.format_spec is None and part.conversion in (-1, ord("s"))
                parts += self._spliced(part.value, frame) if plain else [Unknown(part.value, frame)]
            elif isinstance(part, ast.Constant):
                parts.append(str(part.value))
        return text_of(parts)

    def _spliced(self, node: ast.expr, frame: Frame) -> list[str | Unknown]:
        """An expression put into a string by ``str()``."""
        value = self.evaluate(node, frame)
        if isinstance(value, Text):
            return list(value.parts)
        if isinstance(value, Scalar):
            return [str(value.value)]
        if isinstance(value, Unknown):
            return [value]
        return [Unknown(node, frame)]

    def _operation(self, node: ast.BinOp, frame: Frame) -> Value:
        if isinstance(node.op, ast.Add):
            left, right = self.evaluate(node.left, frame), self.evaluate(node.right, frame)
            if isinstance(left, Items) and isinstance(right, Items):
                return Items(left.elements + right.elements, left.open or right.open)
            if isinstance(left, Text) or isinstance(right, Text):
                parts: list[str | Unknown] = []
                for value, side in ((left, node.left), (right, node.right)):
                    if isinstance(value, Text):
                        parts += value.parts
                    else:
                        parts.append(value if isinstance(value, Unknown) else Unknown(side, frame))
                return text_of(parts)
        elif isinstance(node.op, ast.Mod):
            template = self.evaluate(node.left, frame)
            if isinstance(template, Text) and template.literal is not None:
                return self._percent(template.literal, node, frame)
        elif isinstance(node.op, ast.BitOr):
            left, right = self.evaluate(node.left, frame), self.evaluate(node.right, frame)
            if isinstance(left, Record) and isinstance(right, Record):
                return merge(left, right)
        return Unknown(node, frame)

    def _percent(self, template: str, node: ast.BinOp, frame: Frame) -> Value:
        """``"room-%s" % room.id``, also with a tuple or a dictionary on the right."""
        if isinstance(node.right, ast.Dict):
            record = self._dict(node.right, frame)
            named = {e.key: (e.node, e.frame) for e in record.entries}
            return self._filled(percent_parts(template), (), named, node, frame)
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        parts = percent_parts(template)
        fields = sum(isinstance(part, Field) for part in parts or ())
        if fields != len(values):
            return Unknown(node, frame)
        return self._filled(parts, [(value, frame) for value in values], {}, node, frame)

    def _format(self, template: str, node: ast.Call, frame: Frame) -> Value:
        """``"room-{}".format(room.id)``, by position and name."""
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            return Unknown(node, frame)
        named = {k.arg: (k.value, frame) for k in node.keywords if k.arg is not None}
        positional = [(argument, frame) for argument in node.args]
        return self._filled(brace_parts(template), positional, named, node, frame)

    def _filled(
        self,
        parts: list[str | Field] | None,
        positional: Sequence[tuple[ast.expr, Frame]],
        named: Mapping[str, tuple[ast.expr, Frame]],
        node: ast.expr,
        frame: Frame,
    ) -> Value:
        filled: list[str | Unknown] = []
        for part in parts or ():
            if isinstance(part, str):
                filled.append(part)
            elif isinstance(part.name, int) and part.name < len(positional):
                filled += self._spliced(*positional[part.name])
            elif isinstance(part.name, str) and part.name in named:
                filled += self._spliced(*named[part.name])
            else:
                return Unknown(node, frame)
        return text_of(filled) if parts is not None else Unknown(node, frame)

    # --- Records --------------------------------------------------------------------------------

    def _dict(self, node: ast.Dict, frame: Frame) -> Record:
        record = Record(())
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                spread = self.evaluate(value, frame)
                record = merge(record, spread) if isinstance(spread, Record) else opened(record)
                continue
            name = self.evaluate(key, frame)
            if isinstance(name, Text) and name.literal is not None:
                record = merge(record, Record((Entry(name.literal, value, frame),)))
            else:
                record = opened(record)
        return record

    def _dict_call(self, node: ast.Call, frame: Frame) -> Value:
        record = Record(())
        for argument in node.args:
            base = self.evaluate(argument, frame)
            if not isinstance(base, Record):
                record = opened(record)
            else:
                record = merge(record, base)
        for keyword in node.keywords:
            if keyword.arg is not None:
                record = merge(record, Record((Entry(keyword.arg, keyword.value, frame),)))
                continue
            spread = self.evaluate(keyword.value, frame)
            record = merge(record, spread) if isinstance(spread, Record) else opened(record)
        return record

    def _built(self, name: str, start: ast.stmt, value: Value, frame: Frame) -> Value:
        """A dictionary with what the statements between its creation and its use add to it."""
        if not isinstance(value, Record | Items) or frame.function is None:
            return value
        steps = self.inference.locals.steps(
            frame.module, frame.function, name, start, frame.statement
        )
        for step in steps:
            if step.kind == "argument" and self._only_reads(frame.module, step.value):
                continue
            if isinstance(value, Items) or step.kind not in ("item", "update"):
                return opened(value)
            entries: tuple[Entry, ...]
            if step.kind == "item":
                key = self.evaluate(step.key, frame.at(step.statement)) if step.key else None
                literal = key.literal if isinstance(key, Text) else None
                if literal is None or step.value is None:
                    value = opened(value)
                    continue
                entries = (Entry(literal, step.value, frame.at(step.statement), step.conditional),)
                value = merge(value, Record(entries))
            else:
                assert isinstance(step.value, ast.Call)
                added = self._dict_call(step.value, frame.at(step.statement))
                assert isinstance(added, Record)
                entries = tuple(
                    Entry(e.key, e.node, e.frame, e.optional or step.conditional)
                    for e in added.entries
                )
                value = merge(value, Record(entries, added.open))
        return value

    def _only_reads(self, module: Module, call: ast.expr | None) -> bool:
        """True for calls known not to change what they are given: print, logging, the client."""
        if not isinstance(call, ast.Call):
            return False
        called = self.inference.type_of(module, call.func)
        if isinstance(called, External):
            return called.path.startswith(("json.", "logging.", f"{sdk.CLIENT}()."))
        if isinstance(call.func, ast.Name) and module.scope_at(call).find(call.func.id) is None:
            return call.func.id in _READING_BUILTINS
        # ``logger = logging.getLogger(__name__)`` and what else logging hands out.
        return isinstance(call.func, ast.Attribute) and call.func.attr in _LOGGING

    # --- Names ----------------------------------------------------------------------------------

    def _name(self, node: ast.Name, frame: Frame) -> Value:
        if node.id in frame.arguments:
            scope = frame.module.scope_at(node).find(node.id)
            if (
                scope is not None
                and scope.node is frame.function
                and len(scope.names[node.id]) == 1
            ):
                argument, caller = frame.arguments[node.id]
                return self.evaluate(argument, caller)
        scope, bindings = self.inference.bindings_at(frame.module, node, frame.statement)
        if scope is None or len(bindings) != 1:
            return Unknown(node, frame)
        binding = bindings[0]
        if binding.kind == "import":
            return self._imported(node, frame)
        if binding.kind == "parameter" and scope.node is not frame.function:
            return self._captured(node, binding, scope, frame)
        if binding.kind != "assign" or binding.value is None:
            return Unknown(node, frame)
        if scope.is_module:
            return self._constant(frame.module, binding, node, frame)
        statement = frame.module.statement_around(binding.node)
        if scope.node is not frame.function:
            return self.evaluate(binding.value, self.frame_at(frame.module, binding.node))
        value = self.evaluate(binding.value, frame.at(statement))
        return self._built(node.id, statement, value, frame)

    def _captured(self, node: ast.Name, binding: Binding, scope: Scope, frame: Frame) -> Value:
        """A parameter of a lambda or inner function: ``lambda room=room: ...`` has its default."""
        assert isinstance(scope.node, FunctionNode) and isinstance(binding.node, ast.arg)
        default = default_of(scope.node, binding.node)
        if default is None:
            return Unknown(node, frame)
        statement = frame.module.statement_around(scope.node)
        return self.evaluate(default, frame.at(statement))

    def _imported(self, node: ast.Name, frame: Frame) -> Value:
        found = imported_binding(self.inference, frame.module, node)
        if found is None:
            return Unknown(node, frame)
        module, binding = found
        return self._constant(module, binding, node, frame)

    def _constant(self, module: Module, binding: Binding, node: ast.expr, frame: Frame) -> Value:
        """A module- or class-level name: its value counts when it is a string or a plain table."""
        if binding.kind != "assign" or binding.value is None:
            return Unknown(node, frame)
        home = Frame(module, None, module.statement_around(binding.node), {}, frame.depth + 1)
        value = self.evaluate(binding.value, home)
        if isinstance(value, Record | Items) and _is_changed(module, binding.name):
            return opened(value)
        return Unknown(node, frame) if isinstance(value, Unknown) else value

    def _attribute(self, node: ast.Attribute, frame: Frame) -> Value:
        base = self.inference.type_of(frame.module, node.value)
        if node.attr == "value" and isinstance(node.value, ast.Attribute):
            member = self._attribute(node.value, frame)  # An enum's member.
            if isinstance(member, Text | Scalar):
                return member
        if isinstance(base, ModuleType):
            bindings = base.module.scope.names.get(node.attr, [])
            final = final_bindings(base.module, bindings) if bindings else []
            if len(final) == 1:
                return self._constant(base.module, final[0], node, frame)
        cls = base.cls if isinstance(base, Instance) else base
        if isinstance(base, Instance) and is_rebound(self.inference, base.cls, node.attr):
            return Unknown(node, frame)
        if isinstance(cls, ClassType):
            for owner in self.inference.mro(cls):
                bindings = owner.module.scopes[owner.node].names.get(node.attr, [])
                if len(bindings) == 1:
                    return self._constant(owner.module, bindings[0], node, frame)
                if bindings:
                    break
        return Unknown(node, frame)

    def _subscript(self, node: ast.Subscript, frame: Frame) -> Value:
        base = self.evaluate(node.value, frame)
        key = self.evaluate(node.slice, frame)
        if isinstance(base, Record) and isinstance(key, Text) and key.literal is not None:
            entry = base.get(key.literal)
            if entry is not None and not entry.optional and not entry.varies:
                return self.evaluate(entry.node, entry.frame)
        index = key.value if isinstance(key, Scalar) else None
        if isinstance(base, Items) and not base.open and isinstance(index, int):
            if 0 <= index < len(base.elements):
                return self.evaluate(*base.elements[index])
        return Unknown(node, frame)

    # --- Calls ----------------------------------------------------------------------------------

    def _call(self, node: ast.Call, frame: Frame) -> Value:
        function = node.func
        if isinstance(function, ast.Name) and frame.module.scope_at(node).find(function.id) is None:
            if function.id == "dict":
                return self._dict_call(node, frame)
            if function.id == "str" and len(node.args) == 1 and not node.keywords:
                return text_of(self._spliced(node.args[0], frame))
            if function.id in ("list", "tuple", "set") and len(node.args) == 1:
                value = self.evaluate(node.args[0], frame)
                return value if isinstance(value, Items) else Unknown(node, frame)
        if isinstance(function, ast.Attribute):
            if function.attr == "format":
                template = self.evaluate(function.value, frame)
                if isinstance(template, Text) and template.literal is not None:
                    return self._format(template.literal, node, frame)
            if function.attr == "copy" and not node.args:
                value = self.evaluate(function.value, frame)
                return value if isinstance(value, Record) else Unknown(node, frame)
            if function.attr == "join" and len(node.args) == 1:
                return self._join(function, node, frame)
        called = self.inference.type_of(frame.module, function)
        if isinstance(called, External):
            if called.path in ("json.dumps", "simplejson.dumps", "orjson.dumps") and node.args:
                return self.evaluate(node.args[0], frame)
            if called.path in ("copy.copy", "copy.deepcopy") and node.args:
                return self.evaluate(node.args[0], frame)
        if isinstance(called, FunctionType):
            return self._returned(called, node, frame)
        return Unknown(node, frame)

    def _join(self, function: ast.Attribute, node: ast.Call, frame: Frame) -> Value:
        separator = self.evaluate(function.value, frame)
        items = self.evaluate(node.args[0], frame)
        if isinstance(separator, Text) and isinstance(items, Items) and not items.open:
            parts: list[str | Unknown] = []
            for index, (element, home) in enumerate(items.elements):
                parts += [*(separator.parts if index else ()), *self._spliced(element, home)]
            return text_of(parts)
        return Unknown(node, frame)

    def _returned(self, called: FunctionType, node: ast.Call, frame: Frame) -> Value:
        """A call of a function of the project that returns one expression and does nothing else."""
        function = called.node
        if isinstance(function, ast.Lambda):
            returned: ast.expr | None = function.body
            statement = called.module.statement_around(function)
        else:
            returns = single_return(function)
            if returns is None:
                return Unknown(node, frame)
            returned, statement = returns.value, returns
        if returned is None or isinstance(function, ast.AsyncFunctionDef):
            return Unknown(node, frame)
        inner = self.enter(called, node, frame, statement)
        value = self.evaluate(returned, inner)
        return Unknown(node, frame) if isinstance(value, Unknown) else value

    def enter(
        self, called: FunctionType, call: ast.Call, frame: Frame, statement: ast.stmt
    ) -> Frame:
        """The frame inside a called function, its parameters bound to what the call passes."""
        function = called.node
        arguments: dict[str, tuple[ast.expr, Frame]] = {}
        inside = Frame(called.module, function, statement, {}, frame.depth + 1)
        declared = function.args
        for argument in (*declared.posonlyargs, *declared.args, *declared.kwonlyargs):
            value = argument_for(function, call, argument.arg, called.bound is not None)
            if value is not None:
                arguments[argument.arg] = (value, frame)
                continue
            default = default_of(function, argument)
            exact = not any(isinstance(item, ast.Starred) for item in call.args)
            if default is not None and exact and all(k.arg for k in call.keywords):
                home = called.module.statement_around(called.module.parents[function])
                outer = Frame(called.module, None, home, {}, frame.depth + 1)
                arguments[argument.arg] = (default, outer)
        if called.bound is not None and isinstance(call.func, ast.Attribute):
            positional = [*declared.posonlyargs, *declared.args]
            if positional:
                arguments[positional[0].arg] = (call.func.value, frame)
        return Frame(inside.module, function, statement, arguments, inside.depth)

    # --- Back to source text --------------------------------------------------------------------

    def outermost(self, value: Unknown) -> Unknown:
        """The same unknown, as its outermost caller wrote it, where a parameter stands for it."""
        while isinstance(value.node, ast.Name) and value.node.id in value.frame.arguments:
            value = Unknown(*value.frame.arguments[value.node.id])
        return value

    def expression(self, node: ast.expr, frame: Frame) -> ast.expr:
        """The expression with the callees' parameters replaced by what was passed."""
        if not frame.arguments:
            return node
        return _Substitution(self, frame).visit(copy.deepcopy(node))  # type: ignore[no-any-return]

    def source(self, value: Unknown) -> str:
        """The unknown as text, in the outermost caller's terms."""
        # Not the file's own text: before Python 3.12, nodes in an f-string have no true position.
        value = self.outermost(value)
        return ast.unparse(self.expression(value.node, value.frame))

    def template(self, value: Value) -> str:
        """A text with its holes in braces: ``staff-hotel-{room.hotel.id}``."""
        if isinstance(value, Text):
            return "".join(
                p if isinstance(p, str) else f"{{{self.source(p)}}}" for p in value.parts
            )
        if isinstance(value, Unknown):
            return f"{{{self.source(value)}}}"
        if isinstance(value, Scalar):
            return str(value.value)
        return "{...}"


def _is_changed(module: Module, name: str) -> bool:
    """Whether a module changes the table behind one of its names: then it is no constant."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id != name:
                continue
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                return True
            if isinstance(node, ast.Attribute) and node.attr in _CHANGING:
                return True
    return False


class _Substitution(ast.NodeTransformer):
    def __init__(self, evaluator: Evaluator, frame: Frame) -> None:
        self.evaluator = evaluator
        self.frame = frame

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.frame.arguments:
            argument, caller = self.frame.arguments[node.id]
            return self.evaluator.expression(argument, caller)
        return node
