"""``migrate --json``: the documented format, held by its published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from shop_project import FILES, PAID, SENT, Run, commit, git, write_files

from pusher_migrate.model import Applicability, Change, Deferral, Edit, Effect, Location, Plan, Wire
from pusher_migrate.report.json import SCHEMA_VERSION, outcome_json
from pusher_migrate.report.outcome import MigrateOutcome

DOCS = Path(__file__).resolve().parents[2] / "docs"
VIEWS = "shop/views.py"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((DOCS / "plan.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize(
    ("flags", "code", "applied"),
    [
        ([], 0, set()),
        (["--diff"], 0, set()),
        (["--yes"], 0, {PAID}),
        (["--unsafe", "--exit-non-zero-on-change"], 1, {PAID, SENT}),
        (["--select", "PM106"], 0, set()),
    ],
)
def test_documents_follow_the_schema(
    shop: Path,
    run: Run,
    validator: jsonschema.Draft202012Validator,
    flags: list[str],
    code: int,
    applied: set[str],
) -> None:
    done = run(shop, "migrate", "--json", *flags)
    document = json.loads(done.stdout)
    validator.validate(document)
    assert done.returncode == document["exit_code"] == code
    assert {item["key"] for item in document["changes"] if item["applied"]} == applied
    assert document["summary"]["applied"] == len(applied)
    assert document["root"] == str(shop)
    assert document["catalogue"] == "pusher-migrate.toml"


def test_its_diffs_are_a_series_that_git_applies(shop: Path, run: Run) -> None:
    document = json.loads(run(shop, "migrate", "--json").stdout)
    patch = shop.parent / "series.patch"
    patch.write_text("".join(item["diff"] for item in document["changes"]), encoding="utf-8")
    git(shop, "apply", patch)
    by_git = (shop / VIEWS).read_text()
    git(shop, "checkout", "--quiet", ".")
    run(shop, "migrate", "--unsafe")
    assert (shop / VIEWS).read_text() == by_git != FILES[VIEWS]


def test_problems_and_unreadable_files_are_in_it(
    shop: Path, run: Run, validator: jsonschema.Draft202012Validator
) -> None:
    write_files(shop, {"shop/bad.py": "pusher_client.trigger(\n"})
    commit(shop)
    (shop / VIEWS).chmod(0o444)
    done = run(shop, "migrate", "--json", "--yes")
    document = json.loads(done.stdout)
    validator.validate(document)
    assert done.returncode == document["exit_code"] == 2
    assert document["problems"] == [f"{VIEWS} is read-only"]
    assert document["summary"]["unreadable_files"] == 1
    assert not any(item["applied"] for item in document["changes"])


def test_every_field_of_the_model_is_in_the_document(
    validator: jsonschema.Draft202012Validator,
) -> None:
    change = Change(
        "PM101",
        Location("a.py", 2, 3),
        "the title",
        "the reason",
        (Edit("a.py", 4, 5, "the replacement"),),
        Applicability.REVIEW,
        ("the review reason",),
        Effect(
            (Wire("the old channel", "the old event", ("old key",), False),),
            (Wire("the new channel", "the new event", ("new key",)),),
            ("lost key",),
        ),
        ("PM401",),
        ("PM101:b.py:1:1",),
        "the.symbol",
        ("the note",),
    )
    deferral = Deferral("PM104", Location("b.py", 6, 7), "what", "why", "its.symbol", False)
    plan = Plan((change,), (deferral,), 8, {"a.py": "0" * 64}, ("plan note",))
    outcome = MigrateOutcome(plan, problems=("a problem",))
    text = outcome_json(outcome, {change.key: "the diff"}, "/root", "")
    document: dict[str, Any] = json.loads(text)
    validator.validate(document)
    assert text.endswith("}\n")
    assert document["schema_version"] == SCHEMA_VERSION
    assert document["catalogue"] is None
    assert document["changes"] == [
        {
            "key": "PM101:a.py:2:3",
            "code": "PM101",
            "codes": ["PM101", "PM401"],
            "path": "a.py",
            "line": 2,
            "column": 3,
            "symbol": "the.symbol",
            "title": "the title",
            "reason": "the reason",
            "applicability": "review",
            "review_reasons": ["the review reason"],
            "requires": ["PM101:b.py:1:1"],
            "effect": {
                "before": [
                    {
                        "channel": "the old channel",
                        "event": "the old event",
                        "keys": ["old key"],
                        "complete": False,
                    }
                ],
                "after": [
                    {
                        "channel": "the new channel",
                        "event": "the new event",
                        "keys": ["new key"],
                        "complete": True,
                    }
                ],
                "lost_keys": ["lost key"],
            },
            "notes": ["the note"],
            "edits": [{"path": "a.py", "start": 4, "end": 5, "replacement": "the replacement"}],
            "diff": "the diff",
            "applied": False,
        }
    ]
    assert document["deferrals"] == [
        {
            "code": "PM104",
            "path": "b.py",
            "line": 6,
            "column": 7,
            "symbol": "its.symbol",
            "title": "what",
            "reason": "why",
            "actionable": False,
            "suppressed": False,
        }
    ]
    assert (document["problems"], document["notes"]) == (["a problem"], ["plan note"])
    assert document["summary"]["right_as_it_is"] == 1


def test_the_documentation_names_every_key(shop: Path, run: Run) -> None:
    text = (DOCS / "plan-json.md").read_text(encoding="utf-8")
    document = json.loads(run(shop, "migrate", "--json").stdout)

    def keys(value: object) -> set[str]:
        if isinstance(value, list):
            return {key for item in value for key in keys(item)}
        if isinstance(value, dict):
            return {key for name, item in value.items() for key in {name, *keys(item)}}
        return set()

    # The keys of `digests` are paths.
    unnamed = {key for key in keys({**document, "digests": {}}) if f"`{key}`" not in text}
    assert unnamed == set()
    assert len(keys(document)) > 40
