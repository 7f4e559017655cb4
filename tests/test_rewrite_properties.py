"""Whatever a legacy call looks like and wherever it stands: the rewrite is sound.

The result parses, a second run changes nothing, every other statement and every byte outside the
edits is the same, and a call that is left alone has a reason.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pusher_migrate import catalogue as catalogues
from pusher_migrate import edits as edit_tools
from pusher_migrate import source as sources
from pusher_migrate.config import make_settings
from pusher_migrate.errors import SourceError
from pusher_migrate.index.build import build_index
from pusher_migrate.model import Change, Plan
from pusher_migrate.plan import assemble, context_of, outcomes_of

BASE = Path(__file__).parent.parent / "golden" / "rules" / "base"
CATALOGUE = catalogues.load(BASE / "pusher-migrate.toml")
FILES = {
    str(path.relative_to(BASE)): path.read_bytes()
    for path in BASE.rglob("*.py")
    if "__pycache__" not in path.parts
}
VIEWS = "shop/views.py"
CALL = '    pusher_client.trigger(f"store-{order.store.id}", "order-changed", {"id": order.id})\n'

IMPORTS = [
    ("from realtime.client import pusher_client", "pusher_client"),
    ("from realtime.client import pusher_client as push", "push"),
    ("from realtime import client", "client.pusher_client"),
    ("import realtime.client", "realtime.client.pusher_client"),
    ("from realtime.client import get_client", "get_client()"),
    (
        "from realtime.client import (\n    get_client,  # lazily\n    pusher_client,\n)",
        "pusher_client",
    ),
]
CHANNELS = [
    'f"store-{order.store.id}"',
    'f"store-{order.store_id}"',
    '"store-%s" % order.store.id',
    '"store-{}".format(order.store.pk)',
    '"store-" + str(order.store.id)',
    '[f"store-{order.store.id}"]',
    "channel",
    'f"other-{order.id}"',
    'request.POST["channel"]',
]
EVENTS = [
    '"order-changed"',
    "'order_changed'",
    "EVENT",
    'f"order-{kind}"',
    '"unheard-of"',
    '"stock"',
]
PAYLOADS = [
    '{"id": order.id}',
    '{"id": order.id, "status": order.status, "note": order.note}',
    "dict(id=order.pk)",
    '{**base, "id": order.id}',
    "payload",
    "{}",
    '{"id": other.id, "by": order.id}',
    'json.dumps({"id": order.id})',
    "serialize(order)",
]
SUITES = [
    "{call}",
    "if request.POST:\n    {call}\nelse:\n    order.save()",
    "try:\n    {call}\nexcept Exception as error:\n    print(error)",
    "for other in Order.objects.all():\n    {call}",
    "with open('x') as f:\n    {call}  # noqa: S110",
    "if client: {call}",
    "order.save(); {call}; order.refresh_from_db()",
    "answer = {call}",
    "return {call}",
    "transaction.on_commit(lambda: {call})",
    "order.delete()\n{call}",
    "order = other\n{call}",
    "def later():\n    {call}\nlater()",
]


@st.composite
def programs(draw: st.DrawFn) -> str:
    statement, receiver = draw(st.sampled_from(IMPORTS))
    channel, event, payload = (draw(st.sampled_from(x)) for x in (CHANNELS, EVENTS, PAYLOADS))
    style = draw(st.sampled_from(["positional", "keyword", "lines"]))
    if style == "positional":
        call = f"{receiver}.trigger({channel}, {event}, {payload})"
    elif style == "keyword":
        call = f"{receiver}.trigger(data={payload}, event_name={event}, channels={channel})"
    else:
        arguments = f"        {channel},  # where\n        {event},\n        {payload},\n"
        call = f"{receiver}.trigger(\n{arguments}    )"
    suite = draw(st.sampled_from(SUITES)).format(call=call)
    indented = "\n".join(f"    {line}" if line else line for line in suite.splitlines())
    parameters = draw(
        st.sampled_from(["request, pk", "request, pk, notifier=None", "request, pk, *a"])
    )
    header = draw(
        st.sampled_from(["", '"""Views."""\n', "from __future__ import annotations\n", "\n\n"])
    )
    return (
        f"{header}import json\n\nfrom django.db import transaction\n"
        f"from django.shortcuts import get_object_or_404\n\n{statement}\n"
        f"from shop.models import Order\n\nEVENT = 'order-changed'\n\n\n"
        f"def view({parameters}):\n"
        "    order = get_object_or_404(Order, pk=pk)\n"
        "    other = get_object_or_404(Order, pk=pk)\n"
        "    base = {'kind': 1}\n"
        "    channel = f'store-{order.store.id}'\n"
        "    payload = {'id': order.id}\n"
        f"{indented}\n"
        "    return order  # done"
    )


def plan_for(text: str, newline: str = "\n") -> tuple[Plan, sources.SourceFile]:
    raw = text.replace("\n", newline).encode()
    files = {**FILES, VIEWS: raw}
    index = build_index(
        files, files.__getitem__, manager=CATALOGUE.manager.object if CATALOGUE.manager else None
    )
    context = context_of(index, CATALOGUE, make_settings(Path.cwd()))
    return assemble(context, outcomes_of(context)), sources.decode(VIEWS, raw)


def edited_statements(source: sources.SourceFile, changes: tuple[Change, ...]) -> list[str]:
    """The statements of a file that no edit touches, as normalised text."""
    spans = [(e.start, e.end) for c in changes for e in c.edits if e.path == VIEWS]
    kept = []
    for node in ast.walk(sources.parse(source)):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            start, end = source.span(node)
            if not any(a <= end and start <= b and a != b for a, b in spans):
                kept.append(ast.unparse(node))
    return kept


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), st.sampled_from(["\n", "\r\n"]))
@example("import json\nfrom realtime.client import pusher_client\n", "\n")
def test_rewrites_are_sound(text: str, newline: str) -> None:
    plan, source = plan_for(text, newline)
    assert all(change.reason and change.title for change in plan.changes)
    assert all(deferral.reason for deferral in plan.deferrals)
    if ".trigger(" in text:
        told = {o.location.line for o in (*plan.changes, *plan.deferrals) if o.code != "PM105"}
        assert told, "a legacy call is neither changed nor left with a reason"
    edits = [edit for change in plan.changes for edit in change.edits]
    result = edit_tools.apply_edits(source, edits)
    edit_tools.verify_untouched(source, result, edits)
    tree = ast.parse(result)
    after = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.stmt)]
    for statement in edited_statements(source, plan.changes):
        assert statement in after
    if newline == "\r\n":
        assert "\n" not in result.replace("\r\n", "")
    again, _ = plan_for(result.replace("\r\n", "\n"), newline)
    assert not again.changes


@pytest.mark.parametrize("subset", [0, 1])
def test_each_change_can_be_applied_alone(subset: int) -> None:
    text = (
        "from realtime.client import pusher_client\nfrom shop.models import Order\n\n\n"
        "def a(order: Order):\n"
        f"{CALL}\n\n"
        f"def b(order: Order):\n{CALL}"
    )
    plan, source = plan_for(text)
    rewrites = [change for change in plan.changes if change.code == "PM101"]
    assert len(rewrites) == 2
    chosen = plan.only([rewrites[subset].key])
    assert chosen.changes == (rewrites[subset],)
    result = edit_tools.apply_edits(source, list(chosen.changes[0].edits))
    ast.parse(result)
    assert "import pusher_client" in result
    assert "import notifier" in result
    assert result.count("pusher_client.trigger") == 1
    everything = plan.only([change.key for change in plan.changes if change.code == "PM105"])
    assert not everything.changes, "the import goes only together with all its uses"


def test_broken_files_do_not_stop_the_rest() -> None:
    files = {
        **FILES,
        VIEWS: b"from realtime.client import pusher_client\nfrom shop.models import Order\n\n\n"
        b"def a(order: Order):\n" + CALL.encode(),
        "shop/broken.py": b"pusher_client.trigger(\n  'x' 'y',,)\n",
        "shop/utf16.py": "pusher_client.trigger('x')".encode("utf-16"),
        "shop/lying.py": b"# coding: utf-8\npusher_client.trigger('\xff')\n",
    }

    def read(path: str) -> bytes:
        if path == "shop/gone.py":
            raise SourceError(path, 1, "cannot be read")
        return files[path]

    index = build_index([*files, "shop/gone.py"], read, manager="notifications.manager.notifier")
    context = context_of(index, CATALOGUE, make_settings(Path.cwd()))
    plan = assemble(context, outcomes_of(context))
    assert [c.code for c in plan.changes] == ["PM105", "PM101"]
    broken = {d.location.path: d.location.line for d in plan.deferrals if d.code == "PM901"}
    assert broken == {
        "shop/broken.py": 2,
        "shop/utf16.py": 1,
        "shop/lying.py": 2,
        "shop/gone.py": 1,
    }
