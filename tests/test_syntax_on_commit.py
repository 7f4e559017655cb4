"""Calls deferred to the commit: what is bound, under which name, and what is refused.

The generated code is run too, against a stub that calls back later.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest

from pusher_migrate.syntax.calls import DOUBLE_STAR, CallParts
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.on_commit import (
    BoundCall,
    bind_call,
    bind_names,
    render_nested_def,
    render_on_commit,
)

LOCALS = frozenset({"room", "rooms", "old_status", "booking", "data", "self", "manager"})


def bound(
    *positional: str,
    receiver: str = "notifications",
    constants: frozenset[str] = frozenset(),
    taken: frozenset[str] = frozenset(),
    **keywords: str,
) -> BoundCall:
    named = tuple(
        (name.replace("double_star", DOUBLE_STAR), text) for name, text in keywords.items()
    )
    call = CallParts(receiver, "send", positional, named)
    outcome = bind_call(call, local_names=LOCALS, constants=constants, taken=taken)
    assert isinstance(outcome, BoundCall), outcome
    return outcome


def rendered(outcome: BoundCall, using: str | None = None, robust: bool = True) -> str:
    text = render_on_commit(
        outcome.call,
        outcome.bindings,
        on_commit="transaction.on_commit",
        using=using,
        robust=robust,
    )
    compile(text, "generated", "exec")
    return text


def test_shape() -> None:
    assert rendered(bound("room")) == (
        "transaction.on_commit(lambda room=room: notifications.send(room), robust=True)"
    )
    assert rendered(bound("room"), using='"other"', robust=False) == (
        'transaction.on_commit(lambda room=room: notifications.send(room), using="other")'
    )
    assert rendered(bound("'x'", "None")) == (
        "transaction.on_commit(lambda: notifications.send('x', None), robust=True)"
    )
    call = bound("room")
    text = render_on_commit(
        call.call, call.bindings, on_commit="db.transaction.on_commit", using=None, robust=False
    )
    assert text == "db.transaction.on_commit(lambda room=room: notifications.send(room))"


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        ("room.id", "room_id"),
        ("timezone.now()", "now"),
        ("old_status.lower()", "old_status_lower"),
        ("room.hotel.slug", "room_hotel_slug"),
        ("room.get_status().lower()", "room_get_status_lower"),
        ("self.room", "room"),
        ("self.room.pk", "room_pk"),
        ("self.get_object()", "get_object"),
        ("data['id']", "data_id"),
        ("rooms[0]", "rooms_0"),
        ("rooms[i]", "rooms_item"),
        ("str(room.id)", "room_id"),
        ("len(rooms)", "rooms_len"),
        ("get_guest(room)", "guest"),
        ("build(room)", "build"),
        ("Room.objects.first()", "room"),
        # No name that means something else: keywords, builtins.
        ("data['class']", "data_class"),
        ("self.id", "id_value"),
        ("self.lambda_", "lambda"),
        # Nothing that tells anything, or too much of it.
        ("a if b else c", "arg1"),
        ("f'{room}'", "arg1"),
        ("{'a': room.id}", "arg1"),
        ("[room]", "arg1"),
        ("lambda: room", "arg1"),
        ("room." + "very_long_" * 5 + "name", "arg1"),
        ("a, b", "arg1"),
    ],
)
def test_names_of_defaults(argument: str, name: str) -> None:
    if name == "lambda":
        name = "lambda_value"
    outcome = bound(argument)
    assert outcome.call.positional == (name,)
    assert [name for name, _ in outcome.bindings] == [name]
    rendered(outcome)
    assert len(outcome.evaluated) == 1


def test_names_are_unique() -> None:
    outcome = bound("room.id", "room.id", "room_id", "timezone.now()", "clock.now()")
    names = [name for name, _ in outcome.bindings]
    assert names == ["room_id_value", "arg2", "room_id", "now", "now_value"]
    rendered(outcome)
    # The receiver's name, and what the caller says is taken.
    outcome = bound("self.notifications", "room.id", taken=frozenset({"room_id"}))
    assert [name for name, _ in outcome.bindings] == ["notifications_value", "room_id_value"]


def test_same_name_is_bound_once_and_in_the_order_of_evaluation() -> None:
    outcome = bound("a()", "room", "b()", room=("room"), other="c()")
    assert outcome.bindings == (
        ("a", "a()"),
        ("room", "room"),
        ("b", "b()"),
        ("other", "c()"),
    )
    assert outcome.call.keywords == (("room", "room"), ("other", "other"))
    assert outcome.evaluated == ("a()", "b()", "c()")


def test_what_never_changes_stays() -> None:
    constants = frozenset({"LIMIT", "Status.OPEN"})
    arguments = ("1", "-1", "'x'", "True", "None", "f'x'", "LIMIT", "Status.OPEN", "['a', ('b',)]")
    arguments += ("{'a': 1}", "int")
    outcome = bound(*arguments, constants=constants)
    assert outcome.call.positional == arguments and not outcome.bindings
    # Not known to be constant, or not constant all through.
    assert [name for name, _ in bound("OTHER", "['a', room]").bindings] == ["OTHER", "arg2"]


def test_keyword_gives_the_name() -> None:
    outcome = bound(changed_fields="[x]", room="booking.room", at="timezone.now()", id="room.id")
    assert [name for name, _ in outcome.bindings] == ["changed_fields", "room", "at", "room_id"]
    call = "notifications.send(changed_fields=changed_fields, room=room, at=at, id=room_id)"
    assert rendered(outcome).endswith(f": {call}, robust=True)")


@pytest.mark.parametrize(
    ("receiver", "bindings"),
    [
        ("notifications", []),
        ("notifications.manager", []),
        ("self.manager", []),
        ("Manager()", []),
        ("manager", [("manager", "manager")]),
        ("booking.manager", [("booking", "booking")]),
        ("Manager(booking)", [("manager", "Manager(booking)")]),
    ],
)
def test_receiver_is_bound_if_it_can_change(receiver: str, bindings: list[tuple[str, str]]) -> None:
    outcome = bound("'x'", receiver=receiver)
    assert list(outcome.bindings) == bindings
    rendered(outcome)


def test_unpacked_arguments_are_copied() -> None:
    outcome = bound("*rooms", double_star="data")
    assert outcome.bindings == (("rooms", "(*rooms,)"), ("data", "{**data}"))
    assert rendered(outcome).endswith("notifications.send(*rooms, **data), robust=True)")
    outcome = bound("rooms", "*rooms", "*a or b", double_star="rooms")
    names = [name for name, _ in outcome.bindings]
    assert len(set(names)) == len(names) == 4
    rendered(outcome)


def test_generator_is_refused() -> None:
    outcome = bind_call(CallParts("m", "f", ("(x for x in y)",)))
    assert isinstance(outcome, Refusal) and "generator" in outcome.reason


def test_values_are_those_of_the_place_of_the_call() -> None:
    """Run the generated code: everything is rebound before the callbacks run."""
    sent: list[Any] = []
    callbacks: list[Callable[[], object]] = []

    class Stub:
        def on_commit(self, callback: Callable[[], object], robust: bool) -> None:
            callbacks.append(callback)

        def send(self, *args: object, **kwargs: object) -> None:
            sent.append((args, kwargs))

    line = rendered(bound("room", "room * 2", "*rooms", k="data['id']", double_star="data"))
    code = (
        "def run(notifications, transaction):\n"
        "    rooms, data = [1], {'id': 7}\n"
        "    for room in (1, 2, 3):\n"
        f"        {line}\n"
        "        rooms.append(room)\n"
        "        data['id'] += 1\n"
        "    room = rooms = data = notifications = None\n"
    )
    scope: dict[str, Any] = {}
    exec(compile(code, "generated", "exec"), scope)
    stub = Stub()
    scope["run"](stub, stub)
    # `notifications` is a local here and was not said to be: it is looked up at the commit.
    with pytest.raises(AttributeError):
        callbacks[0]()
    scope = {}
    exec(compile(code.replace("= notifications = None", "= None"), "generated", "exec"), scope)
    callbacks.clear()
    scope["run"](stub, stub)
    assert not sent
    for callback in callbacks:
        callback()
    assert sent == [
        ((1, 2, 1), {"k": 7, "id": 7}),
        ((2, 4, 1, 1), {"k": 8, "id": 8}),
        ((3, 6, 1, 1, 2), {"k": 9, "id": 9}),
    ]


def test_nested_function() -> None:
    body = "try:\n    m.send(room)\nexcept Error as e:\n    log('''\n  x''', e)"
    bindings = bind_names(body, {"room", "e", "m2"})
    assert bindings == (("room", "room"),)
    code = render_nested_def(
        body,
        bindings,
        on_commit="transaction.on_commit",
        using="'other'",
        robust=True,
        taken={"notify"},
    )
    compile(code, "generated", "exec")
    assert code == (
        "def notify_on_commit(room=room):\n    try:\n        m.send(room)\n"
        "    except Error as e:\n        log('''\n  x''', e)\n"
        "transaction.on_commit(notify_on_commit, using='other', robust=True)"
    )
    again = render_nested_def(
        "notify(notify_on_commit)", (), on_commit="t.on_commit", using=None, robust=False
    )
    assert again == (
        "def notify_on_commit_2():\n    notify(notify_on_commit)\nt.on_commit(notify_on_commit_2)"
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("return 1", "returns"),
        ("raise", "raises"),
        ("yield 1", "yields"),
        ("await x", "awaits"),
        ("global x", "around it"),
        ("if (x := 1): pass", ":="),
        ("failed = True", "sets failed"),
        ("failed += 1", "sets failed"),
        ("for failed in x: pass", "sets failed"),
        ("self.failed = True", "sets self.failed"),
        ("del data['x']", "sets data['x']"),
        ("break", "loop"),
        ("try:\n    f()\nexcept E:\n    continue", "loop"),
        ("try: f()\nexcept E as e: pass\nlog(e)", "outside its handler"),
    ],
)
def test_code_that_cannot_move(code: str, reason: str) -> None:
    outcome = bind_names(code, {"failed", "e", "data"})
    assert isinstance(outcome, Refusal) and reason in outcome.reason


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("f(b, a, b)", ["b", "a"]),
        ("for x in a:\n    if x: break\n", ["a"]),
        ("log.exception('x')", []),
        ("[a for a in b]", ["a", "b"]),
    ],
)
def test_names_that_move_along(code: str, names: list[str]) -> None:
    outcome = bind_names(code, {"a", "b"})
    assert isinstance(outcome, tuple)
    assert [name for name, _ in outcome] == names
    assert all(name == text for name, text in outcome)


def test_invalid_source_is_an_error() -> None:
    with pytest.raises(ValueError, match="not valid source"):
        bind_names("f(", set())
    with pytest.raises(ValueError, match="not valid source"):
        render_nested_def("", (), on_commit="t.on_commit", using=None, robust=False)
    with pytest.raises(ValueError, match="not an expression"):
        bind_call(CallParts("m", "f", ("a b",)))


def test_lambda_as_default_is_readable() -> None:
    text = rendered(bound("lambda x: x + 1"))
    assert "lambda arg1=(lambda x: x + 1): notifications.send(arg1)" in text
    assert isinstance(ast.parse(text).body[0], ast.Expr)
