"""``pusher-migrate migrate``: plan, then show, ask or apply."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pusher_migrate.cli.console import Console, output_options
from pusher_migrate.report.exit_code import ExitCode

if TYPE_CHECKING:
    from pusher_migrate.apply import ApplyResult
    from pusher_migrate.cli.ask import Asker
    from pusher_migrate.cli.project import Project
    from pusher_migrate.model import Plan
    from pusher_migrate.report.outcome import MigrateOutcome
    from pusher_migrate.report.series import Step

_LISTED = 8


@dataclass(frozen=True, slots=True)
class Options:
    """How the plan is to be carried out.

    Attributes:
        diff: Only show.
        yes: Apply what is safe; with ``diff`` or ``patch``, leave out what is not.
        unsafe: Apply what is for review too; goes before ``yes``.
        patch: Write the diffs to this file, and apply nothing.
        json: Print the outcome as JSON, and ask nothing.
        allow_dirty: Also write files with uncommitted changes.
        exit_non_zero_on_change: Tell of changes by the exit code.
    """

    diff: bool = False
    yes: bool = False
    unsafe: bool = False
    patch: Path | None = None
    json: bool = False
    allow_dirty: bool = False
    exit_non_zero_on_change: bool = False


@click.command("migrate", short_help="Rewrite legacy calls and show, ask or apply.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--diff", is_flag=True, help="Show each change and its diff; apply nothing.")
@click.option("--yes", "-y", is_flag=True, help="Apply what is safe, without asking.")
@click.option(
    "--unsafe", is_flag=True, help="Apply what is safe and what is for review, without asking."
)
@click.option(
    "--patch",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the diffs to FILE, as `git apply` takes them; apply nothing.",
)
@click.option("--json", is_flag=True, help="Print JSON (docs/plan-json.md) and ask nothing.")
@click.option(
    "--select", multiple=True, metavar="CODES", help="Only findings with these codes: PM101,PM2."
)
@click.option("--ignore", multiple=True, metavar="CODES", help="No findings with these codes.")
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
@click.option(
    "--fix-tests",
    is_flag=True,
    help="Also edit tests that would not see a deferred event, where that is simple.",
)
@click.option("--allow-dirty", is_flag=True, help="Also write files with uncommitted changes.")
@click.option(
    "--exit-non-zero-on-change",
    is_flag=True,
    help="Exit 1 when changes were made, or would be made.",
)
@click.option("--no-cache", is_flag=True, help="Neither read nor write .pusher-migrate-cache/.")
@output_options
def command(
    paths: tuple[Path, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    codemod: str | None,
    catalogue: Path | None,
    fix_tests: bool,
    no_cache: bool,
    no_color: bool,
    quiet: bool,
    **options: Any,
) -> ExitCode:
    """Rewrite legacy Pusher calls to calls of the notification manager.

    PATHs are files and directories; without any, the whole project around the working directory.

    On a terminal each change is shown and asked about; what was said yes to is applied at the end.
    Off a terminal, and with --diff, changes are only shown. --yes applies what is safe, --unsafe
    what is for review as well. --diff and --patch show all changes; along with --yes or --unsafe,
    those that it would apply.

    Nothing is written when a file that would be has uncommitted changes, unless --allow-dirty;
    `pusher-migrate undo` takes everything back.

    Without a catalogue, a draft from the code is used and the run says so; applying on a draft asks
    first, and is refused where nobody can be asked: write it with `pusher-migrate init`.

    Exits 0 when there is nothing to do or all was done, 1 only with --exit-non-zero-on-change, 2
    when something could not be done (an unreadable file counts), 130 when interrupted.
    """
    console = Console(colour=not no_color, quiet=quiet)
    try:
        from pusher_migrate.cli.kept import kept_plan
        from pusher_migrate.cli.project import open_project

        project = open_project(
            paths,
            catalogue=catalogue,
            codemod=codemod,
            select=select,
            ignore=ignore,
            drafts=True,
            quiet=quiet,
            caching=not no_cache,
        )
        if fix_tests:
            project = replace(project, settings=replace(project.settings, fix_tests=True))
        plan = kept_plan(project, quiet, caching=not no_cache)
    except KeyboardInterrupt:
        return _interrupted(console)
    return carry_out(plan, project, Options(**options), console)


def carry_out(plan: Plan, project: Project, options: Options, console: Console) -> ExitCode:
    """Show a plan, ask about it or apply it.

    Args:
        plan: All that was found.
        project: Where.
        options: How.
        console: Where the output goes.

    Returns:
        The exit code.

    Raises:
        PusherMigrateError: Nothing was written, and why.
    """
    from pusher_migrate.review import Mode, decide

    asker = None
    try:
        # A catalogue's warnings are in the plan's notes as well.
        for note in plan.notes:
            console.warn(note)
        if _only_shows(plan, options, console):
            return _show(plan, project, options, console)
        if project.drafted and plan.changes and not _accepts_draft(console):
            return _show(plan, project, options, console)
        if options.yes or options.unsafe:
            decision = decide(plan, Mode.UNSAFE if options.unsafe else Mode.SAFE)
        else:
            # Before anybody is asked about what will not be done.
            _refuse_dirty(plan, project, options)
            asker = _asker(plan, project, console)
            decision = decide(plan, Mode.ASK, ask=asker.ask)
        kept = plan.only(decision.kept)
        _refuse_dirty(kept, project, options)
        steps = _series(plan, project)[0] if options.json else ()
    except KeyboardInterrupt:
        return _interrupted(console, asker)
    # From here on "nothing was written" would not be true.
    problems = asker.problems if asker else ()
    outcome, result = _apply(plan, kept, project, options, problems)
    for path in result.written:
        console.say(f"wrote {path}")
    for key, reason in decision.dropped:
        console.say(f"not applied: {key} {reason}")
    for note in result.notes:
        console.warn(note)
    console.fail(outcome.problems)
    if options.json:
        _print_json(outcome, steps, project, console)
    elif not console.quiet:
        _print_deferrals(plan, console)
    return _conclude(outcome, console)


def _only_shows(plan: Plan, options: Options, console: Console) -> bool:
    if options.diff or options.patch is not None:
        return True
    if options.yes or options.unsafe:
        return False
    return options.json or not console.interactive or not plan.changes


def _accepts_draft(console: Console) -> bool:
    """Ask whether changes that nobody but a draft asked for may be applied.

    Raises:
        UsageError: Nobody can be asked.
    """
    from pusher_migrate.errors import UsageError

    if not console.interactive:
        raise UsageError(
            "there is no catalogue, and what a draft proposes is not applied unread: write it with "
            "`pusher-migrate init`, read it, and run again; nothing was written"
        )
    given = console.ask("Apply changes that a draft proposes, which nobody has read [y,N]? ")
    return (given or "").lower() in ("y", "yes")


def _interrupted(console: Console, asker: Asker | None = None) -> ExitCode:
    """Say that Ctrl-C came while nothing had been written yet."""
    from pusher_migrate.report.text import count

    approved = asker.approved if asker else 0
    lost = f"; {count(approved, 'approved change')} not applied" if approved else ""
    console.fail([f"interrupted; nothing was written{lost}"])
    return ExitCode.INTERRUPTED


def _show(plan: Plan, project: Project, options: Options, console: Console) -> ExitCode:
    """Print or save the diffs; write to no file of the project."""
    from pusher_migrate.report.outcome import MigrateOutcome
    from pusher_migrate.report.text import count, deferrals_text
    from pusher_migrate.review import Mode, decide

    shown = plan
    if options.yes or options.unsafe:
        shown = plan.only(decide(plan, Mode.UNSAFE if options.unsafe else Mode.SAFE).kept)
    steps, problems = _series(shown, project)
    outcome = MigrateOutcome(
        shown, problems=problems, exit_non_zero_on_change=options.exit_non_zero_on_change
    )
    if options.patch is not None:
        _save_patch(options.patch, steps, deferrals_text(plan))
    if options.json:
        _print_json(outcome, steps, project, console)
    elif options.diff or options.patch is None:
        for step in steps:
            _print_step(step, console)
        _print_deferrals(plan, console)
    console.fail(problems)
    hidden = len(plan.changes) - len(shown.changes)
    if hidden:
        console.say(f"{count(hidden, 'change')} not shown, which --yes would not apply.")
    if options.patch is not None and steps:
        console.say(f"Wrote {options.patch}; apply it in {project.root} with `git apply`.")
    return _conclude(outcome, console, hints=options.patch is None)


def _asker(plan: Plan, project: Project, console: Console) -> Asker:
    from pusher_migrate.cli.ask import Asker

    return Asker(_reader(project), plan, console)


def _apply(
    plan: Plan, kept: Plan, project: Project, options: Options, problems: Iterable[str]
) -> tuple[MigrateOutcome, ApplyResult]:
    """Apply what was decided. Prints nothing: a closed pipe must not stop it half way."""
    from pusher_migrate.apply import ApplyInterrupted, apply_plan
    from pusher_migrate.report.outcome import MigrateOutcome

    try:
        result = apply_plan(project.root, kept, allow_dirty=options.allow_dirty)
    except ApplyInterrupted as interrupted:
        result = interrupted.result
    outcome = MigrateOutcome(
        plan,
        writing=True,
        applied=frozenset(result.applied),
        written=len(result.written),
        problems=(*problems, *_undone(kept, result)),
        interrupted=result.interrupted,
        exit_non_zero_on_change=options.exit_non_zero_on_change,
    )
    return outcome, result


def _undone(kept: Plan, result: ApplyResult) -> tuple[str, ...]:
    """A line for each file that was to be written and was not, and for what it took along."""
    dropped = {item.what for item in result.dropped}
    paths = {path for change in kept.changes if change.key in dropped for path in change.paths}
    files = [*result.failed, *(item for item in result.skipped if item.what in paths)]
    told = {item.what for item in files}
    changes = {change.key: change for change in kept.changes}
    return (
        *(f"{item.what} {item.reason}" for item in files),
        *(
            f"{item.what} not applied: {item.reason}"
            for item in result.dropped
            if not told.intersection(changes[item.what].paths)
        ),
    )


def _refuse_dirty(plan: Plan, project: Project, options: Options) -> None:
    """Refuse the run as a whole: half of a migration next to half of one's own work helps nobody.

    Raises:
        UsageError: A file that would be written has uncommitted changes.
    """
    from pusher_migrate.apply import dirty_files
    from pusher_migrate.errors import UsageError
    from pusher_migrate.report.text import count

    if options.allow_dirty:
        return
    dirty = dirty_files(project.root, {path for change in plan.changes for path in change.paths})
    if dirty:
        more = f" and {len(dirty) - _LISTED} more" if len(dirty) > _LISTED else ""
        raise UsageError(
            f"{count(len(dirty), 'file')} with uncommitted changes ({', '.join(dirty[:_LISTED])}"
            f"{more}): commit or stash them, or use --allow-dirty; nothing was written"
        )


def _series(plan: Plan, project: Project) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    from pusher_migrate.report.series import plan_series

    steps, problems = plan_series(_reader(project), plan)
    return steps, tuple(f"{change.key} cannot be shown: {error}" for change, error in problems)


def _reader(project: Project) -> Any:
    from pusher_migrate.discover import read

    return lambda path: read(project.root, path)


def _print_step(step: Step, console: Console) -> None:
    from pusher_migrate.report.text import change_lines

    console.report("\n".join(change_lines(step.change, console.width, console.paint)) + "\n")
    for diff in step.diffs:
        console.diff(diff.text, diff.patch)
    console.report("\n")


def _print_deferrals(plan: Plan, console: Console) -> None:
    from pusher_migrate.report.text import deferrals_text

    console.report(deferrals_text(plan, console.width, console.paint))


def _save_patch(path: Path, steps: Iterable[Step], deferrals: str) -> None:
    """Write a patch; what was in the file before is gone, also when there is nothing to apply.

    Raises:
        UsageError: It cannot be written.
    """
    from pusher_migrate.errors import UsageError
    from pusher_migrate.report.text import change_lines

    pieces = []
    for step in steps:
        pieces.append(("\n".join(change_lines(step.change)) + "\n").encode())
        pieces += [diff.patch for diff in step.diffs]
        pieces.append(b"\n")
    try:
        with open(path, "wb") as file:
            file.write(b"".join(pieces) + deferrals.encode("utf-8", "backslashreplace"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{os.fspath(path)} cannot be written: {reason}") from error


def _print_json(
    outcome: MigrateOutcome, steps: Iterable[Step], project: Project, console: Console
) -> None:
    from pusher_migrate.report.json import outcome_json

    diffs = {step.change.key: step.text for step in steps}
    console.report(outcome_json(outcome, diffs, str(project.root), project.catalogue.path))


def _conclude(outcome: MigrateOutcome, console: Console, hints: bool = True) -> ExitCode:
    console.say(outcome.summary())
    if hints and (text := outcome.next_steps()):
        console.say(text)
    return outcome.exit_code
