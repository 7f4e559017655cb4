"""The labels of a project's apps, by which models are named: ``app.Model``.

Source of the rules: Django docs, "Applications", ``AppConfig.label`` and ``Options.app_label``.
"""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import ClassType


def app_label(inference: Questions, cls: ClassType) -> str:
    """The label of the app that a model belongs to.

    ``Meta.app_label`` counts first, then the ``label`` of the app's configuration, then the folder
    of ``models.py`` or of ``models/``.
    """
    return _of_meta(cls) or _configured(inference, cls.module) or _folder(cls.module)


def app_names(inference: Questions, cls: ClassType) -> frozenset[str]:
    """What a catalogue may call the app of a model: its label, and any package that it is in."""
    return frozenset((app_label(inference, cls), _folder(cls.module), *cls.module.name.split(".")))


def in_same_app(one: Module, other: Module) -> bool:
    """Whether two modules lie in the folder of one app."""
    return _folder(one) == _folder(other)


def _configured(inference: Questions, module: Module) -> str | None:
    """The ``label`` in the ``apps.py`` of the innermost app that a module is in, if it sets one."""
    package = module.name
    while package:
        path = inference.project.find_module(f"{package}.apps")
        apps = inference.project.module(path) if path is not None else None
        for node in apps.classes if apps is not None else ():
            texts = _constants(node)
            if texts.get("name") == package:
                return texts.get("label")
        package = package.rpartition(".")[0]
    return None


def _folder(module: Module) -> str:
    parts = module.path.split("/")[:-1]
    if "models" in parts:
        parts = parts[: len(parts) - 1 - parts[::-1].index("models")]
    return parts[-1] if parts else ""


def _of_meta(cls: ClassType) -> str | None:
    for statement in cls.node.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "Meta":
            return _constants(statement).get("app_label")
    return None


def _constants(node: ast.ClassDef) -> dict[str, str]:
    """The names that a class body binds to texts."""
    return {
        target.id: statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
