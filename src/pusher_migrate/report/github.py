"""Findings as GitHub's workflow commands, which annotate the lines of a pull request.

Source: GitHub docs, "Workflow commands for GitHub Actions", and the escaping in actions/toolkit's
``packages/core/src/command.ts``.
"""

from __future__ import annotations

from pusher_migrate.check.finding import Finding
from pusher_migrate.report.findings import CheckOutcome
from pusher_migrate.report.style import harmless


def github_text(outcome: CheckOutcome, prefix: str = "") -> str:
    """A line for each finding that is to be done something about.

    Args:
        outcome: What was found.
        prefix: Path of the project's root from the repository's, with a slash at its end when it is
            not empty: annotations name files from there.
    """
    return "".join(f"{_command(item, prefix)}\n" for item in outcome.reported)


def _command(finding: Finding, prefix: str) -> str:
    location = finding.location
    properties = {
        "title": f"pusher-migrate {finding.code}",
        "file": prefix + location.path,
        "line": str(location.line),
        "col": str(location.column),
    }
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    place = f"{prefix}{location}"
    return f"::error {listed}::{_data(f'{place}: {finding.code} {finding.message}')}"


def _data(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return harmless(escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
