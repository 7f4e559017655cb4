"""Generated functions and methods that emit, to be run before and after the rewrite."""

from __future__ import annotations

import itertools
import re

from hypothesis import strategies as st

MODELS = """\
from django.db import models


class Order(models.Model):
    status = models.IntegerField()
    note = models.TextField()
    partner = models.ForeignKey("Order", null=True, on_delete=models.CASCADE)
"""
MANAGER = """\
import pusher

client = pusher.Pusher(app_id="1", key="k", secret="s")


class Notifier:
    def realtime_order(self, order, number):
        client.trigger("orders", "order", {"id": order.id, "number": number})

    def realtime_value(self, value, number):
        client.trigger("values", "value", {"value": value, "number": number})


notifier = Notifier()
"""
HEAD = """\
import logging

from django.db import transaction

from notifications.manager import notifier
from shop.models import Order

logger = logging.getLogger(__name__)


class Rollback(Exception):
    pass


def mark(order):
    order.note = "marked"


def settle(order):
    order.status = 9
    order.save()


def look(order):
    return order.status


def same_row(row):
    return row


def both(row, *, last):
    return row, last


def first_of(rows):
    for row in rows:
        if row.status:
            return row
    return rows[0]


def each_of(rows):
    for row in rows:
        yield row


def put_first(rows, row):
    rows[0] = row


def add_to(rows, row=None):
    rows.append(row)


def pair_up(first, second):
    first.partner = second


"""
# Helpers that send, for the programs that call them.
TELLING = """\
def tell(order, *, number=0):
    notifier.realtime_order(order, 901)


def tell_twice(order: Order):
    order.save()
    tell(order)
    notifier.realtime_value(order.status, number=902)


"""
RUN = """\
def run(order: Order, other: Order, items, flag, number):
    payload = {"k": 1}
    result = None
"""

FLOW = """\
class Flow:
    def __init__(self, order: Order, other: Order):
        self.order = order
        self.other = other

    def mark(self):
        self.order.note = "marked"

    def settle(self):
        same = self.order
        same.status = 9
        self.order.save()

    def swap(self):
        self.order, self.other = self.other, self.order

    def pick(self):
        return self.order

    @property
    def current(self):
        return self.order

    def keep(self, row):
        if row is not None:
            self.order = row

    def keep_other(self):
        row = self.other
        self.keep(row)

    def forget(self):
        self.order = Order()

    def pair_up(self):
        self.order.partner = self.other

    def run(self, items, flag, number):
"""

# --- Programs -------------------------------------------------------------------------------------

_ORDERS = ("order", "other")
_EMISSIONS = (
    "notifier.realtime_order(order, @)",
    "notifier.realtime_order(other, @)",
    "notifier.realtime_order(order.partner, @)",
    "notifier.realtime_value(order.status, @)",
    "notifier.realtime_value(number, number=@)",
    "notifier.realtime_value(payload, @)",
    "notifier.realtime_value(dict(payload), @)",
    "notifier.realtime_value([order, other], @)",
    'notifier.realtime_value({"order": order, "number": number}, @)',
    "notifier.realtime_value(look(order), @)",
    'notifier.realtime_value(f"{order.note}-{number}", @)',
    "notifier.realtime_value(value=payload.get('k'), number=@)",
    "notifier.realtime_value(payload['k'], @)",
    "notifier.realtime_value(*[order.status], number=@)",
    "notifier.realtime_value(**{'value': number}, number=@)",
    "notifier.realtime_value({**payload}, @)",
    "notifier.realtime_value([*items], @)",
    "notifier.realtime_value(items, @)",
    "notifier.realtime_order(items[0], @)",
    "notifier.realtime_value([item.status for item in items], @)",
    "notifier.realtime_value([order for order in items if order.status], @)",
    "notifier.realtime_value({item.note: item for item in items}, @)",
    "notifier.realtime_value((number := number + 1), @)",
    "notifier.realtime_order(order if flag else other, @)",
    "notifier.realtime_order(flag and order or other, @)",
    "notifier.realtime_value((order.status, number, not flag), @)",
    "notifier.realtime_value(str(order.status) + order.note, @)",
    "notifier.realtime_value(f'{order.status:>3}', @)",
    "notifier.realtime_value(getattr(order, 'status'), @)",
    "notifier.realtime_value(sorted({number, order.status}), @)",
    "notifier.realtime_value(len(items), @)",
    "notifier.realtime_order(same_row(order), @)",
    "notifier.realtime_value([first_of(items)], @)",
    "tell(order)",
    "tell(other, number=number)",
    "tell_twice(order)",
)
_USED = ("result = notifier.realtime_order(order, @)", "return notifier.realtime_value(number, @)")
_DEFERRED = (
    "transaction.on_commit(lambda row=order: notifier.realtime_order(row, @))",
    "transaction.on_commit(lambda number=number: notifier.realtime_value(number, @), robust=True)",
)
_STEPS = (
    "order.status = 2",
    "order.status = 3",
    "order.note = 'later'",
    "order.partner.status = 4",
    "other.status = 5",
    "order.save()",
    "order.save(update_fields=['status'])",
    "other.save()",
    "order.partner.save()",
    "order.refresh_from_db()",
    "order = other",
    "other = order",
    "same = order",
    "same = order\nsame.status = 6",
    "partner = order.partner\npartner.note = 'deep'",
    "order = Order()",
    "order = items[0]",
    "orders = [order, other]\norders[0].status = 7",
    "number = number + 1",
    "number += 1",
    "payload = {'k': 2}",
    "payload['k'] = 3",
    "payload.update(k=4)",
    "payload |= {'k': 5}",
    "kept = payload\nkept['k'] = 6",
    "mark(order)",
    "settle(order)",
    "look(order)",
    "setattr(order, 'note', 'set')",
    "result = number",
    "pass",
    "order, other = other, order",
    "order.partner = other",
    "order.partner = None",
    "del order",
    "del payload['k']",
    "payload.clear()",
    "payload = dict(payload, k=7)",
    "items.append(order)",
    "items.reverse()",
    "items = [order]",
    "items = items[:1]",
    "items += [other]",
    "items[0].status = 8",
    "items[-1] = order",
    "items[0].save()",
    "first, *rest = items\nfirst.note = 'first'",
    "while number < 2:\n    number += 1\nelse:\n    order.note = 'else'",
    "if (row := items[0]).status:\n    row.status = 10",
    "row = next(iter(items))\nrow.note = 'next'",
    "for each in items: each.status = 11",
    "for each in reversed(items):\n    each.note = 'each'\n    each.save()",
    "for each, row in zip(items, [order, other]): row.note = each.note",
    "[setattr(each, 'note', 'all') for each in items]",
    "rows = {'a': order}\nrows['a'].status = 12",
    "rows = {row.status: row for row in items}\nrows[1].note = 'by status'",
    "match order:\n    case row:\n        row.note = 'matched'",
    "touch = lambda: setattr(order, 'status', 13)\ntouch()",
    "def put(row, value=14):\n    row.status = value\nput(order)",
    "def put(row=order):\n    row.status = 15\nput()",
    "try:\n    order.status = 16\n    order.save()\nexcept Exception as other:\n    pass",
    "try:\n    raise Rollback\nexcept Rollback as order:\n    pass",
    "with transaction.atomic():\n    order.save()",
    "assert number",
    "kept, payload = payload, {}",
    "order.note += '!'",
    "other = same_row(order)",
    "order = same_row(other)",
    "order = first_of(items)",
    "order, other = both(other, last=order)",
    "same_row(order).status = 17",
    "first_of(items).note = 'first of'",
    "for each in each_of(items):\n    each.status = 18",
    "items = list(each_of(items))",
    "items = [each for each in items]",
    "put_first(items, order)",
    "add_to(items, row=order)",
    "pair_up(order, other)",
    "def move():\n    nonlocal other\n    other = order\nmove()",
    "def give():\n    return order\ngive().note = 'given'",
)
_LEAVING = ("return number", "raise Rollback", "if flag: return None")
_LOOP_LEAVING = ("break", "continue", "if flag: continue", "if number > 1: break")
_HANDLERS = (
    "logger.error('not sent: %s', order.note)",
    "logger.error('not sent: %s %s', number, result)",
    "logger.error('not sent')",
    "pass",
    "result = 'failed'",
    "return 'failed'",
    "raise",
    "notifier.realtime_value('fallback', @)",
)

_INNER = (
    "def inner():",
    "def inner(order=order):",
    "def inner(number=1, *, payload=payload):",
    "@transaction.atomic\ndef inner():",
    "def inner():\n    nonlocal order, number",
)


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


@st.composite
def _statement(draw: st.DrawFn, depth: int, in_loop: bool) -> list[str]:
    kinds = ["emission"] * 5 + ["step"] * 5 + ["used", "deferred", "leave", "run"]
    if depth:
        kinds += ["atomic"] * 4 + ["rollback", "if", "for", "while", "try", "guarded", "finally"]
        kinds += ["nested", "function"]
    kind = draw(st.sampled_from(kinds))

    def block(count: int = 3, loop: bool = in_loop) -> list[str]:
        return _indented(draw(_block(depth - 1, loop, count)))

    match kind:
        case "emission":
            return [draw(st.sampled_from(_EMISSIONS))]
        case "used":
            return [draw(st.sampled_from(_USED))]
        case "deferred":
            return [draw(st.sampled_from(_DEFERRED))]
        case "step":
            return draw(st.sampled_from(_STEPS)).split("\n")
        case "leave":
            leaving = _LEAVING + (_LOOP_LEAVING if in_loop else ())
            return [draw(st.sampled_from(leaving))]
        case "atomic":
            return ["with transaction.atomic():", *block()]
        case "rollback":
            inner = ["with transaction.atomic():", *block(), "    raise Rollback"]
            return ["try:", *_indented(inner), "except Rollback:", "    pass"]
        case "if":
            lines = ["if flag:", *block()]
            return [*lines, "else:", *block()] if draw(st.booleans()) else lines
        case "for":
            target = draw(st.sampled_from(("order", "other", "item", "number, order")))
            items = "enumerate(items)" if "," in target else "items"
            lines = [f"for {target} in {items}:", *block(loop=True)]
            return [*lines, "else:", *block(1)] if draw(st.integers(0, 3)) == 0 else lines
        case "while":
            lines = ["while number < 3:", "    number += 1", *block(loop=True)]
            return [*lines, "else:", *block(1)] if draw(st.integers(0, 3)) == 0 else lines
        case "try":
            emission = draw(st.sampled_from(_EMISSIONS))
            handler = draw(st.sampled_from(_HANDLERS))
            lines = ["try:", f"    {emission}", "except Exception:", f"    {handler}"]
            return [*lines, "else:", *block(1)] if draw(st.booleans()) else lines
        case "guarded":
            handler = draw(st.sampled_from(_HANDLERS))
            return ["try:", *block(), "except Exception:", f"    {handler}"]
        case "finally":
            return ["try:", *block(), "finally:", *block(1)]
        case "function":
            return ["def inner():", *block(2, loop=False)]
        case "run":
            return ["inner()"]
        case _:
            head = draw(st.sampled_from(_INNER))
            calls = ["inner()"] * (1 if draw(st.integers(0, 3)) else 2)
            return [*head.split("\n"), *block(2, loop=False), *calls]


@st.composite
def _block(draw: st.DrawFn, depth: int, in_loop: bool, count: int) -> list[str]:
    parts = draw(st.lists(_statement(depth, in_loop), min_size=1, max_size=count))
    return [line for part in parts for line in part]


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A module with a function ``run``; each emission has a number of its own."""
    lines = [*_indented(draw(_block(3, False, 6))), "    return result"]
    numbers = itertools.count(1)
    body = re.sub(r"@(?=\))", lambda _: str(next(numbers)), "\n".join(lines))
    return module_of(body)


_AROUND = (
    "for order in items:",
    "for other in items:",
    "while number < 3:\n    number += 1",
    "with transaction.atomic():",
    "def inner():",
)


@st.composite
def short_programs(draw: st.DrawFn) -> str:
    """A module whose ``run`` is a few steps around an emission: what they do to it stands alone."""
    steps = st.sampled_from(_STEPS)
    parts = draw(st.lists(steps, max_size=2))
    parts.append(draw(st.sampled_from(_EMISSIONS)))
    parts += draw(st.lists(steps, min_size=1, max_size=3))
    parts += draw(st.lists(st.sampled_from(_EMISSIONS), max_size=1))
    lines = "\n".join(parts).split("\n")
    around = draw(st.none() | st.sampled_from(_AROUND))
    if around is not None:
        lines = [*around.split("\n"), *_indented(lines)]
        lines += ["inner()"] if around.startswith("def") else []
        lines += draw(steps).split("\n")
    numbers = itertools.count(1)
    body = "\n".join(_indented([*lines, "return result"]))
    return module_of(re.sub(r"@(?=\))", lambda _: str(next(numbers)), body))


def module_of(body: str) -> str:
    """The program whose function ``run`` has this indented body."""
    telling = TELLING if "tell" in body else ""
    return f"{HEAD}{telling}{RUN}{body}\n"


# ``order`` and ``other``, but for keywords, names of parameters and keys.
_MEMBERS = re.compile(r"(?<![\w.'\"])(?<!as )(order|other)(?![\w'\"]|=[^=])")


# What the class does by methods of its own.
_BY_METHODS = {
    "self.order, self.other = self.other, self.order": "self.swap()",
    "same_row(self.order)": "self.pick()",
    "same = self.order": "same = self.current",
    "self.order = first_of(items)": "self.keep(items[0])",
    "self.order = same_row(self.other)": "self.keep_other()",
    "self.order = Order()": "self.forget()",
    "pair_up(self.order, self.other)": "self.pair_up()",
}


def as_method(source: str) -> str:
    """The same program, its rows attributes of an object: ``self.order`` for ``order``."""
    start = source.index("def run(")
    head, body = source[:start], source[start:].split("\n", 1)[1]
    body = body.replace("nonlocal order, number", "nonlocal number")
    body = _MEMBERS.sub(r"self.\1", body)
    body = re.sub(r"\b(mark|settle)\(self\.order\)", r"self.\1()", body)
    body = body.replace("    nonlocal self.other\n", "    pass\n")
    for written, instead in _BY_METHODS.items():
        body = body.replace(written, instead)
    lines = [f"    {line}".rstrip() for line in body.split("\n")]
    return head + FLOW + "\n".join(lines).rstrip() + "\n"
