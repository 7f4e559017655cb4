"""What ``django.conf.settings`` holds: the names of the project's settings modules.

Source of the rules: Django docs, "Django settings".
"""

from __future__ import annotations

import re

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import Binding
from pusher_migrate.index.code.syntax import final_bindings
from pusher_migrate.index.types.questions import Questions
from pusher_migrate.index.types.types import External, Type, join

#: The object through which code reads the settings.
OBJECT = "django.conf.settings"

_VARIABLE = "DJANGO_SETTINGS_MODULE"
_NAMED = re.compile(rb"DJANGO_SETTINGS_MODULE['\"]\s*[,=\]]+\s*['\"]([\w.]+)['\"]")


def settings_modules(inference: Questions) -> list[Module]:
    """The modules of the tree that can be its settings, in path order.

    Those named in ``DJANGO_SETTINGS_MODULE``, those called ``settings``, and those in a package of
    that name.
    """
    project = inference.project
    paths = {path for path in project.paths if "settings" in _parts(path)}
    for path in project.holding(_VARIABLE):
        for named in _NAMED.findall(project.raw(path)):
            found = project.find_module(named.decode(), path)
            if found is not None:
                paths.add(found)
    modules = (project.module(path) for path in sorted(paths))
    return [module for module in modules if module is not None]


def setting_bindings(inference: Questions, name: str) -> list[tuple[Module, Binding]]:
    """The assignments of a setting in all settings modules."""
    return [
        (module, binding)
        for module in settings_modules(inference)
        if name in module.scope.names
        for binding in final_bindings(module, module.scope.names[name])
        if binding.kind != "import"
    ]


def setting(inference: Questions, name: str) -> Type | None:
    """The type of a setting, when all settings modules agree on it.

    Plain values have no type here, so a setting that is a string is None as well.
    """
    if not name.isupper() or not inference.project.holding(name):
        return None
    found = [inference.module_name(module, name) for module, _ in setting_bindings(inference, name)]
    joined = join(found) if found else None
    return joined if not isinstance(joined, External) else None


def _parts(path: str) -> list[str]:
    return path.removesuffix(".py").split("/")
