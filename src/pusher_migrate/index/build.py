"""The index as one value: everything that the rules may ask about a project."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pusher_migrate.index.code.project import Project
from pusher_migrate.index.sending.emissions import Emissions
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.values.evaluate import Evaluator


@dataclass(frozen=True, eq=False, slots=True)
class ProjectIndex:
    """What is known of one project.

    Attributes:
        project: Its files and modules.
        inference: Types of expressions.
        emissions: Who sends what, the manager's contract included.
    """

    project: Project
    inference: Inference
    emissions: Emissions

    @property
    def evaluator(self) -> Evaluator:
        """Static values of expressions."""
        return self.emissions.evaluator


def build_index(
    paths: Iterable[str],
    read: Callable[[str], bytes],
    *,
    manager: str | None = None,
    transport: Iterable[str] = (),
    clients: Iterable[str] = (),
    prefix: str = "realtime_",
) -> ProjectIndex:
    """Index files; the remaining arguments are those of `index_project`.

    Args:
        paths: All Python files, relative to the root.
        read: Gives the bytes of a path; raises SourceError when it cannot.
    """
    return index_project(
        Project(paths, read),
        manager=manager,
        transport=transport,
        clients=clients,
        prefix=prefix,
    )


def index_project(
    project: Project,
    *,
    manager: str | None = None,
    transport: Iterable[str] = (),
    clients: Iterable[str] = (),
    prefix: str = "realtime_",
) -> ProjectIndex:
    """Index a project; nothing is parsed that cannot matter.

    Args:
        project: Its files.
        manager: Dotted name of the manager object or class.
        transport: Globs over dotted names where ``trigger`` may stay.
        clients: Dotted names that are clients whatever the code says.
        prefix: What the names of the manager's methods start with.
    """
    inference = Inference(project)
    emissions = Emissions(inference, manager, transport, clients, prefix)
    return ProjectIndex(project, inference, emissions)
