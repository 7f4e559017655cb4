"""What each code means, with an example before and after: the text of ``pusher-migrate explain``.

Names and summaries are in `config.CODES`. The examples are of an invented shop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code in full.

    Attributes:
        meaning: What was found, and why it matters; paragraphs.
        outcome: What the tool does about it, or what a person should do.
        before: Python with the finding.
        after: The same code once the finding is dealt with, by the tool or by hand.
    """

    meaning: str
    outcome: str
    before: str
    after: str


_EXPLANATIONS = {
    "PM101": Explanation(
        meaning="A call of `trigger` (or `trigger_batch`, `send_to_user`) on a Pusher client "
        "outside the transport, whose event and channel the catalogue maps to a method of the "
        "manager. Channel, event and payload are spelled out at each such place and drift apart; "
        "the manager has them once.",
        outcome="Rewritten to the manager's method. Its arguments are bound to the instances that "
        "the old call used. The change is for review when subscribers would lose payload keys that "
        "the catalogue does not accept as lost (PM401), or for another reason that it names.",
        before="""\
pusher_client.trigger(
    f"shop-{order.shop.id}", "order-paid", {"id": order.id, "total": order.total}
)
""",
        after="""\
notification_manager.realtime_order_paid(order)
""",
    ),
    "PM102": Explanation(
        meaning="A legacy call that the tool has no target for: no [[event]] of the catalogue "
        "matches its event, channel and payload, or the one that does names a method that the "
        "manager does not have.",
        outcome="Left alone. Add an [[event]] entry, or the method to the manager.",
        before="""\
pusher_client.trigger("shop-1", "stock-counted", {"count": 3})
""",
        after="""\
# pusher-migrate.toml: [[event]] event = "stock-counted", call = "realtime_stock_counted(stock)"
notification_manager.realtime_stock_counted(stock)
""",
    ),
    "PM103": Explanation(
        meaning="A legacy call next to a call of the manager that tells subscribers the same of "
        "the same instance on the same path. Rewriting it would send the event twice.",
        outcome="Removed. For review, unless the catalogue declares the method with "
        "`superseded_by`.",
        before="""\
notification_manager.realtime_order_paid(order)
pusher_client.trigger(f"shop-{order.shop.id}", "order-paid", {"id": order.id})
""",
        after="""\
notification_manager.realtime_order_paid(order)
""",
    ),
    "PM104": Explanation(
        meaning="A legacy call that a rewrite would break, or might: the call's value is used, the "
        "event is only known at run time, `socket_id` is passed, no instance of the right model is "
        "in scope or more than one is, the instance is deleted before the call, it is awaited.",
        outcome="Left alone; the reason says which of these it is. Change the place by hand. In "
        "the example the instance has no primary key any more when it is sent.",
        before="""\
order.delete()
pusher_client.trigger("orders", "order-deleted", {"id": order.id})
""",
        after="""\
order_id = order.id
order.delete()
notification_manager.realtime_order_deleted(order_id)
""",
    ),
    "PM105": Explanation(
        meaning="An import of the client that nothing refers to once the calls are rewritten. "
        "References are looked for in the whole project: other modules that import the name from "
        'here, `__all__`, and strings like `mock.patch("orders.views.pusher_client")`.',
        outcome="Removed along with the last call. Kept when there is any reference.",
        before="""\
from common.realtime import pusher_client
""",
        after="",
    ),
    "PM106": Explanation(
        meaning="A call that looks like one on the client, on a name that something else has "
        "taken: a later import or assignment shadows it. It can never send.",
        outcome="Left alone: what was meant cannot be told. Remove the shadowing, or the call.",
        before="""\
from common.realtime import pusher_client
from common.fakes import pusher_client

pusher_client.trigger("orders", "order-paid", {})
""",
        after="""\
from common.realtime import pusher_client

pusher_client.trigger("orders", "order-paid", {})
""",
    ),
    "PM107": Explanation(
        meaning="A legacy call that the catalogue maps to a method that the manager does not have "
        "yet, where the call itself says what the method has to send.",
        outcome="The method is written and the call is rewritten, as one change. It is safe where "
        'the new method sends what the call sent. With `envelope = "manager"` the payload goes '
        "into the manager's own envelope, which changes the wire: the change is for review.",
        before="""\
class NotificationManager:
    def realtime_order_paid(self, order): ...

pusher_client.trigger(f"shop-{order.shop.id}", "order-packed", {"id": order.id})
""",
        after="""\
class NotificationManager:
    def realtime_order_paid(self, order): ...

    def realtime_order_packed(self, order):
        self._send(f"shop-{order.shop.id}", "order-packed", {"id": order.id})

notification_manager.realtime_order_packed(order)
""",
    ),
    "PM201": Explanation(
        meaning="An emission inside a transaction. Subscribers that fetch the data when the event "
        "comes read the old state, and when the transaction is rolled back they were told of "
        "something that never happened.",
        outcome="Deferred with `transaction.on_commit`, its values bound at the place of the call.",
        before="""\
with transaction.atomic():
    order.save()
    notification_manager.realtime_order_paid(order)
""",
        after="""\
with transaction.atomic():
    order.save()
    transaction.on_commit(
        lambda order=order: notification_manager.realtime_order_paid(order), robust=True
    )
""",
    ),
    "PM202": Explanation(
        meaning="An emission that can leave before the commit, where deferring it would change "
        "what the code does: its value is used, a handler around it answers to its failure, an "
        "argument changes before the commit.",
        outcome="Left alone; the reason says what would change. Change the place by hand.",
        before="""\
with transaction.atomic():
    order.save()
    delivered = notification_manager.realtime_order_paid(order)
    log.info("told: %s", delivered)
""",
        after="""\
with transaction.atomic():
    order.save()
    transaction.on_commit(
        lambda order=order: notification_manager.realtime_order_paid(order), robust=True
    )
""",
    ),
    "PM301": Explanation(
        meaning="A field that the catalogue watches is written and saved, and nothing is sent on "
        "any path after it: subscribers keep showing the old state. A signal receiver or an "
        "overridden `save()` that sends would count.",
        outcome="The emission that the catalogue names is inserted after the write.",
        before="""\
order.status = "paid"
order.save()
""",
        after="""\
order.status = "paid"
order.save()
transaction.on_commit(
    lambda order=order: notification_manager.realtime_order_paid(order), robust=True
)
""",
    ),
    "PM302": Explanation(
        meaning="A watched field is written and saved, and only some of the paths after it send: "
        "on the others subscribers keep showing the old state.",
        outcome="Inserted on the paths that lack it where that is certain; otherwise left alone, "
        "with the paths named.",
        before="""\
order.status = status
order.save()
if status == "paid":
    notification_manager.realtime_order_updated(order)
""",
        after="""\
order.status = status
order.save()
notification_manager.realtime_order_updated(order)
""",
    ),
    "PM303": Explanation(
        meaning="`QuerySet.update`, `bulk_update`, `bulk_create` or a queryset's `delete` changes "
        "watched state of many rows. There is no instance to send for, and Django sends no "
        "`post_save` either.",
        outcome="Left alone. Send one event for the whole set, or for each row after reading the "
        "rows again.",
        before="""\
Order.objects.filter(cart=cart).update(status="paid")
""",
        after="""\
Order.objects.filter(cart=cart).update(status="paid")
notification_manager.realtime_cart_paid(cart)
""",
    ),
    "PM304": Explanation(
        meaning="A watched field is assigned and never saved: there is no `save()` after it, or "
        "its `update_fields` leave the field out. The state is lost, and an emission would tell "
        "subscribers what is not so.",
        outcome="Left alone: whether the save or the assignment is wrong cannot be told.",
        before="""\
order.status = "paid"
order.save(update_fields=["total"])
""",
        after="""\
order.status = "paid"
order.save(update_fields=["total", "status"])
""",
    ),
    "PM401": Explanation(
        meaning="Payload keys that subscribers get from a legacy call today and will not get from "
        "the manager's method. A client that reads one of them breaks.",
        outcome="Makes a rewrite one for review. When nobody needs the keys, list them under "
        "`accept_lost_keys` in the [[event]] entry; otherwise add them to the manager's payload.",
        before="""\
pusher_client.trigger("orders", "order-paid", {"id": order.id, "approved": True})
""",
        after="""\
notification_manager.realtime_order_paid(order)  # sends id, not approved
""",
    ),
    "PM402": Explanation(
        meaning="One event name that is sent with different payload keys at different places. "
        "Subscribers have to guess which of them they get.",
        outcome="Reported by `inventory`. Moving all places to one manager method settles it.",
        before="""\
pusher_client.trigger("orders", "order-paid", {"id": order.id})
pusher_client.trigger("orders", "order-paid", {"order_id": order.id, "total": order.total})
""",
        after="""\
notification_manager.realtime_order_paid(order)
notification_manager.realtime_order_paid(order)
""",
    ),
    "PM403": Explanation(
        meaning="A channel whose name fits none of the patterns that the manager sends on. Such "
        "channels have no owner, and often a typing error is why nobody listens.",
        outcome="Reported by `inventory`. Send through a manager method, or add the pattern there.",
        before="""\
pusher_client.trigger(f"shops_{shop.id}", "order-paid", {"id": order.id})
""",
        after="""\
pusher_client.trigger(f"shop-{shop.id}", "order-paid", {"id": order.id})
""",
    ),
    "PM901": Explanation(
        meaning="A file that could not be read, decoded or parsed, so that nothing is known of it. "
        "What it calls may be missing from everything else that is reported.",
        outcome="Cannot be ignored, and makes the exit code 2; all other files are treated as "
        "usual. Repair the file, or leave it out with [files] exclude.",
        before="""\
def pay(order)
    order.save()
""",
        after="""\
def pay(order):
    order.save()
""",
    ),
    "PM902": Explanation(
        meaning="A comment `# pusher-migrate: ignore[...]` on a line or statement that has none of "
        "the findings it names. It would hide the next one.",
        outcome="Reported by `check`. Remove the comment, or the code from its list.",
        before="""\
notification_manager.realtime_order_paid(order)  # pusher-migrate: ignore[PM101] old client
""",
        after="""\
notification_manager.realtime_order_paid(order)
""",
    ),
}

EXPLANATIONS: Mapping[str, Explanation] = MappingProxyType(_EXPLANATIONS)
