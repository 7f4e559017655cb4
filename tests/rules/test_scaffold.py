"""Writing the manager methods that are missing (PM107), beyond what the golden cases show."""

from __future__ import annotations

import ast
import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pusher_migrate import catalogue as catalogues
from pusher_migrate.config import make_settings
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.sending.contracts import Emission, Send
from pusher_migrate.model import Plan
from pusher_migrate.plan import build_plan, make_context
from pusher_migrate.scaffold.proposal import Proposal, propose, sent_together
from pusher_migrate.syntax.layout import Refusal

from ..test_golden import BASE, applied, plan_of, shown

IMPORTS = """\
from django.shortcuts import get_object_or_404
from django.utils import timezone

from realtime.client import pusher_client
from shop.models import Courier, Order, Shelf
"""
ENTRY = """
[[event]]
event = "order-packed"
channel = "store-*"
call = "realtime_order_packed(order, by={payload.by})"
scaffold = true
"""
PACK = """

def pack_{n}(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(
        f"store-{{order.store.id}}", "order-packed", {{"order_id": order.id, "by": request.user.id}}
    )
"""


def project(root: Path, views: str, entries: str = "") -> Path:
    """The golden cases' base with these views and these further entries of the catalogue."""
    shutil.copytree(BASE, root)
    (root / "shop" / "views.py").write_text(IMPORTS + views, encoding="utf-8")
    path = root / "pusher-migrate.toml"
    path.write_text(path.read_text(encoding="utf-8") + entries, encoding="utf-8")
    return root


def planned(root: Path) -> Plan:
    return plan_of(root, catalogues.load(root / "pusher-migrate.toml"))


def apply_to(root: Path, plan: Plan) -> None:
    for path, content in applied(root, plan).items():
        (root / path).write_bytes(content)


def codes(plan: Plan) -> list[str]:
    return [change.code for change in plan.changes if change.code != "PM105"]


# --- Method and calls -----------------------------------------------------------------------------


def test_nothing_is_written_for_an_event_that_nobody_sends(tmp_path: Path) -> None:
    plan = planned(project(tmp_path / "p", "\n\ndef idle(request):\n    pass\n", ENTRY))
    assert (plan.changes, plan.deferrals) == ((), ())


def test_method_and_call_are_one_change(tmp_path: Path) -> None:
    plan = planned(project(tmp_path / "p", PACK.format(n=1), ENTRY))
    (change,) = (change for change in plan.changes if change.code == "PM107")
    assert change.paths == ("notifications/manager.py", "shop/views.py")
    assert "realtime_order_packed(order, by)" in change.title
    assert change.effect.before == change.effect.after
    assert [wire.keys for wire in change.effect.after] == [("order_id", "by")]


@pytest.mark.parametrize("chosen", [c for n in (1, 2) for c in itertools.combinations(range(3), n)])
def test_calls_of_one_method_can_be_taken_in_any_order(
    tmp_path: Path, chosen: tuple[int, ...]
) -> None:
    views = "".join(PACK.format(n=number) for number in range(3))
    root = project(tmp_path / "p", views, ENTRY)
    plan = planned(root)
    keys = [change.key for change in plan.changes if change.code == "PM107"]
    assert len(keys) == 3
    apply_to(root, plan.only(keys[number] for number in chosen))
    manager = (root / "notifications" / "manager.py").read_text(encoding="utf-8")
    assert manager.count("def realtime_order_packed(") == 1
    # Those that were not taken move to the method that is there now.
    again = planned(root)
    assert codes(again) == ["PM101"] * (3 - len(chosen)), shown(again)
    assert {change.applicability for change in again.changes} == {"safe"}
    apply_to(root, again)
    views = (root / "shop" / "views.py").read_text(encoding="utf-8")
    assert "pusher_client" not in views
    assert views.count("notifier.realtime_order_packed(order, by=request.user.id)") == 3
    assert not planned(root).changes


def test_findings_of_one_file_only_still_write_the_method(tmp_path: Path) -> None:
    root = project(tmp_path / "p", PACK.format(n=1), ENTRY)
    catalogue = catalogues.load(root / "pusher-migrate.toml")
    plan = build_plan(root, ["shop/views.py"], catalogue, make_settings(root))
    (change,) = (change for change in plan.changes if change.code == "PM107")
    assert "notifications/manager.py" in change.paths


def test_two_methods_that_need_one_module_can_be_taken_alone_or_both(tmp_path: Path) -> None:
    views = """from shop.labels import FIRST, SECOND


def a(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(f"store-{order.store.id}", "a", {"id": order.id, "x": FIRST})


def b(request, pk):
    order = get_object_or_404(Order, pk=pk)
    pusher_client.trigger(f"store-{order.store.id}", "b", {"id": order.id, "x": SECOND})
"""
    entries = "".join(
        f'\n[[event]]\nevent = "{name}"\ncall = "realtime_order_{name}(order)"\nscaffold = true\n'
        for name in ("a", "b")
    )
    for chosen in ([0], [1], [0, 1]):
        root = project(tmp_path / f"p{chosen}", views, entries)
        (root / "shop" / "labels.py").write_text("FIRST = 1\nSECOND = 2\n", encoding="utf-8")
        plan = planned(root)
        keys = [change.key for change in plan.changes if change.code == "PM107"]
        apply_to(root, plan.only(keys[number] for number in chosen))
        tree = ast.parse((root / "notifications" / "manager.py").read_text(encoding="utf-8"))
        bound = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert {"FIRST", "SECOND"} & read == {["FIRST", "SECOND"][number] for number in chosen}
        assert {"FIRST", "SECOND"} & read <= bound


def test_the_program_writes_the_method_once_and_exits_as_documented(tmp_path: Path) -> None:
    root = project(tmp_path / "p", PACK.format(n=1), ENTRY)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "before"]):
        subprocess.run(["git", *command], cwd=root, check=True)

    def migrate(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pusher_migrate", "migrate", *options]
        return subprocess.run(command, cwd=root, capture_output=True, text=True)

    shown_only = migrate("--diff", "--select", "PM107")
    assert shown_only.returncode == 0, shown_only.stderr
    assert "+    def realtime_order_packed(self, order, by):" in shown_only.stdout
    assert "+    notifier.realtime_order_packed(order, by=request.user.id)" in shown_only.stdout
    assert "def realtime_order_packed" not in (root / "notifications" / "manager.py").read_text()
    written = migrate("--yes", "--select", "PM107")
    assert written.returncode == 0, written.stderr
    manager = (root / "notifications" / "manager.py").read_text(encoding="utf-8")
    assert manager.count("def realtime_order_packed(") == 1
    subprocess.run(["git", "commit", "-qam", "after"], cwd=root, check=True)
    again = migrate("--yes")
    assert "Traceback" not in again.stderr
    assert (root / "notifications" / "manager.py").read_text(encoding="utf-8") == manager


def test_a_method_that_is_async_is_left_to_a_person(tmp_path: Path) -> None:
    root = project(tmp_path / "p", PACK.format(n=1), ENTRY)
    manager = root / "notifications" / "manager.py"
    text = manager.read_text(encoding="utf-8").replace(
        "    def realtime_", "    async def realtime_"
    )
    manager.write_text(text, encoding="utf-8")
    (deferral,) = planned(root).deferrals
    assert (deferral.code, "coroutines" in deferral.reason) == ("PM107", True)


@pytest.mark.parametrize(
    "body",
    [
        # rebound, extended, wrapped, sent under another name, with a key too many
        "        channel = channel.lower()\n"
        "        pusher_client.trigger(channel, event, payload)\n",
        "        payload.update(sent=1)\n        pusher_client.trigger(channel, event, payload)\n",
        '        pusher_client.trigger(channel, event, {"data": payload})\n',
        '        pusher_client.trigger(channel, f"v2-{event}", payload)\n',
        "        pusher_client.trigger(channel, event, dict(payload, sent=1))\n",
        "        pusher_client.trigger(channel, event, json.dumps(payload))\n",
        "        fill(payload)\n        pusher_client.trigger(channel, event, payload)\n",
    ],
)
def test_a_helper_that_changes_what_it_is_given_is_no_transport(tmp_path: Path, body: str) -> None:
    root = project(tmp_path / "p", PACK.format(n=1), ENTRY)
    manager = root / "notifications" / "manager.py"
    text = manager.read_text(encoding="utf-8")
    start = text.index("        try:")
    end = text.index("    # --- Orders")
    changed = "import json\n" + text[:start] + body + "\n" + text[end:]
    ast.parse(changed)
    manager.write_text(changed, encoding="utf-8")
    plan = planned(root)
    (deferral,) = plan.deferrals
    assert not plan.changes, shown(plan)
    assert "_send" in deferral.reason and "just as they are" in deferral.reason


@pytest.mark.parametrize(
    "body",
    [
        "        logger.info('%s %s', channel, payload)\n"
        "        pusher_client.trigger(channel, event, payload)\n",
        "        if not event:\n            return\n"
        "        pusher_client.trigger(channels=channel, event_name=event, data=payload)\n",
        "        pusher_client.trigger([channel], event, payload)\n",
        "        body = payload\n        pusher_client.trigger(channel, event, body)\n",
    ],
)
def test_a_helper_that_sends_what_it_is_given_is_one(tmp_path: Path, body: str) -> None:
    root = project(tmp_path / "p", PACK.format(n=1), ENTRY)
    manager = root / "notifications" / "manager.py"
    text = manager.read_text(encoding="utf-8")
    start = text.index("        try:")
    end = text.index("    # --- Orders")
    manager.write_text(text[:start] + body + "\n" + text[end:], encoding="utf-8")
    assert codes(planned(root)) == ["PM107"]


# --- Proposals ------------------------------------------------------------------------------------


def indexed(root: Path) -> tuple[ProjectIndex, list[tuple[Emission, Send]]]:
    """The index, and the legacy calls with the one event that each sends."""
    catalogue = catalogues.load(root / "pusher-migrate.toml")
    index = make_context(root, catalogue, make_settings(root)).index
    legacy = [e for e in index.emissions.emissions if e.system == "legacy"]
    return index, [(emission, emission.sends[0]) for emission in legacy]


def view(body: str, name: str = "view") -> str:
    lines = [
        "order = get_object_or_404(Order, pk=pk)",
        "shelf = get_object_or_404(Shelf, pk=pk)",
        *body.strip().splitlines(),
    ]
    return f"\n\ndef {name}(request, pk):\n" + "".join(f"    {line}\n" for line in lines)


PROPOSALS = {
    "several values of one instance": (
        'pusher_client.trigger(f"store-{order.store.id}", "order-packed", {"id": order.id})',
        "realtime_order_packed(order)",
    ),
    "one value of an instance": (
        'pusher_client.trigger("stores", "order-packed", {"order_id": order.id})',
        "realtime_order_packed(order_id={payload.order_id})",
    ),
    "one value, of the channel": (
        'pusher_client.trigger(f"order-{order.id}", "order-packed", {"kind": "parcel"})',
        "realtime_order_packed(order_id={channel.1})",
    ),
    "one value, of both": (
        'pusher_client.trigger(f"o-{order.id}", "order-packed", {"order_id": order.id})',
        "realtime_order_packed(order)",
    ),
    "a value of the request": (
        'pusher_client.trigger(f"store-{order.store.id}", "order-packed", '
        '{"id": order.id, "by": request.user.id})',
        "realtime_order_packed(order, by={payload.by})",
    ),
    "two instances, in the order in which they are used": (
        'pusher_client.trigger(f"store-{shelf.store.id}", "filled", '
        '{"shelf": shelf.id, "id": order.id, "status": order.status})',
        "realtime_shelf_filled(shelf, order)",
    ),
    "an instance that is deleted": (
        'pusher_client.trigger(f"store-{order.store.id}", "order-gone", {"order_id": order.id})\n'
        "order.delete()",
        "realtime_order_gone(order_id={payload.order_id}, store_id={channel.1})",
    ),
    "what only a clock knows moves, once it is taken it does not": (
        "now = timezone.now()\n"
        'pusher_client.trigger(f"store-{order.store.id}", "order-packed", '
        '{"id": order.id, "at": timezone.now().isoformat(), "since": now.isoformat()})',
        "realtime_order_packed(order, since={payload.since})",
    ),
    "a payload that is not known": (
        "payload = request.POST.dict()\n"
        'pusher_client.trigger(f"store-{order.store.id}", "order-packed", payload)',
        "realtime_order_packed(payload=payload, store_id={channel.1})",
    ),
    "a key that is no name": (
        'pusher_client.trigger(f"store-{order.store.id}", "order-packed", '
        '{"id": request.POST["id"], "status": order.status})',
        "realtime_order_packed(order, order_id={payload.id})",
    ),
    "the event's name in another style": (
        'pusher_client.trigger(f"store-{order.store.id}", "orderPacked", {"id": order.id})',
        "realtime_order_packed(order)",
    ),
    "a name that is taken": (
        'pusher_client.trigger(f"store-{order.store.id}", "order_updated", {"id": order.id})',
        "realtime_order_updated_event(order)",
    ),
}


@pytest.mark.parametrize("name", PROPOSALS)
def test_proposals(tmp_path: Path, name: str) -> None:
    body, expected = PROPOSALS[name]
    index, sites = indexed(project(tmp_path / "p", view(body)))
    proposal = propose(index, sites)
    assert isinstance(proposal, Proposal), proposal
    assert str(proposal.call) == expected
    assert proposal.signature.name == proposal.call.method
    assert all(model.startswith("shop.") for _, model in proposal.types)


@pytest.mark.parametrize("name", PROPOSALS)
def test_what_is_proposed_is_what_can_be_written(tmp_path: Path, name: str) -> None:
    """With the call in the catalogue, the plan writes that signature and leaves nothing."""
    body, _ = PROPOSALS[name]
    root = project(tmp_path / "p", view(body))
    index, sites = indexed(root)
    proposal = propose(index, sites)
    assert isinstance(proposal, Proposal)
    types = ", ".join(f'{name} = "{model}"' for name, model in proposal.types)
    event = sites[0][1].event
    path = root / "pusher-migrate.toml"
    path.write_text(
        '[manager]\nobject = "notifications.manager.notifier"\n[django]\non_commit = false\n'
        f'[[event]]\nevent = "{index.evaluator.template(event)}"\nscaffold = true\n'
        f"call = '{proposal.call}'\ntypes = {{ {types} }}\n",
        encoding="utf-8",
    )
    plan = planned(root)
    assert codes(plan) == ["PM107"], shown(plan)
    signature = str(proposal.signature).replace("=...", "=None")
    assert plan.changes[-1].title.startswith(f"Write {signature} and"), plan.changes[-1].title


def test_a_key_of_some_calls_is_optional(tmp_path: Path) -> None:
    call = 'pusher_client.trigger(f"store-{order.store.id}", "order-packed", {"id": order.id%s})'
    views = view(call % "", "one") + view(call % ', "by": order.note', "other")
    index, sites = indexed(project(tmp_path / "p", views))
    proposal = propose(index, sites)
    assert isinstance(proposal, Proposal)
    assert str(proposal.call) == "realtime_order_packed(order, by={payload.by})"
    assert str(proposal.signature) == "realtime_order_packed(order, by=...)"


def test_a_value_that_differs_is_passed(tmp_path: Path) -> None:
    call = 'pusher_client.trigger(f"store-{order.store.id}", "late", {"a": order.id, "by": %s})'
    views = view(call % '"staff"', "one") + view(call % '"robot"', "other")
    index, sites = indexed(project(tmp_path / "p", views))
    proposal = propose(index, sites)
    assert isinstance(proposal, Proposal)
    assert str(proposal.call) == "realtime_order_late(order, by={payload.by})"


def test_what_cannot_be_proposed_has_a_reason(tmp_path: Path) -> None:
    body = 'pusher_client.trigger(f"store-{order.store.id}", "order-packed", request.POST.dict())'
    index, sites = indexed(project(tmp_path / "p", view(body)))
    proposal = propose(index, sites)
    assert isinstance(proposal, Refusal)
    assert "put it into one first" in proposal.reason


def test_calls_side_by_side_are_found(tmp_path: Path) -> None:
    body = """
payload = {"id": order.id}
pusher_client.trigger(f"order-{order.id}", "late", payload)
pusher_client.trigger("dispatch", "late", payload)
pusher_client.trigger("dispatch", "early", payload)
order.save()
pusher_client.trigger("others", "late", payload)
"""
    index, sites = indexed(project(tmp_path / "p", view(body)))
    (together,) = sent_together(sites)
    assert [index.evaluator.template(send.channels[0]) for _, send in together] == [
        "order-{order.id}",
        "dispatch",
    ]
    proposal = propose(index, together)
    assert isinstance(proposal, Proposal)
    assert str(proposal.call) == "realtime_order_late(order)"
