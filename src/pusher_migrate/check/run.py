"""Check a project, or some files of it, for findings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pusher_migrate.cache import Cache, key_of
from pusher_migrate.check import shortcut
from pusher_migrate.config import Settings
from pusher_migrate.discover import read
from pusher_migrate.errors import SourceError

if TYPE_CHECKING:
    from pusher_migrate.catalogue import Catalogue
    from pusher_migrate.check.finding import Finding
    from pusher_migrate.index.code.project import Project
    from pusher_migrate.index.sending.emissions import Emissions

#: What is looked for unless something else is selected; PM902 is about comments on the rest.
DEFAULT = ("PM1", "PM902")

#: Follows from changes that a check does not make.
_NEVER = "PM105"
_ABOUT_CALLS = ("PM1", "PM9")


@dataclass(frozen=True, slots=True)
class Request:
    """What to check.

    Attributes:
        root: Absolute path of the project's root.
        catalogue: What is specific to the project.
        settings: The codes to look for, and the files to leave out.
        files: The files to report on, relative to the root; None for all.
        overlay: Content that counts in place of a file's own, by path.
        problems: What was named and could not be looked at.
        plain: Whether the command line says nothing but what to look at, so that what was learnt
            holds for the next one like it.
    """

    root: Path
    catalogue: Catalogue
    settings: Settings
    files: tuple[str, ...] | None = None
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[SourceError, ...] = ()
    plain: bool = False

    def read(self, path: str) -> bytes:
        """The bytes of a file.

        Raises:
            SourceError: It cannot be read.
        """
        given = self.overlay.get(path)
        return read(self.root, path) if given is None else given


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Attributes:
        findings: In path and line order, suppressed ones and unreadable files among them.
        files: How many files were looked at.
        looked_at: Their paths; None for all of the project.
        clean_alone: What to say of files that were looked at on their own and are clean.
    """

    findings: tuple[Finding, ...]
    files: int
    looked_at: frozenset[str] | None = None
    clean_alone: str = ""


class _Listed(NamedTuple):
    """The files of a project, and what could not be looked for."""

    paths: frozenset[str]
    problems: tuple[SourceError, ...]


def check(request: Request, cache: Cache) -> Report:
    """Find what is selected.

    Files that are named are looked at on their own first, with what they import. When something may
    be in them, the whole project decides what it is, so that a finding is the same one whichever
    files are named.

    Raises:
        CatalogueErrors: The catalogue does not fit the manager's real methods.
    """
    report = _check(request, cache)
    if not request.problems:
        return report
    from pusher_migrate.check.finding import unreadable

    seen = {item.location.path for item in report.findings if item.code == "PM901"}
    more = [unreadable(error) for error in request.problems if error.path not in seen]
    return replace(report, findings=(*report.findings, *more), clean_alone="")


def clean_report(request: Request) -> Report | None:
    """The report on a project that can hold no call of a client, as its bytes show, or None.

    It takes no catalogue to see that.
    """
    if not _only_calls(request.settings):
        return None
    tree = _open(request, _listed(request))
    return Report((), len(tree.paths)) if _is_clean(tree) else None


def _check(request: Request, cache: Cache) -> Report:
    files = request.files
    if files is not None and _only_calls(request.settings):
        known = _Known.load(cache)
        suspects = [path for path in files if _may_matter(request, path, known)]
        if not _sites(request, suspects, known):
            _keep(request, cache, known)
            said = shortcut.clean_text(len(files), known.names is not None)
            return Report((), len(files), frozenset(files), said)
    report = _check_whole(request, cache)
    if files is None:
        return report
    looked_at = frozenset(files)
    found = tuple(item for item in report.findings if item.location.path in looked_at)
    return Report(found, len(files), looked_at)


# --- Files on their own ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """What the last look at the whole project has taught.

    Attributes:
        names: Of the functions that send for their callers; None when nobody has looked.
        paths: The files that hold them.
    """

    names: tuple[bytes, ...] | None = None
    paths: tuple[str, ...] = ()

    @staticmethod
    def load(cache: Cache) -> _Known:
        value = cache.get(_KNOWN, key_of((_KNOWN,)))
        match value:
            case {"names": [*names], "paths": [*paths]}:
                return _Known(tuple(str(name).encode() for name in names), tuple(map(str, paths)))
        return _Known()

    def save(self, cache: Cache) -> None:
        if self.names is not None and self != _Known.load(cache):
            names = [name.decode() for name in self.names]
            cache.put(_KNOWN, key_of((_KNOWN,)), {"names": names, "paths": self.paths})


_KNOWN = "functions-that-send"


def _only_calls(settings: Settings) -> bool:
    return all(code.startswith(_ABOUT_CALLS) for code in settings.enabled)


def _may_matter(request: Request, path: str, known: _Known) -> bool:
    try:
        return shortcut.may_matter(request.read(path), known.names)
    except SourceError:
        return True


def _sites(request: Request, suspects: Sequence[str], known: _Known) -> bool:
    """Whether files hold something, or something that only the whole project can tell."""
    if not suspects:
        return False
    from pusher_migrate.discover import discover
    from pusher_migrate.index.code.project import Project
    from pusher_migrate.plan import index_for

    for path in suspects:
        try:
            if shortcut.MARK in request.read(path):
                return True  # Whether the comment hides anything is for the whole project to say.
        except SourceError:
            return True
    listed = discover((), request.root, exclude=request.settings.exclude).files
    paths = {*listed, *suspects}
    manager = request.catalogue.manager
    around = {path for path in known.paths if path in paths}
    if manager is not None:
        place = Project(paths, request.read).find_module(manager.object.rpartition(".")[0])
        around |= {place} if place is not None else set()
    project = Project(paths, request.read, search={*suspects, *around})
    emissions = index_for(request.catalogue, project).emissions
    places = {item.module.path for item in emissions.emissions if item.system == "legacy"}
    places |= {item.module.path for item in emissions.shadowed}
    places |= {item.module.path for item in emissions.unresolved}
    return not (places | project.errors.keys()).isdisjoint(suspects)


def _keep(request: Request, cache: Cache, known: _Known) -> None:
    """Leave what `shortcut` needs, when it may answer for this project."""
    if not (cache.enabled and request.plain and request.catalogue.path):
        return
    path, root = Path(request.catalogue.path), str(request.root)
    own = os.path.realpath(path.parent) == os.path.realpath(root)
    if own and path.name in shortcut.FINDABLE and _only_calls(request.settings):
        content = shortcut.packed(known.names, shortcut.configuration(root))
        if cache.read(shortcut.NAME) != content:
            cache.write(shortcut.NAME, content)


# --- The whole project -------------------------------------------------------------------------


def _check_whole(request: Request, cache: Cache) -> Report:
    """All findings of the project, named files that are otherwise left out included."""
    listed = _listed(request)
    tree = _open(request, listed)
    count = len(tree.paths if request.files is None else request.files)
    if _only_calls(request.settings) and _is_clean(tree):
        _learn(request, cache, _Known(()))
        return Report((), count)
    if request.overlay:
        # Nobody could find the answer again.
        findings, known = _find(request, tree)
    else:
        findings, known = _recall(request, listed, tree, cache)
    _learn(request, cache, known)
    return Report(findings, count)


def _recall(
    request: Request, listed: _Listed, tree: Project, cache: Cache
) -> tuple[tuple[Finding, ...], _Known]:
    """As `_find`, from the cache where it is there.

    What was read so far counts for the key, and what is found is found in that; only the second key
    looks at the disk again.
    """
    from pusher_migrate.check.finding import Finding
    from pusher_migrate.index.code.project import Project

    def at_hand(path: str) -> bytes:
        raw = tree.raw(path)
        if path in tree.errors:
            raise tree.errors[path]
        return raw

    def make() -> tuple[tuple[Finding, ...], tuple[str, ...], tuple[str, ...]]:
        # What was searched in the tree was searched before the key was made.
        fresh = Project(tree.paths, at_hand)
        fresh.errors.update((error.path, error) for error in listed.problems)
        findings, known = _find(request, fresh)
        return findings, tuple(name.decode() for name in known.names or ()), known.paths

    findings, names, paths = cache.remember(
        "check",
        tuple[tuple[Finding, ...], tuple[str, ...], tuple[str, ...]],
        make,
        key=lambda: _key(request, listed, at_hand),
        again=lambda: _key(request, _listed(request), request.read),
    )
    return findings, _Known(tuple(name.encode() for name in names), paths)


def _key(request: Request, listed: _Listed, read: Callable[[str], bytes]) -> str:
    """Of everything that the answer depends on."""
    from pusher_migrate.inputs import all_of, tree_key

    enabled = sorted(request.settings.enabled)
    asked = (all_of(request.catalogue), enabled, listed.problems)
    return tree_key(request.root, listed.paths, read, asked)


def _listed(request: Request) -> _Listed:
    from pusher_migrate.discover import discover

    found = discover((), request.root, exclude=request.settings.exclude)
    paths = frozenset((*found.files, *(request.files or ()), *request.overlay))
    return _Listed(paths, found.problems)


def _open(request: Request, listed: _Listed) -> Project:
    from pusher_migrate.index.code.project import Project

    tree = Project(listed.paths, request.read)
    for error in listed.problems:
        tree.errors.setdefault(error.path, error)
    return tree


def _is_clean(tree: Project) -> bool:
    """Whether the bytes of all files show that nothing is there to be found."""
    from pusher_migrate.index.code import sdk

    named = tree.holding(*sdk.WORDS) and any(
        sdk.NAMED.search(tree.raw(path)) for path in tree.holding(*sdk.METHODS)
    )
    return not (named or tree.holding(shortcut.MARK.decode()) or tree.errors)


def _find(request: Request, tree: Project) -> tuple[tuple[Finding, ...], _Known]:
    from pusher_migrate.check.finding import findings_of
    from pusher_migrate.ignores import Ignores
    from pusher_migrate.plan import make_context, plan_in

    settings = replace(request.settings, enabled=request.settings.enabled - {_NEVER})
    context = make_context(request.root, request.catalogue, settings, tree)
    # Nobody sees the edits of a check, and black takes longer to import than all else takes.
    context = replace(context, black=replace(context.black, enabled=False))
    ignores = Ignores(tree)
    plan = plan_in(context, None, ignores)
    if settings.is_selected("PM902"):
        judged = request.settings.is_selected
        plan = replace(plan, deferrals=(*plan.deferrals, *ignores.unused(judged)))
    return findings_of(plan, tree), _known_from(context.index.emissions)


def _known_from(emissions: Emissions) -> _Known:
    """The functions that send for their callers, under all names by which they are called."""
    from pusher_migrate.index.calls.invocations import last_name

    wrappers = emissions.wrappers.values()
    names = {getattr(wrapper.node, "name", "") for wrapper in wrappers}
    for wrapper in wrappers:
        names |= {last_name(use.target) for use in emissions.callers_of(wrapper)}
    paths = {wrapper.module.path for wrapper in wrappers}
    return _Known(tuple(sorted(name.encode() for name in names if name)), tuple(sorted(paths)))


def _learn(request: Request, cache: Cache, known: _Known) -> None:
    if not request.overlay:
        known.save(cache)
        _keep(request, cache, known)
