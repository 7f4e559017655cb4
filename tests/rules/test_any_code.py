"""No rule fails on code that nobody wrote for it: pieces of the standard library around an event.

What is planned for them is not looked at here; that a plan comes at all is. With other seeds
(``SEED``) and more programs this has found tracebacks that no hand-written case had.
"""

from __future__ import annotations

import ast
import builtins
import os
import random
from functools import cache
from pathlib import Path

import pytest

from tests.rules import rooms
from tests.rules.commit_programs import as_method, module_of
from tests.rules.test_on_commit_programs import ROBUST, changes_of

SEED = 1
PROGRAMS = 300
FILES = 60

CLIENT = {
    "realtime/__init__.py": "",
    "realtime/client.py": "import pusher\n\nclient = pusher.Pusher('1', 'k', 's')\n",
}
CATALOGUE = f"""{rooms.CATALOGUE}
[[event]]
event = "moved"
call = "realtime_room_occupancy(room)"
types = {{ room = "app.Room" }}
"""
EVENTS = (
    "client.trigger(f'room-{{room.pk}}', 'moved', {{'id': {0}, 'more': {1}}})",
    "client.trigger({0}, 'moved', {1})",
    "room.occupied = {0}\nroom.save()",
    "rooms = {0}\nfor room in rooms:\n    client.trigger('rooms', 'moved', {1})",
)
SENDS = (
    "notifier.realtime_value({0}, 1)",
    "sent = {0}\nnotifier.realtime_value(sent, 1)",
    "notifier.realtime_order({0}, 1)",
)


def shape(node: ast.AST) -> tuple[object, ...]:
    """What is alike about two expressions, so that rare kinds are tried as often as common ones."""
    if not isinstance(node, ast.Call):
        return (type(node).__name__,)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    known = name if hasattr(builtins, name) else ""
    return "Call", known, bool(node.args), bool(node.keywords)


@cache
def pieces() -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Expressions of the standard library by their shape, and statements; the short ones."""
    paths = sorted(Path(os.__file__).parent.glob("*.py"))
    expressions: dict[tuple[object, ...], list[str]] = {}
    statements = []
    for path in random.Random(SEED).sample(paths, FILES):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Name | ast.Constant | ast.Starred | ast.Slice):
                continue
            if isinstance(node, ast.expr):
                text = ast.unparse(node)
                loaded = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
                if loaded and len(text) < 120 and "\n" not in text:
                    expressions.setdefault(shape(node), []).append(text)
            elif isinstance(node, ast.stmt) and not isinstance(
                node, ast.FunctionDef | ast.ClassDef
            ):
                statements.append(ast.unparse(node))
    return (
        tuple(map(tuple, expressions.values())),
        tuple(text for text in statements if len(text) < 400),
    )


def about(text: str, names: tuple[str, ...], chance: random.Random) -> str:
    """The same code about other names."""
    tree, chosen = ast.parse(text), dict[str, str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not hasattr(builtins, node.id):
            node.id = chosen.setdefault(node.id, chance.choice(names))
    return ast.unparse(tree)


def bodies(events: tuple[str, ...], names: tuple[str, ...], around: str) -> list[str]:
    """Function bodies with an event in the middle, in text that compiles inside ``around``."""
    chance, found = random.Random(SEED), list[str]()
    expressions, statements = pieces()
    while len(found) < PROGRAMS:
        try:
            chosen = [chance.choice(chance.choice(expressions)) for _ in range(2)]
            given = [about(each, names, chance) for each in chosen]
            before, after = (
                [
                    about(chance.choice(statements), names, chance)
                    for _ in range(chance.randint(0, 2))
                ]
                for _ in range(2)
            )
            lines = "\n".join([*before, chance.choice(events).format(*given), *after]).split("\n")
            body = "\n".join(f"    {line}" for line in lines)
            compile(around + body, "program", "exec")
        except (SyntaxError, ValueError):
            continue  # ``break`` outside of a loop, ``yield`` with a value in a lambda, and so on.
        found.append(body)
    return found


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_any_code_around_an_emission() -> None:
    names = ("order", "other", "items", "payload", "number", "self")
    for number, body in enumerate(bodies(SENDS, names, "def run():\n")):
        source = module_of(body)
        changes_of(as_method(source) if number % 2 else source, ROBUST)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_any_code_around_a_legacy_call_or_a_write() -> None:
    head = "from realtime.client import client\n\n\ndef run(room: Room, rooms, status, number):\n"
    names = ("room", "rooms", "status", "number", "self", "Room")
    for body in bodies(EVENTS, names, "def run():\n"):
        rooms.look(head + body + "\n", CLIENT, CATALOGUE)
