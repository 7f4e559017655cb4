"""The method that legacy calls move to: one that is there, or one that is written for them."""

from __future__ import annotations

from dataclasses import dataclass

from pusher_migrate.index.sending.contracts import Contract
from pusher_migrate.model import Edit
from pusher_migrate.scaffold.envelope import Envelope
from pusher_migrate.scaffold.sending import Delivery


@dataclass(frozen=True, eq=False, slots=True)
class Target:
    """A method.

    Attributes:
        contract: What it takes.
        deliveries: What it sends.
        edits: What writes it; empty for one that is there.
        signature: Name and parameters, for people; empty for one that is there.
        envelope: What it puts the payload into; None when it sends it as it is.
    """

    contract: Contract
    deliveries: tuple[Delivery, ...]
    edits: tuple[Edit, ...] = ()
    signature: str = ""
    envelope: Envelope | None = None
