"""Which writes send signals, and whether their receivers are in a transaction."""

from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models.signals import post_delete, post_save, pre_delete

from ..desk import models
from ..desk.models import Note, Ticket
from . import error_of, fail, open_ticket, status_elsewhere


@contextmanager
def received(*signals, sender=Ticket):
    """For each signal that comes: whether its receiver is in a transaction."""
    seen = []

    def receive(**_):
        seen.append(connection.in_atomic_block)

    for signal in signals:
        signal.connect(receive, sender=sender)
    try:
        yield seen
    finally:
        for signal in signals:
            signal.disconnect(receive, sender=sender)


def saves():
    """For each way to save: whether each post_save is in a transaction."""
    ticket = open_ticket()

    def in_atomic():
        with transaction.atomic():
            ticket.save()

    ways = {
        "save": ticket.save,
        "create": lambda: Ticket.objects.create(),
        "atomic": in_atomic,
        "update_or_create, found": lambda: Ticket.objects.update_or_create(
            {"status": "closed"}, pk=ticket.pk
        ),
        "update_or_create, new": lambda: Ticket.objects.update_or_create(pk=-1),
        "get_or_create, found": lambda: Ticket.objects.get_or_create(pk=ticket.pk),
        "get_or_create, new": lambda: Ticket.objects.get_or_create(pk=-2),
        "update": lambda: Ticket.objects.filter(pk=ticket.pk).update(status="closed"),
        "bulk_create": lambda: Ticket.objects.bulk_create([Ticket()]),
        "bulk_update": lambda: Ticket.objects.bulk_update([ticket], ["status"]),
    }
    seen = {}
    for name, way in ways.items():
        with received(post_save) as seen[name]:
            way()
    Ticket.objects.filter(pk__lt=0).delete()
    return seen


def deletes():
    """For each way to delete: whether pre_delete and post_delete are in a transaction."""
    seen = {}
    for name, way in {
        "instance": lambda ticket: ticket.delete(),
        "queryset": lambda ticket: Ticket.objects.filter(pk=ticket.pk).delete(),
    }.items():
        with received(pre_delete, post_delete) as seen[name]:
            way(open_ticket())
    return seen


def deferred_from_a_receiver():
    """A receiver that defers: what the row says then, and what is sent if the delete fails."""
    sent = []

    def receive(instance, **_):
        transaction.on_commit(lambda pk=instance.pk: sent.append(status_elsewhere(pk)), robust=True)

    def failing_delete():
        with transaction.atomic():
            open_ticket().delete()
            fail()

    post_delete.connect(receive, sender=Ticket)
    try:
        open_ticket().delete()
        return sent, error_of(failing_delete)
    finally:
        post_delete.disconnect(receive, sender=Ticket)


def delete_overridden():
    """For each way to delete: whether the model's own delete() ran, and post_delete."""
    seen = {}
    for name, way in {
        "instance": lambda note: note.delete(),
        "queryset": lambda note: Note.objects.filter(pk=note.pk).delete(),
        "cascade": lambda note: note.ticket.delete(),
    }.items():
        models.overridden.clear()
        with received(post_delete, sender=Note) as signals:
            way(Note.objects.create(ticket=open_ticket(), text=name))
        seen[name] = {"override": name in models.overridden, "post_delete": len(signals)}
    return seen
