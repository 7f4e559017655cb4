"""What the parts of static evaluation may ask each other, so that none has to import the whole."""

from __future__ import annotations

import ast
from typing import Protocol

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding
from pusher_migrate.index.flow.locals import Locals
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.index.values.values import Frame, Value


class Inferring(Questions, Protocol):
    """Type inference that knows the flow of functions too."""

    @property
    def locals(self) -> Locals:
        """The local names of functions."""


class Evaluation(Protocol):
    """The questions that ``evaluate.Evaluator`` answers."""

    @property
    def inference(self) -> Inferring:
        """Answers what names and attributes stand for."""

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression in a frame."""

    def constant(self, module: Module, binding: Binding, node: ast.expr, frame: Frame) -> Value:
        """The value of a module- or class-level name."""

    def enter(
        self, called: FunctionType, call: ast.Call, frame: Frame, statement: ast.stmt
    ) -> Frame:
        """The frame inside a called function."""
