"""The rules, in the order in which they run: a new one is a module and a name in the tuple."""

from __future__ import annotations

from pusher_migrate.rule import Rule
from pusher_migrate.rules import (
    legacy_call,
    missing_emission,
    on_commit,
    scaffold,
    shadowed_client,
    target_tests,
    unused_client_import,
)

RULES: tuple[Rule, ...] = (
    legacy_call,
    scaffold,
    on_commit,
    shadowed_client,
    missing_emission,
    target_tests,
    unused_client_import,
)
