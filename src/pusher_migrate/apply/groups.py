"""Which files have to be written together, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from pusher_migrate.model import Change


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are written all or none.

    Attributes:
        paths: Sorted.
        needs: Positions of the groups that have to be written before, in the tuple it came in.
    """

    paths: tuple[str, ...]
    needs: tuple[int, ...] = ()


def group_files(changes: Iterable[Change]) -> tuple[Group, ...]:
    """The files of some changes in groups, each group after those that it needs.

    A change that spans files binds them together. A change that requires one in another group makes
    its group need that one; groups that need each other become one.
    """
    changes = [change for change in changes if change.edits]
    leader = {path: path for change in changes for path in change.paths}

    def find(path: str) -> str:
        while leader[path] != path:
            leader[path] = leader[leader[path]]
            path = leader[path]
        return path

    def unite(paths: Iterable[str]) -> None:
        first, *others = paths
        for path in others:
            leader[find(path)] = find(first)

    for change in changes:
        unite(change.paths)
    home = {change.key: change.paths[0] for change in changes}
    while True:
        # Dictionaries rather than sets: the order has to be the same in every run.
        needs: dict[str, dict[str, None]] = {find(path): {} for path in sorted(leader)}
        for change in changes:
            here = find(home[change.key])
            for required in change.requires:
                if required in home and find(home[required]) != here:
                    needs[here][find(home[required])] = None
        try:
            order = list(TopologicalSorter(needs).static_order())
            break
        except CycleError as error:
            unite(error.args[1])
    position = {name: index for index, name in enumerate(order)}
    return tuple(
        Group(
            tuple(sorted(path for path in leader if find(path) == name)),
            tuple(sorted(position[other] for other in needs[name])),
        )
        for name in order
    )
