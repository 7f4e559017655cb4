"""Findings as SARIF 2.1.0, for code scanning.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from pusher_migrate import __version__
from pusher_migrate.check.finding import Finding
from pusher_migrate.config import CODES
from pusher_migrate.report.explanations import EXPLANATIONS
from pusher_migrate.report.findings import CheckOutcome

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_UNREADABLE = "PM901"
#: Under which results of two runs are the same one; the number is that of the way it is made.
_FINGERPRINT = "pusherMigrateStatement/v1"


def sarif_text(outcome: CheckOutcome, prefix: str = "") -> str:
    """A whole log, with a newline at its end.

    Findings that a comment hides or the baseline holds are part of it, as suppressed ones.

    Args:
        outcome: What was found.
        prefix: Path of the project's root from the repository's, with a slash at its end when it is
            not empty: results name files from there.
    """
    shown = [
        *((item, None) for item in outcome.comparison.new),
        *((item, _external(outcome.baseline)) for item in outcome.comparison.known),
        *((item, _in_source(item)) for item in outcome.suppressed),
    ]
    shown.sort(key=lambda pair: (pair[0].location, pair[0].code))
    codes = sorted({item.code for item, _ in shown})
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "pusher-migrate",
                "version": __version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not outcome.unreadable,
                "exitCode": int(outcome.exit_code),
                "toolExecutionNotifications": [
                    _notification(item, prefix) for item in outcome.unreadable
                ],
            }
        ],
        "results": [
            _result(item, codes.index(item.code), suppression, outcome, prefix)
            for item, suppression in shown
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    explanation = EXPLANATIONS.get(code)
    rule: dict[str, Any] = {
        "id": code,
        "name": "".join(part.title() for part in CODES[code].name.split("-")),
        "shortDescription": {"text": CODES[code].summary},
        "defaultConfiguration": {"level": "error"},
    }
    if explanation is not None:
        rule["fullDescription"] = {"text": explanation.meaning}
        rule["help"] = {"text": explanation.outcome}
    return rule


def _result(
    finding: Finding,
    index: int,
    suppression: dict[str, Any] | None,
    outcome: CheckOutcome,
    prefix: str,
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": "error",
        "message": {"text": finding.message},
        "locations": [_location(finding, prefix)],
    }
    if finding.symbol:
        result["locations"][0]["logicalLocations"] = [{"fullyQualifiedName": finding.symbol}]
    if finding.fingerprint:
        result["partialFingerprints"] = {_FINGERPRINT: finding.fingerprint}
    if outcome.baseline:
        result["baselineState"] = "new" if suppression is None else "unchanged"
    # An empty list says that nothing hides the result, which is more than not to say anything.
    result["suppressions"] = [suppression] if suppression is not None else []
    return result


def _location(finding: Finding, prefix: str) -> dict[str, Any]:
    place = finding.location
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(prefix + place.path), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    }


def _notification(finding: Finding, prefix: str) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": finding.message},
        "descriptor": {"id": finding.code},
        "locations": [_location(finding, prefix)],
    }


def _external(baseline: str) -> dict[str, Any]:
    return {"kind": "external", "justification": f"known in {baseline}"}


def _in_source(finding: Finding) -> dict[str, Any]:
    return {"kind": "inSource", "justification": finding.suppressed}
