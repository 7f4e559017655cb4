"""What a person is shown, and what is made of the answers."""

from __future__ import annotations

import codecs
import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.errors import ApplyError, EditConflict, PusherMigrateError, SourceError
from pusher_migrate.model import Applicability, Change, Edit, Location, Plan
from pusher_migrate.review import Answer, Decision, Mode, change_differ, decide, preview

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


# --- diffs


def test_preview_shows_each_file_once_with_all_its_changes() -> None:
    shown = preview(reader(FILES), everything())
    assert [file.path for file in shown.files] == sorted(FILES)
    assert shown.problems == ()
    assert shown.files[0].after == "new(1)\nkeep\nnew(\n    2\n)\n"
    assert shown.diff.count("--- a/a.py") == 1
    assert "+'ü' # é\n\\ No newline at end of file\n" in shown.diff


def test_git_applies_the_patch_whatever_the_encodings(tmp_path: Path) -> None:
    for name, raw in FILES.items():
        (tmp_path / name).write_bytes(raw)
    patch = preview(reader(FILES), everything()).patch
    done = subprocess.run(
        ["git", "-c", "core.autocrlf=false", "apply", "-"],
        cwd=tmp_path,
        input=patch,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    written = {name: (tmp_path / name).read_bytes() for name in FILES}
    assert written == {
        "a.py": b"new(1)\nkeep\nnew(\n    2\n)\n",
        "b.py": b"new(3)\r\n",
        "bom.py": codecs.BOM_UTF8 + b"new(4)\n",
        "latin.py": b"# coding: latin-1\n# \xe9\n'\xfc' # \xe9",
        "my app.py": b"new(6)\n",
    }


def test_a_changes_own_diff_shows_nothing_of_the_others() -> None:
    plan = everything()
    reads: list[str] = []

    def read(path: str) -> bytes:
        reads.append(path)
        return FILES[path]

    diff = change_differ(read, plan)
    one, two = diff(plan.changes[0]), diff(plan.changes[1])
    assert "-old(1)" in one
    assert "-import x" in one
    assert "-old(2)" not in one
    assert "-old(2)" in two
    assert "-old(1)" not in two
    assert "+++ b/b.py" in two
    assert reads == ["a.py", "b.py"]


def test_what_cannot_be_shown_is_a_problem_and_hides_nothing_else() -> None:
    plan = everything()
    conflicting = change("conflict", edit("b.py", "old(3)", "other"))
    euro = change("euro", edit("latin.py", "# coding", "# €\n# coding"))
    missing = change("missing", Edit("gone.py", 0, 0, "x\n"))
    plan = replace(
        plan,
        changes=(*plan.changes, conflicting, euro, missing),
        digests={**plan.digests, "bom.py": "0" * 64},
    )
    shown = preview(reader(FILES), plan)
    assert [file.path for file in shown.files] == ["a.py", "my app.py"]
    assert [type(problem) for problem in shown.problems] == [
        EditConflict,
        ApplyError,
        SourceError,
        ApplyError,
    ]
    assert "bom.py: changed since the plan was made" in str(shown.problems[1])
    diff = change_differ(reader(FILES), plan)
    with pytest.raises(PusherMigrateError, match=r"gone\.py"):
        diff(missing)


def test_edits_that_change_nothing_show_nothing() -> None:
    plan = Plan((change("same", edit("a.py", "old", "old")),))
    assert preview(reader(FILES), plan).files == ()
    assert change_differ(reader(FILES), plan)(plan.changes[0]) == ""


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
