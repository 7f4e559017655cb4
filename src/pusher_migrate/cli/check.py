"""``pusher-migrate check``: the regression guard."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pusher_migrate.cli.console import Console, output_options
from pusher_migrate.errors import UsageError
from pusher_migrate.report.exit_code import ExitCode

if TYPE_CHECKING:
    from pusher_migrate.check.baseline import Comparison, Entry
    from pusher_migrate.check.run import Report
    from pusher_migrate.cli.project import Project
    from pusher_migrate.report.findings import CheckOutcome

_STDIN = Path("-")
_FORMATS = ("text", "json", "github", "sarif")


@dataclass(frozen=True, slots=True)
class Options:
    """How findings are shown, and what is held against them.

    Attributes:
        output_format: One of ``text``, ``json``, ``github``, ``sarif``.
        statistics: Only numbers.
        exit_zero: Exit 0 in spite of findings.
        baseline: The baseline, if it is not the one in the project's root.
        update_baseline: Write it.
        strict_baseline: Fail while it holds what is fixed.
        no_cache: Neither read nor write the cache.
    """

    output_format: str = "text"
    statistics: bool = False
    exit_zero: bool = False
    baseline: Path | None = None
    update_baseline: bool = False
    strict_baseline: bool = False
    no_cache: bool = False


@click.command("check", short_help="Find legacy calls; for hooks and CI.")
@click.argument("paths", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option(
    "--select",
    multiple=True,
    metavar="CODES",
    help="Look for these codes (PM1,PM301,ALL) instead of PM1.",
)
@click.option("--ignore", multiple=True, metavar="CODES", help="Do not look for these codes.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="How to print findings.",
)
@click.option("--statistics", is_flag=True, help="Print how many there are of each code, not each.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even when there are findings.")
@click.option(
    "--update-baseline", is_flag=True, help="Write what is found to the baseline, and accept it."
)
@click.option(
    "--strict-baseline", is_flag=True, help="Exit 1 while the baseline holds what is fixed."
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The baseline, if it is not .pusher-migrate-baseline.json in the project's root.",
)
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Check standard input as if it were this file.",
)
@click.option(
    "--force-exclude", is_flag=True, help="Leave out excluded files even when they are named."
)
@click.option(
    "--codemod",
    metavar="NAME",
    help="A catalogue that comes with the tool; the project's own wins.",
)
@click.option(
    "--catalogue",
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The catalogue, if it is not the project's own pusher-migrate.toml.",
)
@click.option("--no-cache", is_flag=True, help="Neither read nor write .pusher-migrate-cache/.")
@output_options
def command(
    paths: tuple[Path, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    codemod: str | None,
    catalogue: Path | None,
    stdin_filename: Path | None,
    force_exclude: bool,
    no_color: bool,
    quiet: bool,
    **options: Any,
) -> ExitCode:
    """Find legacy calls, and what else is selected; change nothing.

    FILEs are files and directories; without any, the whole project around the working directory.

    Looks for PM1 unless the catalogue's [check] or --select says otherwise. A comment
    `# pusher-migrate: ignore[PM101] reason` hides a finding; comments that hide nothing are found
    as PM902. What the baseline holds is not reported.

    Exits 0 when nothing is found, 1 when something is, 2 when something could not be looked at.
    """
    from pusher_migrate.cache import Cache
    from pusher_migrate.check.run import DEFAULT, Request, check, clean_report
    from pusher_migrate.cli.project import open_project

    chosen = Options(**options)
    console = Console(colour=not no_color, quiet=quiet)
    _refuse_contradictions(paths, stdin_filename, chosen)
    named = [stdin_filename.parent] if stdin_filename is not None else list(paths)
    clean: list[Report] = []

    def clean_reports(bare: Project) -> list[Report]:
        found = clean_report(Request(bare.root, bare.catalogue, bare.settings))
        clean.extend([found] if found is not None else [])
        return clean

    project = open_project(
        named,
        catalogue=catalogue,
        codemod=codemod,
        select=select,
        ignore=ignore,
        default=DEFAULT,
        force_exclude=force_exclude,
        drafts=True,
        needs_draft=lambda bare: not clean_reports(bare),
        quiet=quiet,
        caching=not chosen.no_cache,
    )
    overlay = _overlay(stdin_filename, project)
    request = Request(
        project.root,
        project.catalogue,
        project.settings,
        tuple(overlay) if overlay else project.files,
        overlay,
        problems=project.problems,
        plain=not (select or ignore or codemod or catalogue),
    )
    report = (
        clean[0]
        if clean and request.files is None
        else check(request, Cache(project.root, enabled=not chosen.no_cache))
    )
    if not (report.files or report.findings or request.files is not None):
        raise UsageError(f"no Python files in {project.root}")
    outcome = _held_against_baseline(report, project, chosen)
    _show(outcome, report, project, chosen, console)
    return outcome.exit_code


def _refuse_contradictions(
    paths: tuple[Path, ...], stdin_filename: Path | None, options: Options
) -> None:
    """Say what does not go together, before anything that takes time.

    Raises:
        UsageError: Some options exclude each other.
    """
    if stdin_filename is None and _STDIN in paths:
        raise UsageError(
            "standard input has no place in a project: give it a name with --stdin-filename"
        )
    if stdin_filename is not None and set(paths) - {_STDIN}:
        raise UsageError("--stdin-filename takes standard input, and files are named too")
    if options.update_baseline and (stdin_filename is not None or options.strict_baseline):
        other = "--stdin-filename" if stdin_filename is not None else "--strict-baseline"
        raise UsageError(f"--update-baseline and {other} do not go together")
    if options.statistics and options.output_format not in ("text", "json"):
        raise UsageError(f"--statistics has no form in --format {options.output_format}")


def _overlay(stdin_filename: Path | None, project: Project) -> dict[str, bytes]:
    """Standard input under its path relative to the root; empty when it is not to be read.

    Raises:
        UsageError: The path is outside the project.
    """
    if stdin_filename is None:
        return {}
    folder = os.path.realpath(stdin_filename.parent)
    whole = os.path.join(folder, stdin_filename.name)
    root = os.path.realpath(project.root)
    if os.path.commonpath([root, whole]) != root:
        raise UsageError(f"{stdin_filename} is outside the project ({project.root})")
    content = sys.stdin.buffer.read() if sys.stdin is not None else b""
    return {os.path.relpath(whole, root).replace(os.sep, "/"): content}


def _held_against_baseline(report: Report, project: Project, options: Options) -> CheckOutcome:
    from pusher_migrate.check import baseline
    from pusher_migrate.report.findings import CheckOutcome

    path = options.baseline or project.root / baseline.FILE_NAME
    there = os.path.exists(path)
    if options.baseline is not None and not (there or options.update_baseline):
        raise UsageError(f"{path}: no such baseline; make it with --update-baseline")
    entries: tuple[Entry, ...] = baseline.load(path) if there else ()
    known_broken = tuple(item for item in report.findings if item.code == "PM901")
    comparison: Comparison = baseline.compare(
        entries,
        [item for item in report.findings if not item.suppressed and item.code != "PM901"],
        looked_at=lambda name: report.looked_at is None or name in report.looked_at,
        is_there=lambda name: os.path.exists(project.root / name),
        enabled=project.settings.enabled,
    )
    if options.update_baseline:
        baseline.save(path, comparison.updated())
    return CheckOutcome(
        comparison,
        tuple(item for item in report.findings if item.suppressed),
        known_broken,
        files=report.files,
        baseline=_shown(path) if there or options.update_baseline else "",
        written=options.update_baseline,
        exit_zero=options.exit_zero,
        strict=options.strict_baseline,
    )


def _shown(path: Path) -> str:
    from pusher_migrate.catalogue.toml_text import display_path

    return display_path(path)


def _show(
    outcome: CheckOutcome, report: Report, project: Project, options: Options, console: Console
) -> None:
    for note in (*project.notes, *map(str, project.catalogue.warnings)):
        console.warn(note)
    console.report(_document(outcome, project, options, console))
    if options.output_format != "text":
        return
    if report.clean_alone and not outcome.comparison.fixed:
        console.say(report.clean_alone)
        return
    console.say(outcome.summary())
    for hint in outcome.hints():
        console.say(hint)


def _document(outcome: CheckOutcome, project: Project, options: Options, console: Console) -> str:
    """What goes to stdout."""
    from pusher_migrate.report import findings

    match options.output_format:
        case "json" if options.statistics:
            return findings.statistics_json(outcome)
        case "json":
            return findings.findings_json(outcome, str(project.root))
        case "github":
            from pusher_migrate.report.github import github_text

            return github_text(outcome, _prefix(project.root))
        case "sarif":
            from pusher_migrate.report.sarif import sarif_text

            return sarif_text(outcome, _prefix(project.root))
    if options.statistics:
        return findings.statistics_text(outcome, console.paint)
    return findings.findings_text(outcome, console.paint)


def _prefix(root: Path) -> str:
    """Path of the root from the top of its repository, with a slash; empty when it is the top."""
    from pusher_migrate.discover import work_tree

    real = Path(os.path.realpath(root))
    top = work_tree(real)
    inside = real.relative_to(top).as_posix() if top is not None else "."
    return "" if inside == "." else f"{inside}/"
