"""What becomes of a sent object in code that the analysis has no model of: it is said, not ignored.

Each body is an ``atomic`` function that sends something. ``DOUBTED`` holds those whose event may
change before the commit, ``PLAIN`` the everyday code that must stay safe.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pusher_migrate.catalogue import Catalogue, DjangoOptions
from pusher_migrate.catalogue.values import Manager
from pusher_migrate.config import make_settings
from pusher_migrate.index.build import build_index
from pusher_migrate.model import Applicability, Change, Deferral
from pusher_migrate.plan import context_of, outcomes_of

MODELS = """\
from django.db import models
from django.db.models import F


class Yard(models.Model):
    name = models.TextField()
    plan = models.JSONField()


class Lot(models.Model):
    yard = models.ForeignKey(Yard, related_name="lots", on_delete=models.CASCADE)
    partner = models.ForeignKey("Lot", null=True, on_delete=models.CASCADE)
    title = models.TextField()
    size = models.IntegerField()

    @property
    def masked(self):
        self.title = "hidden"
        return self.title

    @property
    def label(self):
        return self.title.upper()

    @property
    def cached_label(self):
        if not hasattr(self, "_label"):
            self._label = self.title.upper()
        return self._label

    def mask(self):
        self.title = "hidden"

    def relabel(self, title):
        self.title = title

    def describe(self):
        return self.title

    def __iadd__(self, more):
        self.size += more
        return self

    def __enter__(self):
        self.title = "held"
        return self

    def __exit__(self, *args):
        return None
"""
MANAGER = """\
import pusher

client = pusher.Pusher(app_id="1", key="k", secret="s")


class Feed:
    def stream_lot(self, lot):
        client.trigger("lots", "lot", {"id": lot.id, "title": lot.title})

    def stream_yard(self, yard):
        client.trigger("lots", "yard", {"id": yard.id, "name": yard.name})

    def stream_lots(self, key, lots):
        client.trigger("lots", "lots", {"key": key, "lots": [lot.id for lot in lots]})

    def stream_value(self, value):
        client.trigger("lots", "value", {"value": value})


feed = Feed()
"""
HEAD = """\
import collections
import concurrent.futures
import copy
import functools
import itertools
import json
import logging
import operator
import random
import threading
from collections import defaultdict, deque
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial

from django import forms
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import Case, F, Max, Q, When
from django.dispatch import Signal, receiver
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
import vendor
from rest_framework import serializers
from rest_framework.response import Response

from notifications.manager import feed
from shop.models import Lot, Yard

logger = logging.getLogger(__name__)
graded = Signal()
heard = Signal()


class LotForm(forms.ModelForm):
    class Meta:
        model = Lot
        fields = ["title"]


class LotSerializer(serializers.ModelSerializer):
    class Meta:
        model = Lot
        fields = ["title"]


def spoil(lot):
    lot.title = "spoiled"


def inspect(lot):
    return lot.title


def lots_of(yard):
    return Lot.objects.filter(yard=yard)


def list_of(yard):
    return list(Lot.objects.filter(yard=yard))


class Finder:
    def __init__(self, yard):
        self.yard = yard
        self.found = Lot.objects.filter(yard=yard)

    def rows(self):
        return Lot.objects.filter(yard=self.yard)


class Box:
    def __init__(self, lot):
        self.lot = lot

    def retitle(self):
        self.lot.title = "x"

    def title(self):
        self.read = True
        return self.lot.title


@dataclass
class Data:
    lot: Lot
    lines: list = field(default_factory=list)
    n: int = 0

    def rename(self):
        self.lot.title = "x"

    def as_dict(self):
        return {"lines": self.lines}


"""


def outcomes(body: str, *, before: str = "", head: str = "yard: Yard, lot: Lot") -> list[object]:
    """What is planned for the body of an ``atomic`` function; ``before``: code in front of it."""
    lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    run = f"@transaction.atomic\ndef run({head}, lots, info, name, flag):\n{lines}\n"
    return outcomes_in(f"{HEAD}{before}\n\n{run}")


def outcomes_in(code: str) -> list[object]:
    """What is planned for a file."""
    files = {
        "manage.py": b"import django\n",
        "notifications/__init__.py": b"",
        "notifications/manager.py": MANAGER.encode(),
        "shop/__init__.py": b"",
        "shop/models.py": MODELS.encode(),
        "shop/program.py": code.encode(),
    }
    catalogue = Catalogue(
        manager=Manager("notifications.manager.feed", prefix="stream_"),
        django=DjangoOptions(robust=True),
    )
    index = build_index(
        files, files.__getitem__, manager="notifications.manager.feed", prefix="stream_"
    )
    context = context_of(index, catalogue, make_settings(Path("/nowhere")))
    found = list(outcomes_of(context))
    return [
        o for o in found if "PM201" in getattr(o, "codes", ()) or getattr(o, "code", "") == "PM202"
    ]


def verdicts(found: list[object]) -> list[str]:
    """``safe``, ``review`` or ``refused``, with the reason."""
    said = []
    for outcome in found:
        if isinstance(outcome, Change):
            how = "safe" if outcome.applicability is Applicability.SAFE else "review"
            said.append(f"{how}: {'; '.join(outcome.review_reasons)}")
        elif isinstance(outcome, Deferral):
            said.append(f"refused: {outcome.reason}")
    return said


# --- Values that are not there yet ----------------------------------------------------------------

QUERIES = [
    "lots_of(yard)",
    "Finder(yard).rows()",
    "Finder(yard).found",
    "lots or lots_of(yard)",
    "Lot.objects.filter(yard=yard) if flag else Lot.objects.none()",
    "Lot.objects.filter(yard=yard) | Lot.objects.filter(size=1)",
    "Lot.objects.filter(yard=yard)[:2]",
    "getattr(yard, 'lots').all()",
    "Paginator(Lot.objects.filter(yard=yard), 2).page(1)",
    "Lot.objects.raw('select 1')",
    "{'a': yard.lots.all()}['a']",
    "[yard.lots.all()]",
]
ITERATORS = [
    "itertools.groupby(lots)",
    "itertools.islice(lots, 2)",
    "itertools.chain(lots, lots)",
    "filter(None, lots)",
    "map(inspect, lots)",
    "zip(lots, lots)",
    "enumerate(lots)",
    "iter(lots)",
    "reversed(lots)",
    "(each for each in lots)",
]
LISTS = [
    "list(lots_of(yard))",
    "[*lots_of(yard)]",
    "sorted(lots_of(yard), key=len)",
    "tuple(Lot.objects.filter(yard=yard))",
    "[each for each in lots_of(yard)]",
    "list_of(yard)",
    "list(yard.lots.all()[:3])",
    "set(lots_of(yard))",
    "lots_of(yard).count()",
    "list(map(inspect, lots))",
    "dict(zip(lots, lots))",
    "', '.join(each.title for each in lots)",
    "LotSerializer(lots_of(yard), many=True).data",
    "lots[:2]",
    "lots + lots",
]


@pytest.mark.parametrize("value", QUERIES)
def test_a_query_that_has_not_run_is_refused(value: str) -> None:
    for body in (f"rows = {value}\nfeed.stream_lots(1, rows)", f"feed.stream_lots(1, {value})"):
        (said,) = verdicts(outcomes(body))
        assert said.startswith("refused: The argument ") and "make it a list first" in said


def test_a_query_that_an_attribute_was_set_to() -> None:
    body = "finder = Finder(yard)\nfinder.kept = yard.lots.all()\nfeed.stream_lots(1, finder.kept)"
    (said,) = verdicts(outcomes(body))
    assert said.startswith("refused: The argument ") and "make it a list first" in said


@pytest.mark.parametrize("value", ITERATORS)
def test_an_iterator_is_refused(value: str) -> None:
    (said,) = verdicts(outcomes(f"rows = {value}\nfeed.stream_lots(1, rows)"))
    assert said.startswith("refused: The argument rows is an iterator, which gives its items once")
    assert verdicts(outcomes(f"feed.stream_lots(1, {value})"))[0].startswith("refused: ")


def test_a_group_of_groupby_is_an_iterator() -> None:
    body = "for key, group in itertools.groupby(lots):\n    feed.stream_lots(key, group)"
    assert "group is an iterator" in verdicts(outcomes(body))[0]


@pytest.mark.parametrize("value", LISTS)
def test_what_is_taken_out_of_them_is_there(value: str) -> None:
    for body in (f"rows = {value}\nfeed.stream_lots(1, rows)", f"feed.stream_lots(1, {value})"):
        assert verdicts(outcomes(body)) == ["safe: "]


def test_what_callers_pass_may_be_a_query() -> None:
    tell = "\ndef tell(rows):\n    with transaction.atomic():\n        feed.stream_lots(1, rows)\n"
    for value, verdict in (("lots_of(yard)", "refused"), ("list_of(yard)", "safe")):
        (said,) = verdicts(outcomes(f"tell({value})", before=tell))
        assert said.startswith(verdict)


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ("info.values()", "info['a'] = 1"),
        ("info.keys()", "del info['a']"),
        ("info.items()", "info.update(a=1)"),
        ("deque(lots)", "rows.popleft()"),
        ("deque(lots)", "rows.rotate(1)"),
        ("deque(lots)", "rows.extendleft([1])"),
        ("vars(lot)", "lot.title = 'x'"),
        ("lot.__dict__", "lot.title = 'x'"),
    ],
)
def test_a_view_shows_what_becomes_of_the_whole(sent: str, changed: str) -> None:
    (said,) = verdicts(outcomes(f"rows = {sent}\nfeed.stream_value(rows)\n{changed}"))
    assert said.startswith("refused: Line ") and "afterwards" in said
    assert verdicts(outcomes(f"rows = {sent}\nfeed.stream_value(rows)")) == ["safe: "]


def test_a_method_that_getattr_gives_is_a_method() -> None:
    (said,) = verdicts(outcomes("feed.stream_lot(lot)\ngetattr(lot, 'mask')()"))
    assert said.startswith("refused: Line ") and "changes lot afterwards" in said


# --- Copies and containers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ("info.copy()", "info['a']['b'] = 1"),
        ("lots.copy()", "lots[0].title = 'x'"),
        ("copy.copy(lots)", "for each in lots:\n    each.title = 'x'"),
        ("list(lots)", "lots[0].title = 'x'"),
        ("lots[:2]", "for each in lots:\n    each.title = 'x'"),
        ("list(info.values())", "info['a']['b'] = 1"),
        ("[value for key, value in info.items()]", "info['a']['b'] = 1"),
        ("dict.fromkeys('ab', lots)", "lots.append(1)"),
    ],
)
def test_a_copy_holds_what_it_is_made_of(sent: str, changed: str) -> None:
    for body in (f"rows = {sent}\nfeed.stream_value(rows)", f"feed.stream_value({sent})"):
        (said,) = verdicts(outcomes(f"{body}\n{changed}"))
        assert said.startswith("refused: Line ") and "afterwards" in said


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ("list(lots)", "lots.append(1)"),
        ("[*lots]", "lots.clear()"),
        ("dict(info)", "info['a'] = 1"),
        ("info.copy()", "info['a'] = 1"),
        ("copy.deepcopy(info)", "info['a']['b'] = 1"),
    ],
)
def test_a_copy_is_a_container_of_its_own(sent: str, changed: str) -> None:
    assert verdicts(outcomes(f"feed.stream_value({sent})\n{changed}")) == ["safe: "]


def test_what_an_attribute_holds_changes_by_its_methods() -> None:
    body = "data = Data(None)\nfeed.stream_value(data.as_dict())\ndata.lines.append(1)"
    assert verdicts(outcomes(body))[0].startswith("refused: Line ")


@pytest.mark.parametrize(
    "kept",
    [
        "by = defaultdict(list)\nfor lot in lots:\n    lot.save()\n    by[lot.size].append(lot)\n"
        "    feed.stream_lot(lot)",
        "done = []\nfor lot in lots:\n    lot.save()\n    feed.stream_lot(lot)\n"
        "    done.append(lot)",
        "for lot in lots:\n    lot.save()\n    feed.stream_lot(lot)\n    name.done.append(lot)",
        "for lot in lots:\n    lot.save()\n    feed.stream_lot(lot)\n"
        "    info.setdefault(lot.size, []).append(lot)",
        "seen = set()\nfor lot in lots:\n    lot.save()\n    feed.stream_lot(lot)\n"
        "    seen.add(lot)",
    ],
)
def test_a_list_that_keeps_a_row_does_not_change_it(kept: str) -> None:
    assert verdicts(outcomes(kept)) == ["safe: "]


def test_a_list_in_a_dictionary_changes_when_it_is_added_to() -> None:
    body = "by = {'a': lots}\nfeed.stream_lots(1, lots)\nby['a'].append(1)"
    assert verdicts(outcomes(body))[0].startswith("refused: Line ")


# --- Changes by calls that are not followed -------------------------------------------------------

RECEIVER = """
read = Signal()
kept = Signal()


@receiver(graded)
def on_graded(sender, lot, **kwargs):
    lot.title = "x"


@receiver(read)
def on_read(sender, lot, **kwargs):
    logger.info("%s", lot.title)


@receiver(kept)
def on_kept(sender, **kwargs):
    kwargs["lot"].title = "x"
"""
UNSEEN = {
    "partial": "later = partial(spoil, lot)\nSEND\nlater()",
    "partial by keyword": "later = partial(spoil, lot=lot)\nSEND\nlater()",
    "partial of its method": "later = partial(lot.relabel, 'tmp')\nSEND\nlater()",
    "partial at once": "SEND\nfunctools.partial(spoil, lot)()",
    "method of what holds it": "box = Box(lot)\nretitle = box.retitle\nSEND\nretitle()",
    "methodcaller": "SEND\noperator.methodcaller('relabel', 'tmp')(lot)",
    "methodcaller, named": "call = operator.methodcaller('relabel', 'x')\nSEND\ncall(lot)",
    "attrgetter": "SEND\noperator.attrgetter('partner')(lot).title = 'x'",
    "getattr": "SEND\ngetattr(lot, name)()",
    "set through getattr": "SEND\ngetattr(lot, name).title = 'x'",
    "starred": "args = (lot,)\nSEND\nspoil(*args)",
    "starred twice": "words = {'lot': lot}\nSEND\nspoil(**words)",
    "default": "def hide(lot=lot):\n    lot.title = 'x'\nSEND\nhide()",
    "default of a lambda": "hide = lambda lot=lot: setattr(lot, 'title', 'x')\nSEND\nhide()",
    "thread": "t = threading.Thread(target=spoil, args=(lot,))\nSEND\nt.start()\nt.join()",
    "submitted": "SEND\npool = concurrent.futures.ThreadPoolExecutor()\npool.submit(spoil, lot)",
    "property": "SEND\nlogger.info('%s', lot.masked)",
    "operator": "SEND\nlot += 1",
    "with": "SEND\nwith lot:\n    pass",
    "signal": "SEND\ngraded.send(Lot, lot=lot)",
    "robust signal": "SEND\ngraded.send_robust(Lot, lot=lot)",
    "signal with keywords": "SEND\nkept.send(Lot, lot=lot)",
    "signal of Django": "SEND\nmodels.signals.post_save.send(Lot, instance=lot)",
    "another library": "SEND\nvendor.approve(lot)",
    "generated __init__": "ctx = Data(lot)\nSEND\nctx.rename()",
    "form": "form = LotForm({}, instance=lot)\nSEND\nform.full_clean()",
}
SEEN = {
    "partial that reads": "later = partial(inspect, lot)\nSEND\nlater()",
    "method that reads": "SEND\nreturn getattr(lot, f'get_{name}_display')()",
    "attribute": "SEND\nreturn getattr(lot, name)",
    "starred, read": "args = (lot,)\nSEND\ninspect(*args)",
    "default, read": "def show(lot=lot):\n    return lot.title\nSEND\nshow()",
    "property that reads": "SEND\nreturn lot.label",
    "property of its own": "SEND\nreturn lot.cached_label",
    "context manager of another": "SEND\nwith open(name) as file:\n    file.write(lot.title)",
    "template": "SEND\nreturn render(None, 'lot.html', {'lot': lot})",
    "serializer": "SEND\nreturn Response(LotSerializer(lot, context={'a': 1}).data)",
    "serializer, named": "serializer = LotSerializer(lot)\nSEND\nreturn Response(serializer.data)",
    "response": "response = Response({'lot': lot})\nSEND\nresponse.set_cookie('a', 'b')",
    "log": "SEND\nlogger.info('%s', lot)",
    "signal that nobody changes it by": "SEND\nread.send(Lot, lot=lot)",
    "signal that nobody hears": "SEND\nSignal().send(Lot)\nheard.send(Lot, lot=lot)",
    "library that reads": "SEND\njson.dumps({'title': lot})",
    "list": "done = [lot]\nSEND\ndone.reverse()\nreturn len(done)",
    "box": "box = Box(lot)\nSEND\nreturn box.title()",
}


@pytest.mark.parametrize("body", UNSEEN.values(), ids=UNSEEN)
def test_a_call_that_may_change_it_is_said(body: str) -> None:
    (said,) = verdicts(outcomes(body.replace("SEND", "feed.stream_lot(lot)"), before=RECEIVER))
    assert not said.startswith("safe")
    assert "is not visible" in said or "afterwards" in said


@pytest.mark.parametrize("body", SEEN.values(), ids=SEEN)
def test_a_call_that_only_reads_is_not(body: str) -> None:
    lines = f"lot.save()\n{body.replace('SEND', 'feed.stream_lot(lot)')}"
    assert verdicts(outcomes(lines, before=RECEIVER)) == ["safe: "]


# --- One object under two names -------------------------------------------------------------------

CACHED = "@lru_cache\ndef cached(pk):\n    return Lot.objects.get(pk=pk)\n"
TWO_NAMES = {
    "created": "lot = Lot.objects.create(yard=yard)\nSEND\nyard.name = 'x'",
    "created behind": "feed.stream_yard(yard)\nlot = Lot.objects.create(yard=yard)\n"
    "lot.yard.name = 'x'",
    "related behind": "feed.stream_yard(yard)\nfor each in yard.lots.all():\n"
    "    each.yard.name = 'x'",
    "created by the relation": "lot = yard.lots.create(title='a')\nSEND\nyard.name = 'x'",
    "got or created": "lot, made = Lot.objects.get_or_create(yard=yard)\nSEND\nyard.name = 'x'",
    "created with defaults": "lot, made = Lot.objects.get_or_create(\n"
    "    title='a', defaults={'yard': yard}\n)\nSEND\nyard.name = 'x'",
    "related": "for lot in yard.lots.all():\n    SEND\nyard.name = 'x'",
    "related, in a list": "rows = list(yard.lots.filter(size=1))\nfor lot in rows:\n    SEND\n"
    "yard.name = 'x'",
    "next": "lot = next((each for each in lots if each.size), None)\nSEND\nALL",
    "first of a list": "lot = [each for each in lots if each.size][0]\nSEND\nALL",
    "max": "lot = max(lots, key=lambda each: each.size)\nSEND\nALL",
    "slice of a sorted list": "for lot in sorted(lots, key=len)[:2]:\n    SEND\nALL",
    "choice": "lot = random.choice(lots)\nSEND\nALL",
    "match": "match lot:\n    case Lot(size=0) as empty:\n        feed.stream_lot(empty)\n"
    "        lot.title = 'x'",
    "form": "form = LotForm({}, instance=lot)\nSEND\nif form.errors:\n    return form",
    "cached": "lot = cached(1)\nSEND\ncached(1).title = 'x'",
}
OTHERS = {
    "filtered": "lot = Lot.objects.filter(yard=yard).first()\nSEND\nyard.name = 'x'",
    "of another": "lot = yard.lots.first()\nSEND\nname.title = 'x'",
    "log": "SEND\nentry = Lot.objects.create(partner=lot)\nentry.size = 3\nentry.save()",
    "form that is clean": "form = LotForm({}, instance=lot)\nform.is_valid()\nSEND\n"
    "return form.errors",
    "serializer": "serializer = LotSerializer(lot)\nSEND\nreturn serializer.errors",
}


@pytest.mark.parametrize("body", TWO_NAMES.values(), ids=TWO_NAMES)
def test_an_object_that_has_another_name_is_followed(body: str) -> None:
    text = body.replace("SEND", "feed.stream_lot(lot)")
    text = text.replace("ALL", "for each in lots:\n    each.title = 'x'")
    assert not verdicts(outcomes(text, before=CACHED))[0].startswith("safe")


@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
def test_another_object_is_another(body: str) -> None:
    assert verdicts(outcomes(body.replace("SEND", "feed.stream_lot(lot)"))) == ["safe: "]


# --- Database expressions -------------------------------------------------------------------------

ADDING = """
def add(lot, by):
    lot.size = F("size") + by


def add_twice(lot):
    add(lot, 2)
    lot.save()


def add_and_read(lot):
    lot.size = F("size") + 1
    lot.save()
    lot.refresh_from_db()
"""


@pytest.mark.parametrize("sent", ["feed.stream_value(lot.size)", "feed.stream_lot(lot)"])
@pytest.mark.parametrize("adds", ["add(lot, 1)\nlot.save()", "add_twice(lot)"])
def test_an_expression_that_a_helper_sets_is_refused(sent: str, adds: str) -> None:
    (said,) = verdicts(outcomes(f"{adds}\n{sent}", before=ADDING))
    assert said.startswith("refused: What add") and "sets on lot is a database expression" in said
    (said,) = verdicts(outcomes(f"{adds}\nlot.refresh_from_db()\n{sent}", before=ADDING))
    assert said == "safe: "
    (said,) = verdicts(outcomes(f"add_and_read(lot)\n{sent}", before=ADDING))
    assert said == "safe: "


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("F('size') + 1", "refused"),
        ("1 - F('size')", "refused"),
        ("-F('size')", "refused"),
        ("F('size').bitor(1)", "refused"),
        ("Case(When(size=1, then=2), default=F('size'))", "refused"),
        ("1 if flag else F('size')", "refused"),
        ("int(F('size'))", "refused"),
        ("(yard.lots.aggregate(m=Max('size'))['m'] or 0) + 1", "safe"),
        ("Lot.objects.filter(Q(size=F('id'))).count()", "safe"),
        ("Lot.objects.annotate(n=F('size')).first().n", "safe"),
    ],
)
def test_what_a_query_gives_is_a_value(value: str, verdict: str) -> None:
    helper = f"\ndef number(yard, lot, flag):\n    lot.size = {value}\n"
    for sets in (f"lot.size = {value}", "number(yard, lot, flag)"):
        body = f"{sets}\nlot.save()\nfeed.stream_value(lot.size)"
        assert verdicts(outcomes(body, before=helper))[0].startswith(verdict)


def test_an_object_with_too_many_names_is_for_review() -> None:
    from pusher_migrate.index.instances import aliases as module

    body = "rows = [lot]\nsame = rows[0]\nlot.save()\nfeed.stream_lot(lot)"
    assert verdicts(outcomes(body)) == ["safe: "]
    before, module._MAX_ALIASES = module._MAX_ALIASES, 2
    try:
        assert "goes by too many names" in verdicts(outcomes(body))[0]
    finally:
        module._MAX_ALIASES = before
