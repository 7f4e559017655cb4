"""Calls that were moved to a written method send what they sent before, byte for byte.

Seen at the boundary to HTTP, with the real SDK, Django and database: what the SDK hands over to its
backend, for every golden case of the rule and for the sample project, before and after.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pusher_migrate import catalogue as catalogues
from pusher_migrate.config import make_settings
from pusher_migrate.model import Location
from pusher_migrate.plan import make_context
from pusher_migrate.scaffold.proposal import Proposal, propose

from ..test_golden import BASE, CASES, applied, case_id, lay_out, plan_of, shown

pytestmark = pytest.mark.slow

APP = Path(__file__).resolve().parents[2] / "golden" / "apps" / "hotelmate" / "before"
CODEMOD = APP.parents[3] / "codemods" / "hotelmate.toml"
WORKER = Path(__file__).with_name("boundary.py")

# What the plan says is for review is not the same: the envelope, and a key that is left out.
ENVELOPE = "envelope_of_manager"
OTHER_ORDER = "optional_key"

Request = tuple[str, dict[str, Any]]


def scaffolded() -> list[Path]:
    """The cases in which something is changed, and whose projects can run."""
    found = []
    for case in CASES:
        changed = (case / "after").is_dir() and any(
            path.read_bytes() != (case / "before" / path.relative_to(case / "after")).read_bytes()
            for path in (case / "after").rglob("*.py")
            if (case / "before" / path.relative_to(case / "after")).exists()
        )
        if case.parent.name == "scaffold" and changed:
            found.append(case)
    return found


@pytest.fixture(scope="module")
def boundary() -> Iterator[Boundary]:
    """Runs projects."""
    with Boundary() as running:
        yield running


class Boundary:
    """The program that runs projects and says what they send; see ``boundary``."""

    def __enter__(self) -> Boundary:
        self._process = subprocess.Popen(
            [sys.executable, WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.communicate(timeout=60)

    def sent(self, root: Path, kind: str = "shop") -> list[Request]:
        """The requests of a project, in order."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"root": str(root), "kind": kind}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return [(path, body) for path, body in answer["sent"]]


def migrate(project: Path) -> None:
    """Apply what the rule offers for the sample project, by the real program."""
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "before"]):
        subprocess.run(["git", "-c", "user.name=T", "-c", "user.email=t@t", *command], cwd=project)
    options = ["--codemod", "hotelmate", "--select", "PM107", "--yes"]
    run = subprocess.run(
        [sys.executable, "-m", "pusher_migrate", "migrate", *options],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert "def realtime_room_deleted(" in (
        project / "notifications" / "notification_manager.py"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", scaffolded(), ids=case_id)
def test_the_wire_is_the_same(case: Path, boundary: Boundary, tmp_path: Path) -> None:
    before = boundary.sent(lay_out(case, "before", tmp_path / "before"))
    after = boundary.sent(lay_out(case, "after", tmp_path / "after"))
    assert before, "the case sends something"
    if case.name == ENVELOPE:
        assert [payload(request) for request in before] == [
            payload(request)["payload"] for request in after
        ]
        assert [target(request) for request in before] == [target(request) for request in after]
    elif case.name == OTHER_ORDER:
        assert before[:2] == after[:2]
        assert [payload(request) for request in before] == [payload(request) for request in after]
    else:
        assert before == after


def test_the_sample_project_sends_the_same(boundary: Boundary, tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3")
    project = shutil.copytree(APP, tmp_path / "hotelmate", ignore=ignored)
    before = boundary.sent(project, "hotelmate")
    assert [target(request)[0] for request in before] == ["room_deleted", "room_assigned"]
    migrate(project)
    assert before == boundary.sent(project, "hotelmate")


def test_no_legacy_call_of_the_sample_project_is_left_without_a_reason(tmp_path: Path) -> None:
    project = shutil.copytree(APP, tmp_path / "p", ignore=shutil.ignore_patterns("__pycache__"))
    catalogue = catalogues.load(CODEMOD)
    assert len(legacy_calls(project, catalogue)) == 7
    for path, content in applied(project, plan_of(project, catalogue)).items():
        (project / path).write_bytes(content)
    left = legacy_calls(project, catalogue)
    again = plan_of(project, catalogue)
    told = {d.location for d in again.deferrals if d.code in ("PM102", "PM104", "PM107")}
    assert left <= told
    assert not left & {change.location for change in again.changes}


def legacy_calls(project: Path, catalogue: catalogues.Catalogue) -> set[Location]:
    index = make_context(project, catalogue, make_settings(project)).index
    legacy = [e for e in index.emissions.emissions if e.system == "legacy"]
    return {e.module.source.location(e.call) for e in legacy}


# --- Generated programs ---

IDS = ["order.id", "order.pk", "order.store.id", "order.store_id", "shelf.id", "courier.id"]
TEXTS = ["order.status", "order.note", "order.store.name", "shelf.label", "order.shelf.label"]
TEXTS += ["note", "label", "request.user.username", 'request.POST["note"]', "KIND", "'x'"]
TEXTS += ["label_of(order)", "courier.name", "request.user.get_full_name()"]
OTHERS = ["count", "flag", "shelf.stock", "None", "True", "1.5", "-3", "kinds"]
OTHERS += ["timezone.now().isoformat()", "[o.id for o in others]", "next_number()"]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    """A payload value."""
    if depth == 0:
        return draw(st.sampled_from(IDS + TEXTS + OTHERS[:7]))
    inner = expressions(depth=depth - 1)
    text = draw(st.sampled_from(TEXTS))
    match draw(st.integers(0, 11)):
        case 0:
            return f'f"{{{draw(st.sampled_from(IDS))}}}-{{{text.replace(chr(34), chr(39))}!s:>4}}"'
        case 1:
            return f"({draw(inner)} if flag else {draw(inner)})"
        case 2:
            return f"[{draw(inner)}, {draw(inner)}]"
        case 3:
            return f'{{"k": {draw(inner)}, "other": {draw(inner)}}}'
        case 4:
            return f"str({text}).upper()"
        case 5:
            return f"({draw(inner)} or {draw(inner)})"
        case 6:
            return f"len({text})"
        case 7:
            return f"({text} == {draw(st.sampled_from(TEXTS))})"
        case 8:
            return f'"%s/%s" % ({draw(st.sampled_from(IDS))}, {text})'
        case 9:
            return draw(st.sampled_from(["[o.id for o in kinds]", "sorted(kinds)", "not flag"]))
        case 10:
            return f'dict(a={draw(inner)})["a"]'
    return draw(st.sampled_from(IDS + TEXTS + OTHERS))


CHANNELS = [
    'f"store-{order.store.id}"',
    '"store-%s" % order.store_id',
    '"store-{}-{}".format(order.store.pk, shelf.id)',
    "channel",
    '"store-all"',
    '"store-" + str(courier.id)',
    'f"store-{request.user.id}"',
]
SUITES = [
    "{call}",
    "if flag:\n    {call}",
    "try:\n    {call}\nexcept Exception as error:\n    raise error",
    "for other in others:\n    {call}",
    "order.note = 'changed'\n{call}",
    "with transaction.atomic():\n    {call}",
]


@st.composite
def views(draw: st.DrawFn) -> str:
    """A function that sends one event."""
    keys = draw(st.lists(st.sampled_from(list("abcdefg")), min_size=1, max_size=5, unique=True))
    pairs = [(key, draw(expressions())) for key in keys]
    literal = "{" + ", ".join(f'"{key}": {value}' for key, value in pairs) + "}"
    steps = ""
    match draw(st.integers(0, 4)):
        case 0:
            steps = f"payload = {literal}\n"
            payload = "payload"
        case 1:
            half = len(pairs) // 2
            first = ", ".join(f'"{key}": {value}' for key, value in pairs[:half])
            steps = f"payload = {{{first}}}\n"
            steps += "".join(f'payload["{key}"] = {value}\n' for key, value in pairs[half:])
            payload = "payload"
        case 2:
            payload = "dict(" + ", ".join(f"{key}={value}" for key, value in pairs) + ")"
        case 3:
            steps = f"base = {literal}\n"
            payload = '{**base, "z": order.id}'
        case _:
            payload = literal
    call = f'pusher_client.trigger({draw(st.sampled_from(CHANNELS))}, "order-packed", {payload})'
    body = steps + draw(st.sampled_from(SUITES)).format(call=call)
    return body


def program(bodies: list[str]) -> str:
    text = (
        "from django.db import transaction\nfrom django.utils import timezone\n\n"
        "from realtime.client import pusher_client\n"
        "from shop.labels import KIND, label_of, next_number\n"
        "from shop.models import Courier, Order, Shelf\n"
    )
    for number, body in enumerate(bodies):
        indented = "\n".join(f"    {line}" for line in body.splitlines())
        text += (
            f"\n\ndef view_{number}(request, pk):\n"
            "    order = Order.objects.get(pk=pk)\n"
            "    shelf = Shelf.objects.get(pk=pk)\n"
            "    courier = Courier.objects.get(pk=pk)\n"
            '    note = request.POST["note"]\n'
            "    flag = bool(note)\n"
            "    count = len(note)\n"
            '    label = f"{order.status}: {note}"\n'
            "    others = list(Order.objects.all())\n"
            "    kinds = [1, 2]\n"
            '    channel = f"store-{order.store.id}"\n'
            f"{indented}\n"
        )
    return text


LABELS = """KIND = "parcel"
numbers = [0]


def label_of(order):
    return f"{order.id}: {order.note}".strip()


def next_number():
    numbers.append(numbers[-1] + 1)
    return numbers[-1]
"""


EVERYTHING = (
    "realtime_order_packed(order, shelf, courier, note=note, flag=flag, count=count, label=label, "
    "kinds=kinds, others=others, username=request.user.username)"
)


def catalogue_for(root: Path, everything: bool) -> catalogues.Catalogue:
    """The base catalogue with an entry for the program's calls.

    Its call is the one that is proposed, or one that passes all that there is, so that as much as
    can be is computed in the method.
    """
    path = root / "pusher-migrate.toml"
    if everything:
        types = ", ".join(
            f'{name.lower()} = "shop.{name}"' for name in ("Order", "Shelf", "Courier")
        )
        return with_entry(path, EVERYTHING, types)
    index = make_context(root, catalogues.load(path), make_settings(root)).index
    sites = [(e, e.sends[0]) for e in index.emissions.emissions if e.system == "legacy"]
    proposal = propose(index, sites)
    if isinstance(proposal, Proposal):
        types = ", ".join(f'{name} = "{model}"' for name, model in proposal.types)
        return with_entry(path, str(proposal.call), types)
    return catalogues.load(path)


def with_entry(path: Path, call: str, types: str) -> catalogues.Catalogue:
    path.write_text(
        path.read_text(encoding="utf-8")
        + '\n[[event]]\nevent = "order-packed"\nchannel = "*"\nscaffold = true\n'
        + f"call = {json.dumps(call)}\ntypes = {{ {types} }}\n",
        encoding="utf-8",
    )
    return catalogues.load(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(views(), min_size=1, max_size=2), st.booleans())
def test_generated_calls_send_the_same(
    boundary: Boundary,
    tmp_path_factory: pytest.TempPathFactory,
    bodies: list[str],
    everything: bool,
) -> None:
    root = tmp_path_factory.mktemp("generated") / "project"
    shutil.copytree(BASE, root)
    (root / "shop" / "views.py").write_text(program(bodies), encoding="utf-8")
    (root / "shop" / "labels.py").write_text(LABELS, encoding="utf-8")
    catalogue = catalogue_for(root, everything)
    plan = plan_of(root, catalogue)
    rewritten = {c.location for c in plan.changes if c.code == "PM107"}
    event(f"everything {everything}: {len(rewritten)} of {len(bodies)} calls moved")
    told = rewritten | {d.location for d in plan.deferrals if d.code != "PM105"}
    assert len(told) == len(bodies), shown(plan)
    assert all(deferral.reason for deferral in plan.deferrals)
    # What is for review may differ, and says how: a key that is None, or in another place.
    safe = plan.only(change.key for change in plan.changes if change.applicability == "safe")
    before = outcome(boundary, root)
    for path, content in applied(root, safe).items():
        (root / path).write_bytes(content)
    assert outcome(boundary, root) == before
    again = plan_of(root, catalogue)
    left = {c.code for c in again.changes if c.applicability == "safe" and not c.requires}
    assert not left, shown(again)


def outcome(boundary: Boundary, root: Path) -> object:
    """What is sent, or the error that a generated program ends with."""
    try:
        return boundary.sent(root)
    except AssertionError as error:
        return str(error)


def target(request: Request) -> tuple[str, list[str]]:
    """Event and channels."""
    body = json.loads(request[1])
    return body["name"], body["channels"]


def payload(request: Request) -> Any:
    """What subscribers get."""
    return json.loads(json.loads(request[1])["data"])
