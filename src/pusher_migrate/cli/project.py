"""From what the command line names to a plan: root, catalogue, settings, files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pusher_migrate.config import ALL, Settings, make_settings, options_from_flags
from pusher_migrate.errors import SourceError, UsageError
from pusher_migrate.model import Deferral, Location, Plan

if TYPE_CHECKING:
    from pusher_migrate.catalogue import Catalogue

_UNREADABLE = "PM901"


@dataclass(frozen=True, slots=True)
class Project:
    """What a run works on.

    Attributes:
        root: Absolute path of the project's root.
        catalogue: What the project's events and states mean.
        settings: What the run reports.
        files: The files that were named, relative to the root; None for all of the project.
        problems: What was named and could not be looked at.
        notes: Remarks on how the files were found.
        drafted: Whether the catalogue is a draft from the code, which nobody has read.
    """

    root: Path
    catalogue: Catalogue
    settings: Settings
    files: tuple[str, ...] | None = None
    problems: tuple[SourceError, ...] = ()
    notes: tuple[str, ...] = ()
    drafted: bool = False


def open_project(
    paths: Sequence[Path],
    *,
    catalogue: Path | None = None,
    codemod: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    default: Sequence[str] = (),
    force_exclude: bool = False,
    drafts: bool = False,
    needs_draft: Callable[[Project], bool] = lambda _: True,
    quiet: bool = False,
    caching: bool = True,
) -> Project:
    """Find the project that paths belong to, and what is to be done with it.

    Args:
        paths: Files and directories from the command line; none for the project around the
            working directory.
        catalogue: ``--catalogue``.
        codemod: ``--codemod``.
        select: ``--select``.
        ignore: ``--ignore``.
        default: What a command that heeds the catalogue's ``[check]`` looks for without either;
            empty for all, whatever the catalogue says.
        force_exclude: ``--force-exclude``: also leave out files that are named.
        drafts: Whether a draft from the code will do where there is no catalogue.
        needs_draft: Whether the project, opened with an empty catalogue, needs the draft.
        quiet: Whether no progress of drafting is shown.
        caching: Whether a draft is kept, or one that was kept is used.

    Raises:
        UsageError: A path does not exist, no file is left to look at, options do not go together,
            or there is no catalogue.
        CatalogueError: The catalogue is wrong.
    """
    from pusher_migrate.catalogue import Catalogue, choose_catalogue
    from pusher_migrate.discover import discover, find_project_root

    if catalogue is not None and codemod is not None:
        raise UsageError("--catalogue and --codemod both name a catalogue; give one of them")
    # Before anything that takes time.
    flags = options_from_flags(select, ignore)
    root = find_project_root(paths)
    chosen = choose_catalogue(root, config=catalogue, codemod=codemod)
    drafted = False
    if chosen is None and drafts:
        from pusher_migrate.cache import Cache
        from pusher_migrate.cli.drafting import DRAFT_NOTE, drafted_catalogue, is_project

        # First of all: what is no project may be a whole disk.
        if is_project(root):
            bare = make_settings(root, default=default or (ALL,), flags=flags)
            drafted = needs_draft(Project(root, Catalogue(), bare))
            kept = Cache(root, enabled=caching)
            chosen = drafted_catalogue(root, quiet, kept) if drafted else Catalogue()
    if chosen is None:
        raise UsageError(_no_catalogue(root))
    remarks = (DRAFT_NOTE,) if drafted else ()
    settings = make_settings(
        root,
        default=default or (ALL,),
        catalogue=chosen.check if default else None,
        flags=flags,
        exclude=chosen.exclude,
    )
    if not paths or any(os.path.realpath(path) == os.path.realpath(root) for path in paths):
        return Project(root, chosen, settings, notes=remarks, drafted=drafted)
    found = discover(paths, root, exclude=settings.exclude, force_exclude=force_exclude)
    if not (found.files or found.problems or force_exclude):
        raise UsageError(f"no Python files in {', '.join(map(str, paths))}")
    notes = (*remarks, *found.notes)
    return Project(root, chosen, settings, found.files, found.problems, notes, drafted)


def plan_project(project: Project, quiet: bool = False) -> Plan:
    """Plan the migration of a project. Writes nothing but progress, on a terminal.

    Args:
        project: What to plan.
        quiet: Whether no progress is shown.

    Raises:
        PusherMigrateError: The plan cannot be made.
    """
    from pusher_migrate.cli.drafting import files_of
    from pusher_migrate.plan import build_plan

    root, settings = project.root, project.settings
    with files_of(root, settings.exclude, quiet) as files:
        plan = build_plan(root, project.files, project.catalogue, settings, files)
    if not (plan.files or plan.deferrals):
        raise UsageError(f"no Python files in {project.root}")
    return _with_problems(plan, project)


def _with_problems(plan: Plan, project: Project) -> Plan:
    """The plan with what was named on the command line and could not be looked at."""
    known = {item.location.path for item in plan.deferrals if item.code == _UNREADABLE}
    more = tuple(
        Deferral(
            _UNREADABLE,
            Location(problem.path, problem.line, problem.column),
            "Not looked at",
            f"{problem.path} {problem.message}",
        )
        for problem in project.problems
        if problem.path not in known
    )
    notes = tuple(dict.fromkeys((*project.notes, *plan.notes)))
    deferrals = tuple(sorted((*plan.deferrals, *more), key=lambda item: item.location))
    return replace(plan, deferrals=deferrals, notes=notes)


def _no_catalogue(root: Path) -> str:
    from pusher_migrate.catalogue import available_codemods

    shipped = ", ".join(available_codemods())
    also = f", or with --codemod one that comes with the tool ({shipped})" if shipped else ""
    return (
        f"no catalogue in {root}: write a pusher-migrate.toml there, or name one with "
        f"--catalogue{also}"
    )
