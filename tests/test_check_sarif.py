"""SARIF: valid for the 2.1.0 schema, and telling code scanning what is hidden and by whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log

from tests.guarded import EVENT, FIRST, UNKNOWN, files, git, run, write


def log_of(root: Path, *arguments: str) -> dict[str, Any]:
    """The log of a check, after validation."""
    done = run(root, "check", "--format", "sarif", *arguments)
    # The models are generated from the schema and forbid what it does not have.
    Log.model_validate_json(done.stdout)
    value: dict[str, Any] = json.loads(done.stdout)
    (invocation,) = value["runs"][0]["invocations"]
    assert invocation["exitCode"] == done.returncode
    return value


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The project in a directory of a repository, with what can be said of findings in it."""
    git(tmp_path, "init", "--quiet")
    root = write(tmp_path / "the back#end", files(f"    {EVENT}\n"))
    run(root, "check", "--update-baseline")
    with (root / "shop/views.py").open("a") as file:
        file.write(f"    {UNKNOWN}\n    {UNKNOWN}  # pusher-migrate: ignore[PM102] it goes\n")
    return root


def test_the_validation_would_notice() -> None:
    with pytest.raises(ValidationError):
        Log.model_validate_json('{"version": "2.1.0", "runs": [{"tools": {}}]}')


def test_results(shop: Path) -> None:
    (sarif_run,) = log_of(shop)["runs"]
    rules = [rule["id"] for rule in sarif_run["tool"]["driver"]["rules"]]
    assert rules == ["PM101", "PM102"]
    results = sarif_run["results"]
    assert [item["ruleId"] for item in results] == ["PM101", "PM102", "PM102"]
    assert [rules[item["ruleIndex"]] for item in results] == ["PM101", "PM102", "PM102"]
    places = [item["locations"][0] for item in results]
    assert [place["physicalLocation"]["region"]["startLine"] for place in places] == [
        FIRST,
        FIRST + 1,
        FIRST + 2,
    ]
    uris = {place["physicalLocation"]["artifactLocation"]["uri"] for place in places}
    assert uris == {"the%20back%23end/shop/views.py"}
    assert {place["logicalLocations"][0]["fullyQualifiedName"] for place in places} == {"pay"}
    prints = [item["partialFingerprints"]["pusherMigrateStatement/v1"] for item in results]
    assert prints[0] != prints[1] == prints[2]


def test_what_is_hidden_is_there_as_suppressed(shop: Path) -> None:
    known, new, hidden = log_of(shop)["runs"][0]["results"]
    assert [item["baselineState"] for item in (known, new, hidden)] == [
        "unchanged",
        "new",
        "unchanged",
    ]
    assert new["suppressions"] == []
    assert known["suppressions"] == [
        {"kind": "external", "justification": "known in .pusher-migrate-baseline.json"}
    ]
    (comment,) = hidden["suppressions"]
    assert comment["kind"] == "inSource"
    assert comment["justification"].endswith("it goes.")


def test_files_that_cannot_be_read_are_notifications(shop: Path) -> None:
    (shop / "shop/bad.py").write_text("pusher_client.trigger('a', 'b'\n")
    (sarif_run,) = log_of(shop)["runs"]
    (invocation,) = sarif_run["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["descriptor"]["id"] == "PM901"
    assert len(sarif_run["results"]) == 3


def test_a_clean_run_is_a_valid_log_too(tmp_path: Path) -> None:
    root = write(tmp_path, files("    order.save()\n"))
    (sarif_run,) = log_of(root, "shop/views.py")["runs"]
    assert sarif_run["results"] == []
    assert sarif_run["invocations"][0]["executionSuccessful"] is True


def test_every_code_has_a_valid_rule() -> None:
    from pusher_migrate.check.baseline import Comparison
    from pusher_migrate.check.finding import Finding
    from pusher_migrate.config import CODES
    from pusher_migrate.model import Location
    from pusher_migrate.report.findings import CheckOutcome
    from pusher_migrate.report.sarif import sarif_text

    found = tuple(Finding(code, Location("a.py", 1), "message") for code in CODES)
    log = Log.model_validate_json(sarif_text(CheckOutcome(Comparison(found))))
    rules = log.runs[0].tool.driver.rules
    assert rules is not None
    assert [rule.id for rule in rules] == sorted(CODES)
