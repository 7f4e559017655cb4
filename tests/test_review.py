"""What a person is shown, and what is made of the answers."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.errors import SourceError
from pusher_migrate.model import Applicability, Change, Edit, Location, Plan
from pusher_migrate.review import Answer, Decision, Mode, decide

FILES = {
    "a.py": b"import x\nold(1)\nkeep\nold(2)\n",
    "b.py": b"old(3)\r\n",
    "bom.py": codecs.BOM_UTF8 + b"old(4)\n",
    "latin.py": b"# coding: latin-1\n# \xe9\nold(5) # \xe9",
    "my app.py": b"old(6)\n",
}


def reader(files: dict[str, bytes]) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        if path not in files:
            raise SourceError(path, 1, "cannot be read: No such file")
        return files[path]

    return read


def edit(path: str, old: str, new: str) -> Edit:
    start = FILES[path].removeprefix(codecs.BOM_UTF8).decode("latin-1").encode().index(old.encode())
    return Edit(path, start, start + len(old), new)


def change(
    name: str,
    *edits: Edit,
    requires: tuple[str, ...] = (),
    applicability: Applicability = Applicability.SAFE,
) -> Change:
    needed = tuple(key(other) for other in requires)
    return Change(
        "PM101", Location(name, 1), "do it", "it is right", edits, applicability, requires=needed
    )


def key(name: str) -> str:
    return f"PM101:{name}:1:1"


def everything() -> Plan:
    return Plan(
        (
            change("one", edit("a.py", "old(1)", "new(1)"), edit("a.py", "import x\n", "")),
            change("two", edit("a.py", "old(2)", "new(\n    2\n)"), edit("b.py", "old", "new")),
            change("bom", edit("bom.py", "old", "new")),
            change("latin", edit("latin.py", "old(5)", "'ü'")),
            change("blank", edit("my app.py", "old", "new")),
        ),
        digests={path: hashlib.sha256(raw).hexdigest() for path, raw in FILES.items()},
    )


# --- decisions

NOTHING = Edit("a.py", 0, 0, "x\n")
REVIEW = Applicability.REVIEW


def chosen(decision: Decision) -> str:
    return " ".join(name.split(":")[1] for name in decision.kept)


def asked(plan: Plan, answers: str) -> tuple[Decision, str]:
    """The decision after these answers, one letter a question, and what was asked about."""
    questions: list[str] = []

    def ask(about: Change, diff: str) -> Answer:
        assert diff == f"diff of {about.key}"
        questions.append(about.location.path)
        return answers[len(questions) - 1]  # type: ignore[return-value]

    decision = decide(plan, Mode.ASK, ask=ask, diff=lambda about: f"diff of {about.key}")
    return decision, " ".join(questions)


def mixed() -> Plan:
    return Plan(
        (
            change("s", NOTHING),
            change("r", NOTHING, applicability=REVIEW),
            change("m", NOTHING, applicability=Applicability.MANUAL),
            change("needs_r", NOTHING, requires=("r",)),
            change("needs_s", NOTHING, requires=("s",)),
            change("needs_gone", NOTHING, requires=("gone",)),
            change("empty"),
        )
    )


def test_safe_takes_what_is_safe_with_all_that_it_requires() -> None:
    decision = decide(mixed(), Mode.SAFE)
    assert chosen(decision) == "s needs_s"
    assert dict(decision.dropped) == {
        key("r"): "is for review",
        key("m"): "offers no edit",
        key("needs_r"): f"requires {key('r')}, which is not made",
        key("needs_gone"): f"requires {key('gone')}, which is not made",
        key("empty"): "offers no edit",
    }


def test_unsafe_adds_what_is_for_review() -> None:
    assert chosen(decide(mixed(), Mode.UNSAFE)) == "s r needs_r needs_s"


def test_only_what_can_be_applied_is_asked_about() -> None:
    decision, questions = asked(mixed(), "yyyy")
    assert questions == "s r needs_r needs_s"
    assert chosen(decision) == "s r needs_r needs_s"


def test_what_requires_a_declined_change_is_not_asked_about() -> None:
    decision, questions = asked(mixed(), "yny")
    assert questions == "s r needs_s"
    assert chosen(decision) == "s needs_s"
    assert dict(decision.dropped)[key("r")] == "was declined"


def test_requirements_are_asked_about_first() -> None:
    plan = Plan((change("call", NOTHING, requires=("method",)), change("method", NOTHING)))
    decision, questions = asked(plan, "yy")
    assert questions == "method call"
    # The answer keeps the plan's order.
    assert chosen(decision) == "call method"


def test_quitting_keeps_what_was_approved() -> None:
    decision, questions = asked(mixed(), "yq")
    assert questions == "s r"
    assert chosen(decision) == "s"
    assert decision.quit
    assert dict(decision.dropped)[key("needs_s")] == "was left undecided"
    assert len(decision.kept) + len(decision.dropped) == len(mixed().changes)


def test_all_accepts_this_one_and_the_rest() -> None:
    decision, questions = asked(mixed(), "na")
    assert questions == "s r"
    assert chosen(decision) == "r needs_r"
    assert not decision.quit


def test_an_answer_that_is_none_counts_as_no() -> None:
    assert chosen(asked(mixed(), "?y y")[0]) == "r"


def test_changes_that_require_each_other_go_together() -> None:
    plan = Plan((change("a", NOTHING, requires=("b",)), change("b", NOTHING, requires=("a",))))
    assert chosen(asked(plan, "yy")[0]) == "a b"
    for answers in ("yn", "n", "ny"):
        decision, _ = asked(plan, answers)
        assert decision.kept == ()
        assert len(decision.dropped) == 2


def test_asking_needs_somebody_to_ask() -> None:
    with pytest.raises(ValueError, match="ask"):
        decide(mixed(), Mode.ASK)


@given(
    st.lists(st.sets(st.integers(0, 7), max_size=2), max_size=8),
    st.text("ynaq", min_size=8, max_size=8),
)
def test_every_change_is_kept_or_has_a_reason(needs: list[set[int]], answers: str) -> None:
    plan = Plan(
        tuple(
            change(str(index), NOTHING, requires=tuple(map(str, sorted(required))))
            for index, required in enumerate(needs)
        )
    )
    decision, questions = asked(plan, answers)
    assert len(questions.split()) == len(set(questions.split()))
    assert {*decision.kept, *dict(decision.dropped)} == {c.key for c in plan.changes}
    assert not set(decision.kept) & set(dict(decision.dropped))
    assert all(reason for _, reason in decision.dropped)
    kept = plan.only(decision.kept)
    assert tuple(c.key for c in kept.changes) == decision.kept
