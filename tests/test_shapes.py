"""Every call shape that is recognised, with what is known of it, as ``docs/call-shapes.md`` has it.

``pytest tests/test_shapes.py --update-golden -k table`` writes the documentation's tables anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.inventory.events import event_of
from pusher_migrate.inventory.values import Event
from tests.shapes.arguments import CHANNELS, EVENTS, PAYLOADS
from tests.shapes.calls import CALLS, WRAPPERS
from tests.shapes.receivers import RECEIVERS
from tests.shapes.table import Shape
from tests.trees import index_of

GROUPS = {
    "Receivers": RECEIVERS,
    "Channels": CHANNELS,
    "Events": EVENTS,
    "Payloads": PAYLOADS,
    "Calls": CALLS,
    "Wrappers": WRAPPERS,
}
CASES = [
    pytest.param(item, id=f"{group.lower()}: {item.name}")
    for group, shapes in GROUPS.items()
    for item in shapes
]


def told(event: Event) -> str:
    """An event as the tables have it."""
    channel = " + ".join(event.channels)
    channel = f"each of {channel}" if event.repeated else channel
    channel = f"user {channel}" if event.user else channel
    if event.keys is None:
        keys = "?"
    else:
        shown = [f"{key}?" if key in event.optional else key for key in event.keys]
        keys = ", ".join([*shown, *([] if event.complete else ["..."])])
    return f"{channel} | {event.name} | {keys}"


def sends(index: ProjectIndex) -> list[str]:
    """What the emissions of a tree send, in order."""
    emissions = index.emissions.emissions
    return [
        told(event_of(index.evaluator, send)) for emission in emissions for send in emission.sends
    ]


@pytest.mark.parametrize("case", CASES)
def test_shape(case: Shape) -> None:
    index = index_of(case.tree)
    assert not index.project.errors
    assert sends(index) == list(case.sends)
    found_by = {emission.found_by for emission in index.emissions.emissions}
    assert found_by == {case.found_by}


# --- The documentation ----------------------------------------------------------------------------

DOCUMENT = Path(__file__).parent.parent / "docs" / "call-shapes.md"
FILES = {
    "Receivers": "receivers",
    "Channels": "arguments",
    "Events": "arguments",
    "Payloads": "arguments",
    "Calls": "calls",
    "Wrappers": "calls",
}


def tables() -> str:
    """The documentation's tables, from the shapes that are tested."""
    lines: list[str] = []
    for group, shapes in GROUPS.items():
        source = f"tests/shapes/{FILES[group]}.py"
        lines += [f"## {group}", "", f"The code of each is in [{source}](../{source}).", ""]
        lines += ["| shape | channel | event | payload keys | recognised by | test |"]
        lines += ["| --- | --- | --- | --- | --- | --- |"]
        for item in shapes:
            known = [send.split(" | ") for send in item.sends]
            columns = [
                "<br>".join(code(column) for column in parts) for parts in zip(*known, strict=True)
            ]
            name = f"{item.name} ({item.note})" if item.note else item.name
            test = code(f"{group.lower()}: {item.name}")
            lines.append(f"| {' | '.join([name, *columns, item.found_by, test])} |")
        lines.append("")
    return "\n".join(lines)


def code(text: str) -> str:
    return f"`{text}`" if text else "none"


def test_table_of_the_documentation_is_what_is_tested(update_golden: bool) -> None:
    head, mark, _ = DOCUMENT.read_text(encoding="utf-8").partition("## Receivers")
    assert mark
    if update_golden:
        DOCUMENT.write_text(head + tables(), encoding="utf-8")
        pytest.fail("the tables were written anew; read the diff before you commit it")
    assert mark + DOCUMENT.read_text(encoding="utf-8").partition(mark)[2] == tables()


def test_every_shape_has_a_name_of_its_own() -> None:
    for shapes in GROUPS.values():
        names = [item.name for item in shapes]
        assert len(names) == len(set(names))


# --- What is not followed is said -----------------------------------------------------------------


def test_a_method_that_is_kept_is_named() -> None:
    code = """
        HANDLERS = {"push": pusher_client.trigger}


        def f(kind):
            HANDLERS[kind]("room", "moved", {})
        """
    index = index_of(Shape("kept", code, ()).tree)
    assert [(kept.module.path, kept.node.lineno) for kept in index.emissions.kept] == [
        ("app.py", 2)
    ]


def test_a_call_that_could_send_is_named() -> None:
    code = """
        def f(thing):
            thing.trigger("room", "moved", {})
            thing.trigger("room")
        """
    index = index_of(Shape("unknown", code, ()).tree)
    assert [direct.call.lineno for direct in index.emissions.unresolved] == [3]
    assert not index.emissions.emissions


def test_what_code_from_outside_gives_could_send() -> None:
    code = """
        from unittest.mock import MagicMock
        from elsewhere import make


        def f():
            make().trigger("room", "moved", {})
            MagicMock().trigger("room", "moved", {})
        """
    index = index_of(Shape("unknown", code, ()).tree)
    assert [direct.call.lineno for direct in index.emissions.unresolved] == [7]
    assert not index.emissions.emissions


def test_a_method_caller_is_a_call() -> None:
    code = """
        import operator


        def f(thing):
            operator.methodcaller("trigger", "room", "moved", {"id": 1})(pusher_client)
            operator.methodcaller("trigger", "room", "moved", {"id": 1})(thing)
            operator.methodcaller("start", "room", "moved", {"id": 1})(pusher_client)
        """
    index = index_of(Shape("methodcaller", code, ()).tree)
    assert sends(index) == ["room | moved | id"]
    assert [emission.reference for emission in index.emissions.emissions] == [True]
    assert [direct.call.lineno for direct in index.emissions.unresolved] == [7]


@pytest.mark.parametrize(
    "code",
    [
        "class Alarm:\n    def trigger(self, a, b, c): ...\n\n\nAlarm().trigger('a', 'b', {})",
        "import gpio\n\ngpio.trigger('a', 'b', {})",
        "from airflow import client\n\n\ndef f():\n    client.Client().trigger('a', 'b', {})",
        "class Pusher:\n    def trigger(self, a, b, c): ...\n\n\nPusher().trigger('a', 'b', {})",
        "def trigger(a, b, c): ...\n\n\ntrigger('a', 'b', {})",
        "trigger_batch = 'pusher'",
    ],
)
def test_what_is_no_client_is_none(code: str) -> None:
    index = index_of(Shape("none", code, (), own=True).tree)
    assert not index.emissions.emissions
    assert not index.emissions.direct


def test_a_wrapper_without_callers_is_an_emission_of_which_little_is_known() -> None:
    code = """
        def view(request, slug):
            pusher_client.trigger(slug, "moved", {"id": 1})
        """
    index = index_of(Shape("view", code, ()).tree)
    assert sends(index) == ["{slug} | moved | id"]
    assert [function.dotted for function in index.emissions.wrappers.values()] == ["app.view"]


def test_a_send_in_a_wrapper_that_does_not_depend_on_its_callers_is_told_once() -> None:
    code = """
        def send(channel, event, data):
            pusher_client.trigger("log", "sent", {"event": 1})
            pusher_client.trigger(channel, event, data)


        def f():
            send("a", "x", {})
            send("b", "y", {})
        """
    index = index_of(Shape("log", code, ()).tree)
    assert sends(index) == ["log | sent | event", "a | x | ", "b | y | "]


# --- What is too deep, too wide or endless --------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        # Doubled with each variable.
        "def f(r):\n    a0 = r.x\n"
        + "".join(f"    a{i} = a{i - 1} + a{i - 1}\n" for i in range(1, 60))
        + "    pusher_client.trigger('c' + a59, 'e', {})\n",
        # Nested as generated code is.
        f"def f(r):\n    pusher_client.trigger({' + '.join(['str(r.a)'] * 300)}, 'e', {{}})\n",
        # Helpers that call helpers twice.
        "def w0(d):\n    pusher_client.trigger('c', 'e', d)\n\n\n"
        + "".join(f"def w{i}(d):\n    w{i - 1}(d)\n    w{i - 1}(d)\n\n\n" for i in range(1, 30))
        + "def f():\n    w29({})\n",
        # Each defined by the other.
        "A = B\nB = A\n\n\ndef f():\n    pusher_client.trigger(A, B, A)\n",
        "def a():\n    return b()\n\n\ndef b():\n    return a()\n\n\n"
        "def f():\n    pusher_client.trigger(a(), b(), a())\n",
        "class A:\n    x = property(lambda self: self.y)\n"
        "    y = property(lambda self: self.x)\n\n\n"
        "def f():\n    pusher_client.trigger(A().x, A().y, {})\n",
        "def f(e=f):\n    pusher_client.trigger(e, e, e)\n\n\nf()\n",
        "f = lambda *a, **k: f(*a, **k)\nf(pusher_client.trigger)\n",
    ],
    ids=["doubled", "long", "twice", "names", "functions", "properties", "default", "lambda"],
)
def test_an_end_is_found(code: str) -> None:
    index = index_of(Shape("end", code, ()).tree)
    for emission in index.emissions.emissions:
        for send in emission.sends:
            event_of(index.evaluator, send)
