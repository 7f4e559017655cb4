"""Static evaluation of channel names, event names and payloads.

``f"staff-hotel-{room.hotel.id}"`` becomes a text with one hole, a dictionary a record with keys.
Variables, constants, parameters (in the frame of a known caller) and functions that only return an
expression are looked through; what remains unknown stays an expression and is never guessed.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding, FunctionNode, Scope
from pusher_migrate.index.code.syntax import default_of, only_return
from pusher_migrate.index.types.importing import imported_binding
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.overrides import is_bound_inside, is_decorated, is_patched
from pusher_migrate.index.types.types import External, FunctionType
from pusher_migrate.index.values import building, members, passing, records, texts
from pusher_migrate.index.values.values import (
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

# Calls and variables looked through one after another; expressions within expressions; and all
# steps of one question, as `a = b + b` and so on double them with each variable.
MAX_DEPTH = 120
MAX_NESTING = 150
MAX_STEPS = 20_000


class Evaluator:
    """Evaluates expressions of one project.

    Args:
        inference: Answers what names and attributes stand for.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self._nesting = 0
        self._steps = 0

    def frame_at(self, module: Module, node: ast.AST) -> Frame:
        """The frame of an expression where it stands, its parameters unknown."""
        return Frame(module, module.named_function_around(node), module.statement_around(node))

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression in a frame."""
        if self._nesting == 0:
            self._steps = 0
        self._steps += 1
        if frame.depth > MAX_DEPTH or self._nesting > MAX_NESTING or self._steps > MAX_STEPS:
            return Unknown(node, frame)
        self._nesting += 1
        try:
            return self._evaluated(node, frame)
        finally:
            self._nesting -= 1

    def _evaluated(self, node: ast.expr, frame: Frame) -> Value:
        match node:
            case ast.Constant(value=str(text)):
                return Text((text,))
            case ast.Constant():
                return Scalar(node.value)
            case ast.JoinedStr():
                return texts.joined(self, node, frame)
            case ast.BinOp():
                return self._operation(node, frame)
            case ast.Dict():
                return records.display(self, node, frame)
            case ast.List() | ast.Tuple() | ast.Set():
                return self._items(node.elts, frame)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                # What one of its elements looks like; how many there are is not known.
                return Items(((node.elt, frame),), open=True)
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
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._first_true(values, frame) or Unknown(node, frame)
        return Unknown(node, frame)

    # --- Operators and lists --------------------------------------------------------------------

    def _first_true(self, nodes: list[ast.expr], frame: Frame) -> Value | None:
        """The value of ``payload or {}``, when it is known which of them that is."""
        for node in nodes[:-1]:
            value = self.evaluate(node, frame)
            match value:
                case Scalar(value=plain) if not plain:
                    continue
                case Text(parts=parts) if any(isinstance(part, str) and part for part in parts):
                    return value
                case Record() if any(not entry.optional for entry in value.entries):
                    return value
            return None
        return self.evaluate(nodes[-1], frame)

    def _items(self, nodes: list[ast.expr], frame: Frame) -> Items:
        elements: list[tuple[ast.expr, Frame]] = []
        for node in nodes:
            if not isinstance(node, ast.Starred):
                elements.append((node, frame))
                continue
            inner = self.evaluate(node.value, frame)
            if not isinstance(inner, Items) or inner.open:
                return Items(tuple(elements), open=True)
            elements += inner.elements
        return Items(tuple(elements))

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
                return texts.percent(self, template.literal, node, frame)
        elif isinstance(node.op, ast.BitOr):
            left, right = self.evaluate(node.left, frame), self.evaluate(node.right, frame)
            if isinstance(left, Record) and isinstance(right, Record):
                return merge(left, right)
        return Unknown(node, frame)

    # --- Names ----------------------------------------------------------------------------------

    def _name(self, node: ast.Name, frame: Frame) -> Value:
        scope, bindings = self.inference.bindings_at(frame.module, node, frame.statement)
        if scope is None or len(bindings) != 1 or is_bound_inside(frame.module, scope, node.id):
            return Unknown(node, frame)
        binding = bindings[0]
        if binding.kind == "import":
            return self._imported(node, frame)
        if binding.kind == "parameter" and scope.node is not frame.function:
            return self._captured(node, binding, scope, frame)
        if binding.kind == "parameter" and node.id in frame.arguments:
            return self._passed(node, frame)
        if binding.kind == "augmented" and scope.node is frame.function:
            return self._augmented(node, binding, frame)
        if binding.kind != "assign" or binding.value is None:
            return Unknown(node, frame)
        if scope.is_module:
            return self.constant(frame.module, binding, node, frame)
        statement = frame.module.statement_around(binding.node)
        if scope.node is not frame.function:
            return self.evaluate(binding.value, self.frame_at(frame.module, binding.node))
        value = self.evaluate(binding.value, frame.at(statement))
        return building.built(self, node.id, statement, value, frame)

    def _passed(self, node: ast.Name, frame: Frame) -> Value:
        """A parameter of a function whose caller is known, with what the function adds to it."""
        argument, caller = frame.arguments[node.id]
        value = self.evaluate(argument, caller)
        if frame.function is None or isinstance(frame.function, ast.Lambda):
            return value
        return building.built(self, node.id, None, value, frame)

    def _augmented(self, node: ast.Name, binding: Binding, frame: Frame) -> Value:
        """``channel += "-staff"``: what the name was before, and what is added."""
        statement = binding.node
        assert isinstance(statement, ast.AugAssign)
        if not isinstance(statement.op, ast.Add):
            return Unknown(node, frame)
        both = ast.BinOp(statement.target, ast.Add(), statement.value)
        value = self._operation(both, frame.at(statement))
        return Unknown(node, frame) if isinstance(value, Unknown) else value

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
        return self.constant(module, binding, node, frame)

    def constant(self, module: Module, binding: Binding, node: ast.expr, frame: Frame) -> Value:
        """A module- or class-level name: its value counts when it is a string or a plain table."""
        if binding.kind != "assign" or binding.value is None:
            return Unknown(node, frame)
        home = Frame(module, None, module.statement_around(binding.node), {}, frame.depth + 1)
        value = self.evaluate(binding.value, home)
        if isinstance(value, Unknown) or module.function_around(binding.node) is not None:
            return Unknown(node, frame)
        if binding.name in module.scope.names and is_patched(self.inference, module, binding.name):
            return Unknown(node, frame)
        if isinstance(value, Record | Items) and building.is_changed(module, binding.name):
            return opened(value)
        return value

    def _attribute(self, node: ast.Attribute, frame: Frame) -> Value:
        return members.attribute(self, node, frame)

    def _subscript(self, node: ast.Subscript, frame: Frame) -> Value:
        base = self.evaluate(node.value, frame)
        key = self.evaluate(node.slice, frame)
        if isinstance(base, Record) and isinstance(key, Text) and key.literal is not None:
            entry = base.get(key.literal)
            if entry is not None and not entry.optional and not entry.varies:
                return self.evaluate(entry.node, entry.frame)
        if isinstance(base, Items) and isinstance(node.slice, ast.Slice):
            return opened(base)
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
                return records.dict_call(self, node, frame)
            if function.id == "str" and len(node.args) == 1 and not node.keywords:
                return text_of(texts.spliced(self, node.args[0], frame))
            if function.id in ("list", "tuple", "set") and len(node.args) == 1:
                value = self.evaluate(node.args[0], frame)
                return value if isinstance(value, Items) else Unknown(node, frame)
        if isinstance(function, ast.Attribute):
            if function.attr == "format":
                template = self.evaluate(function.value, frame)
                if isinstance(template, Text) and template.literal is not None:
                    return texts.formatted(self, template.literal, node, frame)
            if function.attr == "copy" and not node.args:
                value = self.evaluate(function.value, frame)
                return value if isinstance(value, Record) else Unknown(node, frame)
            if function.attr == "join" and len(node.args) == 1:
                return texts.put_together(self, function, node, frame)
        called = self.inference.type_of(frame.module, function)
        if isinstance(called, External):
            if called.path in ("json.dumps", "simplejson.dumps", "orjson.dumps") and node.args:
                return self.evaluate(node.args[0], frame)
            if called.path in ("copy.copy", "copy.deepcopy", "json.loads") and node.args:
                return self.evaluate(node.args[0], frame)
        if isinstance(called, FunctionType):
            return self._returned(called, node, frame)
        return Unknown(node, frame)

    def _returned(self, called: FunctionType, node: ast.Call, frame: Frame) -> Value:
        """A call of a function of the project that has one end, and gives an expression there."""
        function = called.node
        if is_decorated(function) or members.may_be_another(self, called, node.func, frame):
            return Unknown(node, frame)
        if isinstance(function, ast.Lambda):
            returned: ast.expr | None = function.body
            statement = called.module.statement_around(function)
        else:
            returns = only_return(function)
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
        given = passing.passed(self.evaluate, call.args, call.keywords, frame)
        receiver = (call.func.value, frame) if isinstance(call.func, ast.Attribute) else None
        return self.enter_with(called, given, receiver, statement, frame.depth)

    def enter_with(
        self,
        called: FunctionType,
        given: passing.Passed,
        receiver: passing.Argument | None,
        statement: ast.stmt,
        depth: int,
    ) -> Frame:
        """The same for arguments that may come from more than one place."""
        values = passing.bound(called, given, receiver, depth)
        return Frame(called.module, called.node, statement, values, depth + 1)

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
        return self._replaced(node, frame)  # type: ignore[no-any-return]

    def _replaced(self, node: Any, frame: Frame) -> Any:
        if isinstance(node, list):
            return [self._replaced(item, frame) for item in node]
        if isinstance(node, ast.Name) and node.id in frame.arguments:
            return self.expression(*frame.arguments[node.id])
        if isinstance(node, ast.Attribute):
            value = self.evaluate(node, frame)
            if isinstance(value, Unknown) and value.node is not node:
                return self.expression(value.node, value.frame)
        if not isinstance(node, ast.AST):
            return node
        replaced = copy.copy(node)
        for field, held in ast.iter_fields(node):
            setattr(replaced, field, self._replaced(held, frame))
        return replaced

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
