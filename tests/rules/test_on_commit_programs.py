"""Whatever a function does around its emissions, deferring what is safe changes none of its events.

Generated functions with nested blocks, loops, handlers, rebound names and changed arguments are run
before and after the rewrite: the same events in the same order with the same values when the
transaction commits, none of the deferred ones when it is rolled back, and the same result.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pusher_migrate import edits as edit_tools
from pusher_migrate import source as sources
from pusher_migrate.catalogue import Catalogue, DjangoOptions
from pusher_migrate.catalogue.values import Manager
from pusher_migrate.config import make_settings
from pusher_migrate.index.build import build_index
from pusher_migrate.model import Applicability, Change
from pusher_migrate.plan import context_of, outcomes_of

from .commit_programs import MANAGER, MODELS, as_method, module_of, programs, short_programs
from .commit_recorder import run

PATH = "shop/program.py"
ROBUST = DjangoOptions(robust=True)
# Django before 4.2, and a catalogue that leaves the log lines to Django.
OTHERS = (DjangoOptions(robust=False), DjangoOptions(robust=True, handlers="drop"))
MODES = ("autocommit", "commit", "rollback")


def changes_of(source: str, django: DjangoOptions) -> list[Change]:
    """The changes that the rule plans for a program."""
    catalogue = Catalogue(manager=Manager("notifications.manager.notifier"), django=django)
    files = {
        "manage.py": b"import django\n",
        "notifications/__init__.py": b"",
        "notifications/manager.py": MANAGER.encode(),
        "shop/__init__.py": b"",
        "shop/models.py": MODELS.encode(),
        PATH: source.encode(),
    }
    index = build_index(files, files.__getitem__, manager="notifications.manager.notifier")
    context = context_of(index, catalogue, make_settings(Path("/nowhere")))
    return [outcome for outcome in outcomes_of(context) if isinstance(outcome, Change)]


def applied(source: str, changes: list[Change]) -> str:
    """The program after some changes."""
    file = sources.decode(PATH, source.encode())
    return edit_tools.apply_edits(file, [edit for change in changes for edit in change.edits])


def numbers_at(source: str, changes: list[Change]) -> frozenset[int]:
    """Numbers of the emissions that some changes are for."""
    places = {(change.location.line, change.location.column - 1) for change in changes}
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (node.lineno, node.col_offset) in places:
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            number = values[-1]
            if isinstance(number, ast.Constant) and isinstance(number.value, int):
                found.add(number.value)
    return frozenset(found)


def caught(source: str) -> frozenset[int]:
    """Numbers of the emissions that stand alone in a ``try``: they may fail."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Try) and node.handlers and len(node.body) == 1:
            inner = node.body[0]
            if isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Call):
                values = [*inner.value.args, *(word.value for word in inner.value.keywords)]
                number = values[-1] if values else None
                if isinstance(number, ast.Constant) and type(number.value) is int:
                    found.add(number.value)
    return frozenset(found)


def program(body: str) -> str:
    """A program with this body."""
    lines = "\n".join(f"    {line}" for line in [*body.strip().split("\n"), "return result"])
    return module_of(lines)


# What generated programs have found, each once a wrong edit.
FOUND = {
    "a waiting call in front of one in an inner function": """
transaction.on_commit(lambda: notifier.realtime_order(order, 1))
def inner():
    notifier.realtime_order(order, 2)
inner()
""",
    "an inner function in an inner function": """
transaction.on_commit(lambda: notifier.realtime_order(order, 1))
def inner():
    notifier.realtime_order(order, 2)
    def inner():
        notifier.realtime_order(order, 3)
    inner()
inner()
""",
    "a row changed once the inner function has run": """
def inner():
    notifier.realtime_order(order, 1)
inner()
order.status = 2
""",
    "the last row of a loop, changed behind it": """
for order in items:
    notifier.realtime_order(order, 1)
order.status = 2
""",
    "the row of an outer loop over the same list": """
for order in items:
    def inner():
        for order in items:
            notifier.realtime_order(order, 1)
    inner()
order.status = 2
""",
    "a name that has no value yet, which the handler catches": """
def inner():
    try:
        notifier.realtime_order(other, 1)
    except Exception:
        logger.error('not sent')
    other = order
inner()
""",
    "a row read anew once the inner function has run": """
order.status = 2
def inner():
    notifier.realtime_order(order, 1)
inner()
order.refresh_from_db()
""",
    "a row changed by an inner function, under another name": """
notifier.realtime_order(order, 1)
def inner():
    same = order
    same.status = 6
inner()
""",
    "a row changed by the second of two inner functions of one name": """
def inner():
    notifier.realtime_order(order, 1)
inner()
def inner():
    order.status = 2
inner()
""",
    "an item taken out of a list that was sent": """
notifier.realtime_value([*items], 1)
row = next(iter(items))
row.note = 'next'
""",
    "the last item of a loop over a list that was sent": """
for order in items:
    pass
notifier.realtime_value([*items], 1)
order.status = 2
""",
    "rows changed in a comprehension": """
for order in items:
    notifier.realtime_order(order, 1)
[setattr(each, 'note', 'all') for each in items]
""",
    "rows in a dictionary that is made from a list": """
notifier.realtime_value({item.note: item for item in items}, 1)
items[0].status = 2
""",
    "a row put into a list by an augmented assignment": """
notifier.realtime_order(other, 1)
items += [other]
for each in items:
    each.status = 2
""",
    "a dictionary that is made of keywords only": """
notifier.realtime_value(dict(order=order, number=number), 1)
order.status = 2
""",
    "copies of nothing": """
notifier.realtime_value([list(), dict(), set()], 1)
notifier.realtime_value(dict(), 2)
order.status = 2
""",
    "two events in front of one save": """
notifier.realtime_order(order, 1)
notifier.realtime_order(order, 2)
order.save()
""",
    "a list made anew and added to on the way around a loop": """
for each in items:
    notifier.realtime_value(items, 1)
    items = [order]
    items += [other]
order.note = 'last'
""",
    "one of two inner functions of a name, called again behind the other": """
def inner():
    notifier.realtime_order(order, 1)
while number < 3:
    number += 1
    inner()
    result = notifier.realtime_order(order, 2)
    def inner():
        notifier.realtime_order(order, 3)
    inner()
""",
    "a helper of a helper, asked about from two depths": """
notifier.realtime_order(order, 1)
def inner():
    notifier.realtime_order(order, 2)
    tell_twice(order)
""",
    "a call in a loop, of a function whose first event stays": """
for order in items:
    def inner():
        notifier.realtime_order(order, 1)
        notifier.realtime_order(other, 2)
    inner()
order.status = 2
""",
    "an item of a list, changed in a loop over it": """
notifier.realtime_order(items[0], 1)
for order in items:
    order.status = 2
""",
    "an item of a list, changed once the list is unpacked": """
notifier.realtime_order(items[0], 1)
first, *rest = items
first.note = 'first'
""",
    "a row under the name by which a function gives it back": """
row = same_row(order)
notifier.realtime_order(row, 1)
order.status = 2
""",
    "a row that a function gives back, changed at once": """
notifier.realtime_order(order, 1)
same_row(order).status = 2
""",
    "what a function gives back, as an argument": """
notifier.realtime_value([first_of(items), same_row(order)], 1)
order.status = 2
""",
    "a row that an inner function gives back": """
def give():
    return order
notifier.realtime_order(give(), 1)
order.status = 2
""",
    "a row that an inner function gives another name": """
notifier.realtime_order(order, 1)
def move():
    nonlocal other
    other = order
move()
other.status = 2
""",
    "a row in a list that a function puts it into": """
add_to(items, row=order)
notifier.realtime_value([*items], 1)
order.status = 2
""",
    "a partner that a function has set": """
pair_up(order, other)
notifier.realtime_order(order, 1)
other.status = 2
""",
    "a parameter of the same name in a helper": """
notifier.realtime_order(order, 1)
look(order)
order.status = 2
""",
    "a list of the items of a list": """
notifier.realtime_value([order for order in items if order.status], 1)
rows = {row.status: row for row in items}
rows[1].note = 'by status'
""",
    "rows that are taken from two lists at once": """
notifier.realtime_order(order, 1)
for each, row in zip(items, [order, other]):
    row.note = each.note
""",
    "a partner of a row under another name": """
for order in items:
    notifier.realtime_order(order.partner, 1)
    order, other = other, order
else:
    order.partner.status = 4
""",
    "a helper that always raises, whose name is caught": """
def inner():
    raise Rollback
    transaction.on_commit(lambda: notifier.realtime_order(order, 2))
notifier.realtime_order(order, 1)
try:
    inner()
except Rollback:
    order.status = 2
""",
    "a row changed inside of an inner function, under the name of its list outside": """
items.append(order)
def inner():
    notifier.realtime_value([*items], 1)
    order.status = 2
inner()
""",
    "one of two rows given to an inner function that sends it": """
for order in items:
    inner()
else:
    notifier.realtime_order(other, 1)
order.status = 2
def inner():
    notifier.realtime_order(order if flag else other, 2)
""",
    "a part that a function takes from a list": """
for other in items:
    pair_up(order, other)
    notifier.realtime_order(order, 1)
    order = Order()
    first_of(items).note = 'first of'
order.status = 2
""",
    "a part that a function has taken from a list before": """
row = first_of(items)
pair_up(order, items[0])
notifier.realtime_order(order, 1)
row.note = 'first of'
""",
    "an item under a name that another one has had": """
for order in items:
    order, other = other, order
    notifier.realtime_order(other, 1)
    row = next(iter(items))
    row.note = 'next'
""",
}
# The same, once ``order`` and ``other`` are attributes: a swap, a getter and a setter are methods.
FOUND_IN_METHODS = {
    "a row that an inner function gives another name as well": """
def inner():
    order = other
    tell(other)
inner()
rows = {'a': order}
rows['a'].status = 12
""",
    "a row that a method moves": """
notifier.realtime_order(order, 1)
order, other = other, order
other.status = 2
""",
    "a row that a method moves in a loop": """
for order in items:
    notifier.realtime_order(other, 1)
    order, other = other, order
else:
    order.status = 2
""",
    "a row that a method replaces": """
notifier.realtime_order(order, 1)
order.status = 2
order = Order()
order.save()
""",
    "a row that a method keeps": """
row = items[0]
order = same_row(other)
notifier.realtime_order(other, 1)
order.status = 2
""",
    "a row that a property gives": """
same = order
notifier.realtime_order(same, 1)
other.status = 2
order.status = 2
""",
}


@pytest.mark.parametrize("body", FOUND.values(), ids=FOUND)
def test_programs_that_were_wrong_once(body: str) -> None:
    for flag in (False, True):
        for django in (ROBUST, *OTHERS):
            check(program(body), flag, False, django)


@pytest.mark.parametrize("body", [*FOUND.values(), *FOUND_IN_METHODS.values()])
def test_methods_that_were_wrong_once(body: str) -> None:
    check(as_method(program(body)), True, False)


def test_most_of_what_is_safe_is_done() -> None:
    """A rule that refuses everything would pass the tests above."""
    body = """
with transaction.atomic():
    order.status = 2
    order.save()
    notifier.realtime_order(order, 1)
    for item in items:
        item.save()
        notifier.realtime_value([item, other], 2)
    try:
        notifier.realtime_value(number, 3)
    except Exception:
        logger.error("not sent")
    if flag:
        notifier.realtime_value(order.status, 4)
"""
    assert check(program(body), True, True) == 4
    assert check(as_method(program(body)), True, False) == 4


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(programs(), st.booleans(), st.booleans())
def test_events_stay_what_they_were(source: str, flag: bool, failing: bool) -> None:
    check(source, flag, failing)


@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(short_programs(), st.booleans(), st.booleans())
def test_so_do_those_of_short_functions(source: str, method: bool, flag: bool) -> None:
    check(as_method(source) if method else source, flag, False)


@settings(
    max_examples=75,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(programs(), st.booleans())
def test_so_do_those_of_methods(source: str, flag: bool) -> None:
    check(as_method(source), flag, False)


@settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(programs(), st.booleans(), st.sampled_from(OTHERS))
def test_so_do_they_with_other_options(source: str, flag: bool, django: DjangoOptions) -> None:
    check(source, flag, True, django)
    check(as_method(source), flag, True, django)


def check(source: str, flag: bool, failing: bool, django: DjangoOptions = ROBUST) -> int:
    """Hold one program against its rewrite; the number of changes that are safe."""
    changes = changes_of(source, django)
    safe = [change for change in changes if change.applicability is Applicability.SAFE]
    after = applied(source, safe)
    deferred = numbers_at(source, safe)
    assert len(deferred) == len(safe)
    fails = caught(source) if failing else frozenset()
    for mode in MODES:
        old, new = run(source, mode, flag, fails), run(after, mode, flag, fails)
        if "Endless" in (old.outcome, new.outcome):
            continue
        said = f"{mode}\n{source}\n--- after ---\n{after}"
        assert new.outcome == old.outcome, said
        if mode == "rollback" or (mode == "commit" and old.outcome == "Rollback"):
            assert not [e for e in new.events if e.number in deferred and not e.blocks], said
            kept = [e for e in old.events if e.number not in deferred]
            assert [e for e in new.events if e.number not in deferred] == kept, said
        else:
            happened = [e for e in old.events if e.happened]
            assert [e for e in new.events if e.happened] == happened, said
            if django.handlers == "move":
                assert sorted(new.logged) == sorted(old.logged), said
    again = changes_of(after, django)
    assert not [c for c in again if c.applicability is Applicability.SAFE], after
    everything = applied(source, changes)
    assert not changes_of(everything, django), everything
    return len(safe)
