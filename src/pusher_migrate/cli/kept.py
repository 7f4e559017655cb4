"""The plan of a project that has not changed, without planning again."""

from __future__ import annotations

from pusher_migrate.cache import Cache
from pusher_migrate.cli.project import Project, plan_project
from pusher_migrate.inputs import all_of, answer_key
from pusher_migrate.model import Plan


def kept_plan(project: Project, quiet: bool, caching: bool) -> Plan:
    """As `plan_project`, from the cache where the plan is there.

    What is applied is safe all the same: nobody writes to a file that is not what the plan's
    digests say.

    Args:
        project: What to plan.
        quiet: Whether no progress is shown.
        caching: False for ``--no-cache``.

    Raises:
        PusherMigrateError: The plan cannot be made.
    """
    settings = project.settings

    def key() -> str:
        asked = (
            all_of(project.catalogue),
            sorted(settings.enabled),
            settings.fix_tests,
            project.files,
            project.problems,
            project.notes,
        )
        return answer_key(project.root, settings.exclude, asked)

    return Cache(project.root, enabled=caching).remember(
        "plan", Plan, lambda: plan_project(project, quiet), key
    )
