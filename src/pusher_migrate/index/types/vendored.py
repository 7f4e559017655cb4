"""A copy of Pusher's SDK in the tree: the library all the same, and no code to migrate."""

from __future__ import annotations

import ast

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.project import Project
from pusher_migrate.index.types.types import External

# Class of the SDK and the dotted name under which `sdk` knows it.
_CLASSES = {
    "Pusher": "pusher.Pusher",
    "PusherClient": "pusher.pusher_client.PusherClient",
}
_FOLDER = "pusher"
_FILES = ("pusher_client.py", "signature.py")


def is_sdk_file(project: Project, path: str) -> bool:
    """Whether a file belongs to a copy of the SDK: a folder called as the SDK, with its files."""
    folder, _, name = path.rpartition("/")
    if folder.rpartition("/")[2] != _FOLDER or not name:
        return False
    return all(project.has(f"{folder}/{other}") for other in _FILES)


def sdk_class(project: Project, module: Module, node: ast.ClassDef) -> External | None:
    """The SDK's class that a class of the tree is a copy of; None for all others."""
    dotted = _CLASSES.get(node.name)
    return External(dotted) if dotted and is_sdk_file(project, module.path) else None
