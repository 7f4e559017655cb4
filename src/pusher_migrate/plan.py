"""Run the rules over a project and put what they find into one plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pusher_migrate.catalogue import Catalogue, CatalogueErrors
from pusher_migrate.catalogue.signatures import (
    Parameter,
    ParameterKind,
    Signature,
    check_signatures,
)
from pusher_migrate.config import Settings
from pusher_migrate.discover import discover, read
from pusher_migrate.django_version import find_django, robust_of
from pusher_migrate.errors import SourceError
from pusher_migrate.ignores import Ignores
from pusher_migrate.index.build import ProjectIndex, index_project
from pusher_migrate.index.code.project import Project
from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.model import Change, Deferral, Edit, Location, Plan
from pusher_migrate.processes import beside, second_core
from pusher_migrate.requirement_files import management_directories
from pusher_migrate.rule import Context, Outcome, Rule
from pusher_migrate.rules import RULES
from pusher_migrate.syntax.formatting import black_settings

# Rules that look at fewer emissions are through before a second process has started.
MANY_EMISSIONS = 24

# More paths than this are a tree that a directory on the command line stood for.
MANY_FILES = 50


def build_plan(
    root: Path,
    files: Sequence[str] | None,
    catalogue: Catalogue,
    settings: Settings,
    project: Project | None = None,
) -> Plan:
    """Plan a migration; reads the tree and writes nothing.

    Args:
        root: The project's root.
        files: Paths relative to the root to which findings are limited; None for all. The whole
            project is read in any case, as what a call means may be decided in another file.
        catalogue: What is specific to the project.
        settings: Selected codes, excluded files.
        project: As for `make_context`.

    Raises:
        CatalogueErrors: The catalogue does not fit the manager's real methods.
    """
    return plan_in(make_context(root, catalogue, settings, project), files)


def plan_in(
    context: Context, files: Sequence[str] | None = None, ignores: Ignores | None = None
) -> Plan:
    """Plan a migration in what is known of a project.

    Args:
        context: What the rules are given.
        files: As for `build_plan`.
        ignores: As for `outcomes_of`.
    """
    outcomes = outcomes_of(context, ignores)
    _look_for_broken(context.index, files)
    if files is not None:
        named = frozenset(files)
        outcomes = [outcome for outcome in outcomes if outcome.location.path in named]
    return assemble(context, outcomes, files)


def outcomes_of(
    context: Context, ignores: Ignores | None = None, processes: bool | None = None
) -> list[Outcome]:
    """What the rules find, of the selected codes, in the order of the rules.

    Args:
        context: What the rules are given.
        ignores: The comments that hide findings, to be asked afterwards which of them did.
        processes: Whether two processes share the work; None where that pays.
    """
    selected = context.settings.is_selected
    ignores = ignores or Ignores(context.index.project)
    rules = [rule for rule in RULES if any(selected(code) for code in rule.codes)]
    outcomes: list[Outcome] = []
    ahead = next((at for at, rule in enumerate(rules) if hasattr(rule, "prepare")), 0)
    if processes is None:
        processes = second_core() and len(context.index.emissions.emissions) >= MANY_EMISSIONS
    if ahead and processes:
        outcomes += map(ignores.heed, _found_beside(context, rules[:ahead], rules[ahead]))
        rules = rules[ahead:]
    for rule in rules:
        # At once, so that no rule builds on a change that will not be made.
        outcomes += map(ignores.heed, rule.run(context, tuple(outcomes)))
    return [outcome for outcome in outcomes if selected(outcome.code)]


def _found_beside(context: Context, rules: Sequence[Rule], following: Rule) -> list[Outcome]:
    """What rules find in a second process, while this one prepares for the rule behind them."""
    project = context.index.project

    def find() -> tuple[list[Outcome], dict[str, tuple[int, str, int]]]:
        ignores = Ignores(project)
        found: list[Outcome] = []
        heeded: list[Outcome] = []
        for rule in rules:
            own = list(rule.run(context, tuple(heeded)))
            found += own
            heeded += map(ignores.heed, own)
        errors = project.errors.items()
        return found, {path: (e.line, e.message, e.column) for path, e in errors}

    with beside(find) as result:
        following.prepare(context)  # type: ignore[attr-defined]
        found, errors = result()
    for path, error in errors.items():
        project.errors.setdefault(path, SourceError(path, *error))
    return found


def open_tree(root: Path, settings: Settings) -> Project:
    """The project's files, none of them read yet; those that are not there to read are noted."""
    found = discover((), root, exclude=settings.exclude)
    project = Project(found.files, lambda path: read(root, path))
    for error in found.problems:
        project.errors.setdefault(error.path, error)
    return project


def make_context(
    root: Path, catalogue: Catalogue, settings: Settings, project: Project | None = None
) -> Context:
    """Index the project and check the catalogue against it.

    Args:
        root: The project's root.
        catalogue: What is specific to the project.
        settings: Selected codes, excluded files.
        project: The project's files, if they are known already.

    Raises:
        CatalogueErrors: The catalogue does not fit the manager's real methods.
    """
    index = index_for(catalogue, project or open_tree(root, settings))
    context = context_of(index, catalogue, settings, _pyproject(root))
    if not catalogue.django.on_commit:
        return context
    django = find_django(root, management_directories(index.project.paths))
    robust, note = robust_of(catalogue.django, django)
    return replace(context, robust=robust, deferring=(note,) if note else ())


def index_for(catalogue: Catalogue, project: Project) -> ProjectIndex:
    """Index a project with what its catalogue says of it."""
    manager = catalogue.manager
    return index_project(
        project,
        manager=(manager.class_name or manager.object) if manager is not None else None,
        transport=catalogue.legacy.transport,
        clients=catalogue.legacy.clients,
        prefix=manager.prefix if manager is not None else "realtime_",
    )


def context_of(
    index: ProjectIndex, catalogue: Catalogue, settings: Settings, pyproject: str | None = None
) -> Context:
    """What the rules are given, once the catalogue is known to fit the manager.

    Args:
        index: The project.
        catalogue: What is specific to it.
        settings: Selected codes.
        pyproject: Text of the project's ``pyproject.toml``, for black's settings.

    Raises:
        CatalogueErrors: A call of the catalogue does not fit the method that it names.
    """
    signatures = {name: _signature(c) for name, c in index.emissions.contracts.items()}
    if signatures:
        errors = check_signatures(catalogue, signatures)
        if errors:
            raise CatalogueErrors(errors)
    return Context(index, catalogue, settings, black_settings(pyproject))


def assemble(
    context: Context, outcomes: Iterable[Outcome], files: Sequence[str] | None = None
) -> Plan:
    """Order the outcomes, turn overlapping edits into deferrals, add what could not be read."""
    outcomes = list(outcomes)
    changes, refused = _without_overlaps(
        sorted((o for o in outcomes if isinstance(o, Change)), key=_place)
    )
    deferrals = [o for o in outcomes if isinstance(o, Deferral)] + refused
    if context.settings.is_selected("PM901"):
        deferrals += _unreadable(context.index, files)
    kept = {change.key for change in changes}
    changes = [change for change in changes if kept.issuperset(change.requires)]
    project = context.index.project
    digests = {}
    for path in {path for change in changes for path in change.paths}:
        module = project.module(path)
        if module is not None:
            digests[path] = module.source.digest
    return Plan(
        tuple(changes),
        tuple(sorted(deferrals, key=_place)),
        len(project.paths) if files is None else len(files),
        digests,
        (*map(str, context.catalogue.warnings), *_on_deferring(context, changes)),
    )


def _on_deferring(context: Context, changes: Iterable[Change]) -> tuple[str, ...]:
    """Remarks on how calls are deferred, where any is."""
    written = (edit.replacement for change in changes for edit in change.edits)
    return context.deferring if any("on_commit(" in text for text in written) else ()


def _place(outcome: Outcome) -> tuple[Location, str]:
    return outcome.location, outcome.code


def _without_overlaps(changes: list[Change]) -> tuple[list[Change], list[Deferral]]:
    """Keep the first of two changes that touch the same text differently; defer the other.

    A change that needs others never takes their place.
    """
    kept: list[Change] = []
    refused: list[Deferral] = []
    taken: dict[str, list[tuple[Edit, Change]]] = {}
    for change in sorted(changes, key=lambda change: bool(change.requires)):
        clash = next(
            (
                other
                for edit in change.edits
                for known, other in taken.get(edit.path, ())
                if edit != known and edit.start < known.end and known.start < edit.end
            ),
            None,
        )
        if clash is not None:
            refused.append(
                Deferral(
                    change.code,
                    change.location,
                    change.title,
                    f"Its edit touches the same text as {clash.key}: apply that first, run again.",
                    change.symbol,
                )
            )
            continue
        kept.append(change)
        for edit in change.edits:
            taken.setdefault(edit.path, []).append((edit, change))
    return sorted(kept, key=_place), refused


def _look_for_broken(index: ProjectIndex, files: Sequence[str] | None) -> None:
    """Parse what could matter though no rule asked for it, so that a broken file is told of.

    Those are the files that the user named, and of a whole tree those that speak of the SDK; the
    rest cannot hold a finding, and reading all of it would cost more than all rules together.
    """
    if files is None or len(files) > MANY_FILES:
        index.project.modules_holding("pusher")
    else:
        for path in files:
            index.project.module(path)


def _unreadable(index: ProjectIndex, files: Sequence[str] | None) -> list[Deferral]:
    return [
        Deferral(
            "PM901",
            Location(path, error.line, error.column),
            "File could not be read or parsed",
            error.message[:1].upper() + error.message[1:] + ".",
        )
        for path, error in sorted(index.project.errors.items())
        if files is None or path in files
    ]


def _signature(contract: Contract) -> Signature:
    kinds = {
        "positional-only": ParameterKind.POSITIONAL_ONLY,
        "positional": ParameterKind.POSITIONAL,
        "keyword-only": ParameterKind.KEYWORD_ONLY,
        "var-positional": ParameterKind.VAR_POSITIONAL,
        "var-keyword": ParameterKind.VAR_KEYWORD,
    }
    parameters = tuple(
        Parameter(item.name, kinds[item.kind], item.has_default) for item in contract.parameters
    )
    node, module = contract.method.node, contract.method.module
    return Signature(contract.name, parameters, node.lineno, module.path)


def _pyproject(root: Path) -> str | None:
    try:
        return (root / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
