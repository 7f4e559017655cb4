"""The finding codes, and which of them a run reports.

Codes are selected as ruff selects its rules: by prefix (``PM1``), in full (``PM101``) or all of
them (``ALL``), and the more specific selector wins, whichever list it stands in. What the command
line says goes before what the catalogue's ``[check]`` says.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pusher_migrate.errors import UsageError


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: ``code`` as it is reported, ``name`` in kebab case, ``summary``."""

    code: str
    name: str
    summary: str


# The only list of the codes: documentation, `explain` and selection are made from it.
CODES: Mapping[str, Code] = {
    code: Code(code, name, summary)
    for code, name, summary in (
        ("PM101", "legacy-call", "Legacy call that the catalogue maps to a manager method"),
        (
            "PM102",
            "unmapped-legacy-call",
            "Legacy call without a catalogue entry, or whose method the manager lacks",
        ),
        (
            "PM103",
            "superseded-legacy-call",
            "Legacy call next to a manager call that already tells subscribers the same",
        ),
        (
            "PM104",
            "unmigratable-legacy-call",
            "Legacy call that cannot be rewritten automatically; the reason says why",
        ),
        ("PM105", "unused-client-import", "Import of the client that a rewrite leaves unused"),
        (
            "PM106",
            "call-on-shadowed-client",
            "Call on something that is not a client, because a later binding shadows it",
        ),
        (
            "PM107",
            "missing-manager-method",
            "Legacy call whose manager method is missing and can be written",
        ),
        ("PM201", "emission-before-commit", "Emission that can leave before the commit"),
        (
            "PM202",
            "undeferrable-emission",
            "Emission whose deferral would change behaviour; the reason says how",
        ),
        ("PM301", "missing-emission", "Watched state is persisted and nothing is sent"),
        (
            "PM302",
            "partly-missing-emission",
            "Watched state is persisted and something is sent on some paths only",
        ),
        ("PM303", "bulk-write", "Rows change in bulk, so there is no instance to send for"),
        ("PM304", "unsaved-state", "Watched field is assigned and never persisted"),
        ("PM401", "lost-payload-keys", "Payload keys that the manager method does not send"),
        ("PM402", "payload-drift", "One event name with several payload shapes"),
        ("PM403", "channel-off-pattern", "Channel outside the manager's patterns"),
        ("PM901", "unreadable-file", "File that could not be read or parsed"),
        ("PM902", "unused-ignore", "Ignore comment that suppresses nothing"),
    )
}

ALL = "ALL"
# A file that nobody looked at must not look clean: this one is reported whatever is selected.
ALWAYS_REPORTED = frozenset({"PM901"})


def one_line(text: str) -> str:
    """``text`` with everything that is not printable escaped as in Python.

    Errors quote what comes from files and command lines: a line end or a terminal's control
    character in it must not break a report of one line for each error.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def quoted(text: str, limit: int = 80) -> str:
    """``text`` as `one_line` in double quotes, cut at ``limit`` characters."""
    return f'"{one_line(text if len(text) <= limit else text[: limit - 3] + "...")}"'


def did_you_mean(word: str, options: Iterable[str], listed: str = "") -> str:
    """The end of an error message: ``; did you mean "channel"?``, or what would be valid.

    Args:
        word: What was written.
        options: What would be valid.
        listed: Noun for the list that is shown when nothing is close (``valid keys``); without
            one, nothing is.
    """
    # Only a run that fails needs it, and it costs a clean run's start a few milliseconds.
    import difflib

    known = sorted(set(options))
    folded = {option.casefold(): option for option in reversed(known)}
    close = difflib.get_close_matches(word.casefold(), folded, n=1)
    if close:
        return f"; did you mean {quoted(folded[close[0]])}?"
    if listed and known:
        return f"; {listed}: {one_line(', '.join(known))}"
    return ""


def selector_problem(selector: str) -> str | None:
    """What is wrong with a code, a prefix of codes or ``ALL``; None when it selects something."""
    if selector == ALL:
        return None
    if len(selector) >= 2 and any(code.startswith(selector) for code in CODES):
        return None
    prefixes = {code[:3] for code in CODES}
    hint = did_you_mean(selector, [*CODES, *prefixes, ALL], "valid codes")
    return f"unknown code {quoted(selector)}{hint}"


def ignore_problem(selector: str) -> str | None:
    """As `selector_problem`, for a selector that stands in a list of codes to ignore."""
    if selector in ALWAYS_REPORTED:
        return f"{selector} cannot be ignored; exclude the file instead ([files] exclude)"
    return selector_problem(selector)


@dataclass(frozen=True, slots=True)
class CodeOptions:
    """What one place (the command line, the catalogue) says about codes.

    Attributes:
        select: Selectors, or None when the place says nothing, which is not the same as selecting
            nothing.
        ignore: Selectors.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()


def split_codes(values: Iterable[str]) -> tuple[str, ...]:
    """The selectors in options that may be repeated and may each hold a list: ``PM1,PM201``."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def options_from_flags(
    select: Iterable[str] | None = None, ignore: Iterable[str] = ()
) -> CodeOptions:
    """Read ``--select`` and ``--ignore``.

    Args:
        select: The option's values, each a selector or several with commas between; None or
            empty when the option was not given.
        ignore: Likewise.

    Raises:
        UsageError: A selector selects nothing; the message names the option and the closest code.
    """
    chosen = split_codes(select or ())
    dropped = split_codes(ignore)
    for option, values, problem_of in (
        ("--select", chosen, selector_problem),
        ("--ignore", dropped, ignore_problem),
    ):
        for value in values:
            if problem := problem_of(value):
                raise UsageError(f"{option}: {problem}")
    return CodeOptions(chosen or None, dropped)


def enabled_codes(default: Iterable[str], places: Sequence[CodeOptions]) -> frozenset[str]:
    """The codes to report.

    A place that selects starts anew; one that only ignores takes away from what was there before.
    Within one place the longer selector wins (``ALL`` is the shortest), and of two equally long
    ones the ignored: so ``select = ["PM1"], ignore = ["PM104"]`` leaves PM104 out, and
    ``select = ["PM104"], ignore = ["PM1"]`` leaves just PM104. These are ruff's rules.

    Args:
        default: Selectors that hold when no place selects.
        places: The weakest first: the catalogue, then the command line.
    """
    enabled = {code for code in CODES if any(_covers(item, code) for item in default)}
    for place in places:
        if place.select is not None:
            enabled = set()
        for code in CODES:
            on = _specificity(place.select or (), code)
            off = _specificity(place.ignore, code)
            if on > off:
                enabled.add(code)
            elif off >= 0:
                enabled.discard(code)
    return frozenset(enabled) | ALWAYS_REPORTED


def _covers(selector: str, code: str) -> bool:
    return selector == ALL or code.startswith(selector)


def _specificity(selectors: Collection[str], code: str) -> int:
    """Length of the longest selector that covers ``code``, 0 for ``ALL``, -1 when none does."""
    return max(
        (0 if item == ALL else len(item) for item in selectors if _covers(item, code)), default=-1
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run, merged from the command line and the catalogue.

    Attributes:
        root: Absolute path of the project's root; reported paths are relative to it.
        enabled: The codes to report.
        exclude: Globs of files that are left out, the catalogue's first.
        fix_tests: Whether tests of the target that would not see a deferred event are edited.
    """

    root: Path
    enabled: frozenset[str] = field(default_factory=lambda: frozenset(CODES))
    exclude: tuple[str, ...] = ()
    fix_tests: bool = False

    def is_selected(self, code: str) -> bool:
        """Whether findings with ``code`` are reported."""
        return code in self.enabled


def make_settings(
    root: Path,
    *,
    default: Iterable[str] = (ALL,),
    catalogue: CodeOptions | None = None,
    flags: CodeOptions | None = None,
    exclude: Iterable[str] = (),
    extra_exclude: Iterable[str] = (),
    fix_tests: bool = False,
) -> Settings:
    """Merge what the catalogue and the command line say.

    Args:
        root: The project's root, see `discover.find_project_root`.
        default: Selectors of the command, used when neither selects.
        catalogue: The catalogue's ``[check]``.
        flags: From `options_from_flags`.
        exclude: The catalogue's ``[files] exclude``.
        extra_exclude: The command line's; added, because a narrower run never means a wider one.
        fix_tests: Whether to edit the target's tests.
    """
    places = [place for place in (catalogue, flags) if place is not None]
    return Settings(
        root=Path(os.path.abspath(root)),
        enabled=enabled_codes(default, places),
        exclude=tuple(dict.fromkeys((*exclude, *extra_exclude))),
        fix_tests=fix_tests,
    )


def is_repository(directory: Path) -> bool:
    """Whether a git or Mercurial repository (or a worktree or submodule) begins here."""
    # `.git` is a file in worktrees and submodules. os.path does not raise where a directory on the
    # way may not be searched.
    return os.path.exists(directory / ".git") or os.path.isdir(directory / ".hg")
