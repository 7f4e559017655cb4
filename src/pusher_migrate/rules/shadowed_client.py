"""PM106: a call on something that only looks like a client and can never send.

Seen in the wild: ``from chat.utils import pusher_client`` at the top, and further down an import of
the SDK's own module ``pusher.pusher_client`` under the same name. A ``try``/``except`` around the
call hides the AttributeError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pusher_migrate.model import Deferral
from pusher_migrate.rule import Context, Outcome

codes = ("PM106",)


def run(context: Context, found: Sequence[Outcome]) -> Iterator[Outcome]:
    """One deferral for each such call: a person must say what was meant."""
    for shadowed in context.index.emissions.shadowed:
        module, call = shadowed.module, shadowed.call
        yield Deferral(
            code="PM106",
            location=module.source.location(call),
            title="Call on something that is no Pusher client",
            reason=(
                f"The receiver is the module {shadowed.bound_to!r} when the call runs (a later "
                "import replaced the client), so this call can never send. Import the client under "
                "another name, or remove the call."
            ),
            symbol=module.symbol(call),
        )
