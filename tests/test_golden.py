"""The golden cases: what the tool makes of `before` is what `after` holds, byte for byte.

``golden/rules/<rule>/<case>/`` has a ``case.toml`` (why, hand-typed counts, catalogue) and either
``before.py`` and ``after.py`` or the folders ``before/`` and ``after/``.
``pytest --update-golden -k CASE`` writes ``after`` anew; see ``conftest``. The counts and codes in
``case.toml`` are typed by hand and never written: a rule that stops matching stays visible.
"""

from __future__ import annotations

import ast
import shutil
import tomllib
from pathlib import Path

import pytest

from pusher_migrate import catalogue as catalogues
from pusher_migrate import edits as edit_tools
from pusher_migrate import source as sources
from pusher_migrate.config import make_settings
from pusher_migrate.model import Plan
from pusher_migrate.plan import build_plan

RULES = Path(__file__).parent.parent / "golden" / "rules"
BASE = RULES / "base"
CASES = sorted(path.parent for path in RULES.glob("*/*/case.toml"))
DEFAULT_FILE = "shop/views.py"


def case_id(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def lay_out(case: Path, part: str, target: Path) -> Path:
    """A copy of the base project with one side of a case in it."""
    shutil.copytree(BASE, target)
    folder = case / part
    if folder.is_dir():
        shutil.copytree(folder, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(case / f"{part}.py", target / DEFAULT_FILE)
    return target


def merged_catalogue(case: Path, root: Path) -> catalogues.Catalogue:
    """The base catalogue with the case's own tables in place of those of the same name."""
    path = root / "pusher-migrate.toml"
    own = tomllib.loads((case / "case.toml").read_text(encoding="utf-8")).get("catalogue", "")
    if own:
        tables = set(tomllib.loads(own))
        kept = [
            block
            for block in _blocks(path.read_text(encoding="utf-8"))
            if not tables & set(tomllib.loads(block))
        ]
        path.write_text("\n".join([*kept, own]), encoding="utf-8")
    return catalogues.load(path)


def _blocks(text: str) -> list[str]:
    blocks: list[str] = []
    for line in text.splitlines():
        if line.startswith("[") or not blocks:
            blocks.append("")
        blocks[-1] += line + "\n"
    return blocks


def plan_of(root: Path, catalogue: catalogues.Catalogue) -> Plan:
    return build_plan(root, None, catalogue, make_settings(root))


def applied(root: Path, plan: Plan) -> dict[str, bytes]:
    """The new content of each file that the plan changes."""
    result = {}
    for path in {path for change in plan.changes for path in change.paths}:
        source = sources.decode(path, (root / path).read_bytes())
        own = [edit for change in plan.changes for edit in change.edits if edit.path == path]
        text = edit_tools.apply_edits(source, own)
        ast.parse(text)
        result[path] = sources.encode(source, text)
    return result


def shown(plan: Plan) -> str:
    """The plan in short, for a failing assertion."""
    rows = [
        f"{'+'.join(c.codes)} {c.location} {c.applicability} {c.title} {c.review_reasons}"
        for c in plan.changes
    ]
    rows += [f"{d.code} {d.location} {d.reason}" for d in plan.deferrals]
    return "\n".join(rows)


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_golden(case: Path, tmp_path: Path, update_golden: bool) -> None:
    told = tomllib.loads((case / "case.toml").read_text(encoding="utf-8"))
    assert told["why"].strip(), "a case says why it is there"
    root = lay_out(case, "before", tmp_path / "before")
    catalogue = merged_catalogue(case, root)
    plan = plan_of(root, catalogue)

    counts = (len(plan.changes), len(plan.deferrals))
    assert counts == (told["edits"], told["skips"]), shown(plan)
    codes = sorted([c for x in plan.changes for c in x.codes] + [d.code for d in plan.deferrals])
    assert codes == sorted(told["codes"]), shown(plan)
    for part in told.get("reasons", ()):
        reasons = [r for x in plan.changes for r in (x.reason, *x.review_reasons)]
        reasons += [d.reason for d in plan.deferrals]
        assert any(part in reason for reason in reasons), f"{part!r} not in:\n{shown(plan)}"
    review = [c for c in plan.changes if c.applicability != "safe"]
    assert len(review) == told.get("review", 0), shown(plan)

    outputs = applied(root, plan)
    for path, content in outputs.items():
        (root / path).write_bytes(content)
    if update_golden:
        _update(case, root, outputs)
        pytest.fail(f"{case_id(case)}: after was written anew; read the diff before you commit it")
    expected = lay_out(case, "after", tmp_path / "after")
    for path in sorted(p.relative_to(root) for p in root.rglob("*.py")):
        assert (root / path).read_bytes() == (expected / path).read_bytes(), path

    again = plan_of(root, catalogue)
    assert not again.changes, f"a second run changes something:\n{shown(again)}"


def _update(case: Path, root: Path, outputs: dict[str, bytes]) -> None:
    if not (case / "before").is_dir():
        shutil.copyfile(root / DEFAULT_FILE, case / "after.py")
        return
    shutil.rmtree(case / "after", ignore_errors=True)
    shutil.copytree(case / "before", case / "after")
    for path, content in outputs.items():
        target = case / "after" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
