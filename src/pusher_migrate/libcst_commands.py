"""The passes as codemods for LibCST's own runner.

    python -m libcst.tool codemod -x pusher_migrate.libcst_commands.RewriteLegacyCalls --no-format \
        --jobs 1 PATH...

``--no-format``, because the runner else reformats each file as a whole. ``--jobs 1``, because a
plan is made from the whole project: with more jobs, some would read files that others are writing.

The runner knows neither undo nor changes that span files, and does not look at uncommitted work;
``pusher-migrate migrate`` does.
"""

from __future__ import annotations

import argparse
import multiprocessing
from functools import lru_cache
from pathlib import Path

import libcst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from pusher_migrate.cli.project import open_project, plan_project
from pusher_migrate.discover import find_project_root
from pusher_migrate.edits import apply_edits
from pusher_migrate.errors import PusherMigrateError
from pusher_migrate.model import Plan
from pusher_migrate.review import Mode, decide
from pusher_migrate.source import decode, encode


class RewriteLegacyCalls(CodemodCommand):
    """Rewrites legacy calls as ``pusher-migrate migrate --select PM1 --yes`` does.

    Args:
        context: The runner's; has to have a file name.
        unsafe: Whether changes that are for review are made too.
        catalogue: The catalogue's path, if it is not the project's own.
        codemod: Name of a catalogue that comes with the tool.
    """

    DESCRIPTION = "Rewrite legacy Pusher calls to calls of the notification manager."
    #: The codes that the pass is about, as ``--select`` takes them.
    CODES = ("PM1",)

    def __init__(
        self,
        context: CodemodContext,
        unsafe: bool = False,
        catalogue: str | None = None,
        codemod: str | None = None,
    ) -> None:
        super().__init__(context)
        self._mode = Mode.UNSAFE if unsafe else Mode.SAFE
        self._catalogue = catalogue
        self._codemod = codemod

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """Add the options of ``pusher-migrate migrate`` that make sense here."""
        arg_parser.add_argument(
            "--unsafe", action="store_true", help="Make the changes that are for review too."
        )
        arg_parser.add_argument("--catalogue", metavar="FILE", help="The catalogue's path.")
        arg_parser.add_argument(
            "--codemod", metavar="NAME", help="A catalogue that comes with pusher-migrate."
        )

    def transform_module_impl(self, tree: libcst.Module) -> libcst.Module:
        """The module after the pass; what is left alone is given as warnings.

        Raises:
            SkipFile: The file cannot be transformed here, and why.
        """
        if self.context.filename is None:
            reason = "standard input has no place in a project; give a file name"
            # Of a skipped file the runner tells the reason, of standard input only warnings.
            self.warn(reason)
            raise SkipFile(reason)
        if multiprocessing.parent_process() is not None:
            raise SkipFile("the plan needs the whole project to stand still; use --jobs 1")
        file = Path(self.context.filename)
        try:
            root = find_project_root([file])
            plan = _plan(root, self._catalogue, self._codemod, self.CODES)
            path = file.resolve().relative_to(root.resolve()).as_posix()
            return self._transformed(tree, plan, path)
        except PusherMigrateError as error:
            raise SkipFile(str(error)) from error

    def _transformed(self, tree: libcst.Module, plan: Plan, path: str) -> libcst.Module:
        for deferral in plan.deferrals:
            if deferral.location.path == path and deferral.actionable:
                self.warn(
                    f"{deferral.location}: {deferral.code} {deferral.title}: {deferral.reason}"
                )
        # Changes that span files cannot be made whole by a runner that goes file by file.
        alone = plan.only(change.key for change in plan.changes if change.paths == (path,))
        decision = decide(alone, self._mode)
        kept = alone.only(decision.kept)
        here = {change.key: change for change in plan.changes if path in change.paths}
        for key in here.keys() - {change.key for change in kept.changes}:
            reason = dict(decision.dropped).get(key, "also edits other files")
            self.warn(f"{here[key].location}: {here[key].code} not applied: {reason}")
        if not kept.changes:
            return tree
        source = decode(path, tree.bytes)
        if source.digest != plan.digests.get(path):
            raise SkipFile(
                "changed since the plan was made, or LibCST cannot give it back as it is"
            )
        text = apply_edits(source, (edit for change in kept.changes for edit in change.edits))
        return libcst.parse_module(encode(source, text), tree.config_for_parsing)


@lru_cache(maxsize=8)
def _plan(root: Path, catalogue: str | None, codemod: str | None, codes: tuple[str, ...]) -> Plan:
    """The plan of a whole project: made once, not once for each file."""
    named = Path(catalogue) if catalogue is not None else None
    project = open_project([root], catalogue=named, codemod=codemod, select=codes)
    return plan_project(project)
