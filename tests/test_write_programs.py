"""After the migration each path that wrote tells of it just once per write, and no other path does.

Generated programs are run along all their paths, before and after; the paths are compared one by
one. A write that the plan leaves to a person need not be told of, but nothing that is inserted may
be superfluous on any path.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, example, given, settings

from pusher_migrate import edits as edit_tools
from pusher_migrate.catalogue.reader import parse_catalogue
from pusher_migrate.config import make_settings
from pusher_migrate.index.build import build_index
from pusher_migrate.model import Change, Plan
from pusher_migrate.plan import assemble, context_of
from pusher_migrate.rule import Context
from pusher_migrate.rules import missing_emission
from tests.write_programs import (
    CATALOGUE,
    FILES,
    HEADER,
    METHODS,
    PATH,
    Event,
    Run,
    Write,
    paths,
    programs,
    run,
)

PARSED = parse_catalogue(CATALOGUE, "pusher-migrate.toml")


def context_for(text: str) -> Context:
    contents = {path: part.encode() for path, part in {**FILES, PATH: text}.items()}
    index = build_index(contents, contents.__getitem__, manager="app.manager.manager")
    return context_of(index, PARSED, make_settings("."))


def in_doubt(change: Change) -> bool:
    """Whether a change says that the written row may be one that is told of already."""
    return any("may be this one" in reason for reason in change.review_reasons)


def migrated(text: str) -> tuple[str, Plan]:
    """The text after what is not in doubt is inserted, and the plan."""
    context = context_for(text)
    plan = assemble(context, list(missing_emission.run(context, ())))
    module = context.index.project.module(PATH)
    assert module is not None
    edits = [edit for change in plan.changes if not in_doubt(change) for edit in change.edits]
    return edit_tools.apply_edits(module.source, edits), plan


def untold(path: Run) -> list[tuple[int, Write, str]]:
    """What nothing tells of behind it: number of the write, the write, the method that lacks."""
    found = []
    writes = 0
    for number, write in enumerate(path.log):
        if isinstance(write, Write):
            for name in sorted(write.fields):
                if Event(write.row, METHODS[name]) not in path.log[number:]:
                    found.append((writes, write, METHODS[name]))
            writes += 1
    return found


def events(path: Run) -> Counter[tuple[str, str]]:
    return Counter((e.row, e.method) for e in path.log if isinstance(e, Event))


def check(text: str) -> Plan:
    after_text, plan = migrated(text)
    shown = f"\n--- before\n{text}\n--- after\n{after_text}\n--- plan\n" + "\n".join(
        f"{item.code} {item.location} {item.title}: {item.reason}"
        for item in (*plan.changes, *plan.deferrals)
    )
    left = {item.location.line for item in plan.deferrals}
    left |= {change.location.line for change in plan.changes if in_doubt(change)}
    before_code, after_code = compile(text, PATH, "exec"), compile(after_text, PATH, "exec")
    for before, first, second in paths(before_code):
        after = run(after_code, list(before.answers), first, second)
        path = f"\n--- path {before.answers} first={first} second={second}\n{before}\n{after}"
        assert before.raised == after.raised, shown + path
        kept = [e for e in before.log if isinstance(e, Write)]
        now = [e for e in after.log if isinstance(e, Write)]
        assert [(w.row, w.fields) for w in kept] == [(w.row, w.fields) for w in now], shown + path

        wanted = Counter((write.row, method) for _, write, method in untold(before))
        added = events(after) - events(before)
        assert not events(before) - events(after), f"an event is gone{shown}{path}"
        assert not added - wanted, f"superfluous: {added - wanted}{shown}{path}"
        if before.raised:
            continue
        still = [kept[number] for number, _, _ in untold(after)]
        still = [write for write in still if left.isdisjoint(write.lines)]
        assert not still, f"still silent, or told before it was saved: {still}{shown}{path}"
    second_run, second_plan = migrated(after_text)
    waiting = any("then run again" in item.reason for item in plan.deferrals)
    if not waiting and not any(map(in_doubt, plan.changes)):
        assert not second_plan.changes, f"a second run changes something{shown}\n{second_run}"
    return plan


def work(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"{HEADER}def work(room: Room, other: Room, first: bool, second: bool):\n{lines}"


SAVE = 'room.status = "CLEAN"\nroom.save()\n'
BLOCK = "".join(f"    {line}\n" for line in SAVE.splitlines())
TELL = "manager.realtime_room_updated(room)"
LATER = f"transaction.on_commit(lambda: {TELL})"


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100)
@given(programs())
@example(work(f"{SAVE}if first:\n    return room\nrisky()"))
# An else and a line behind the last of the block end up at one offset.
@example(work(f"{SAVE}if decide():\n    {LATER}\n{BLOCK}return room"))
# A finally is on several ways; nothing may be put on those where it is told of already.
@example(work(f"try:\n{BLOCK}finally:\n{BLOCK}{BLOCK}if decide():\n    {TELL}\n    return room"))
# What is told in another branch is not told too early.
@example(work(f"if decide():\n{BLOCK}else:\n    {LATER}"))
# Registered in front of the write, in the same transaction, on one of its paths.
@example(work(f"with transaction.atomic():\n    if first:\n        {LATER}\n{BLOCK}"))
# The write itself fails: that is no path behind it.
@example(work(f"try:\n{BLOCK}except ValueError:\n{BLOCK}    return room\nif first:\n    {TELL}"))
def test_every_write_is_told_of_once(text: str) -> None:
    check(text)


def test_the_check_sees_a_second_event() -> None:
    # The differential test itself must be able to fail.
    text = work('room.status = "CLEAN"\nroom.save()\nmanager.realtime_room_updated(room)')
    code = compile(text, PATH, "exec")
    (path,) = {found for found, _, _ in paths(code)}
    assert untold(path) == []
    assert events(path) == Counter({("room", "realtime_room_updated"): 1})


def test_what_is_generated_is_not_all_left_alone() -> None:
    plan = check(work('room.status = "CLEAN"\nroom.occupied = True\nroom.save()'))
    assert [change.code for change in plan.changes] == ["PM301"]
    assert not plan.deferrals
