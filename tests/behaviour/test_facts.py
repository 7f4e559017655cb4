"""The facts about Django that the rules rely on, each seen on a real database.

Each test runs one function of ``project/scenarios`` in the project's process, on SQLite and on
PostgreSQL, and says what is seen and what the rule makes of it. When a new Django changes one of
them, the rule that its docstring names has to change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .databases import Database
from .processes import Child
from .recorder import Recorder

pytestmark = pytest.mark.slow

See = Callable[[str], Any]


@pytest.fixture
def see(django: Child) -> See:
    """Runs a scenario and returns what was seen."""
    return lambda name: django.ask("scenario", name=name)


# --- When the arguments are read ---


def test_a_function_made_in_a_loop_sees_the_last_value(see: See) -> None:
    """Bind by value, as a default."""
    assert see("arguments.loop") == {
        "lambda": [3, 3, 3],
        "inner def": [3, 3, 3],
        "default": [1, 2, 3],
        "partial": [1, 2, 3],
    }


def test_a_lambda_sees_a_local_rebound_later(see: See) -> None:
    """Bind by value."""
    assert see("arguments.rebound_local") == {"lambda": ["second"], "default": ["first"]}


def test_the_body_is_evaluated_at_the_commit_a_default_at_the_call(see: See) -> None:
    """``timezone.now()`` and ``request.*`` become defaults."""
    assert see("arguments.moment_of_evaluation") == [
        "as a default",
        "rest of the transaction",
        "in the body",
    ]


def test_a_deleted_instance_has_no_id(see: See) -> None:
    """An emission before the delete binds the id; one after it is wrong already and refused."""
    assert see("arguments.id_after_delete") == {
        "legacy": [None],
        "lambda": [None],
        "default before": [True],
    }


def test_a_bound_dictionary_shows_later_mutations(see: See) -> None:
    """A payload with a name that is touched later is refused."""
    assert see("arguments.dictionary_mutated_later") == {
        "named": [{"status": "closed"}],
        "built in the call": [{"status": "open"}],
    }


def test_a_bound_instance_shows_what_was_never_saved(see: See) -> None:
    """An instance that is assigned to after the emission is refused."""
    assert see("arguments.instance_changed_but_not_saved") == [["draft"], "open"]


def test_by_value_two_saves_tell_of_a_state_nobody_saw(see: See) -> None:
    """Two saves in one transaction are for review."""
    assert see("arguments.two_saves") == [["waiting", "closed"], ["closed", "closed"]]


def test_an_unsendable_payload_now_fails_after_the_commit(see: See) -> None:
    """At once the failure rolls the write back; deferred the row stays written. Said in the
    change."""
    seen = see("arguments.unsendable_payload")
    assert set(seen) == {"Decimal", "UUID", "datetime"}
    for outcome in seen.values():
        assert outcome == ["TypeError", "open", "TypeError", "closed"]


def test_an_expression_cannot_be_sent_until_refreshed(see: See) -> None:
    """``F()`` then save: refresh first, or refuse."""
    assert see("arguments.expression_saved") == ["TypeError", None]


def test_a_partial_that_is_not_robust_binds_by_value(see: See) -> None:
    """Left as it is when the code has it."""
    assert see("arguments.callback_of_a_partial") == [[1], [], 2]


def test_the_value_of_the_call_is_lost(see: See) -> None:
    """A call whose value is used is refused."""
    assert see("arguments.value_of_the_call") == [{}, None]


def test_an_instance_does_not_follow_update(see: See) -> None:
    """No emission of the instance in hand after a bulk write."""
    assert see("arguments.updated_queryset") == ["open", "closed"]


# --- Failures ---


def test_a_failing_callback_fails_the_request_after_its_commit(see: See) -> None:
    """Hence ``robust=True``."""
    seen = see("failures.not_robust")
    assert seen == {"http": 500, "row": "closed", "sent": [], "logged": []}


def test_a_robust_callback_is_logged_and_the_next_one_runs(see: See) -> None:
    """The shape that the rule writes."""
    seen = see("failures.robust")
    assert seen == {"http": 200, "row": "closed", "sent": ["later"], "logged": ["Failure"]}


def test_a_robust_partial_loses_the_callbacks_after_it(see: See) -> None:
    """Django ticket 36487: never generate the pair."""
    seen, error = see("failures.robust_partial")
    assert error == "AttributeError"
    assert seen == {"http": 500, "row": "closed", "sent": [], "logged": []}


def test_a_try_around_a_deferred_emission_catches_nothing(see: See) -> None:
    """It moves into the callback, gives way to ``robust``, or the wrapping is refused."""
    assert see("failures.try_around_the_emission") == {
        "now": {"caught": ["around the call"], "outside": None, "logged": []},
        "deferred": {"caught": [], "outside": "Failure", "logged": []},
        "deferred, robust": {"caught": [], "outside": None, "logged": ["Failure"]},
        "deferred, try moved into the callback": {
            "caught": ["in the callback"],
            "outside": None,
            "logged": [],
        },
    }


def test_without_a_transaction_a_callback_runs_at_once(see: See) -> None:
    """Wrapping in autocommit changes nothing, not even who catches."""
    assert see("failures.outside_any_transaction") == ["sent", "after", "caught"]


def test_deferred_nothing_tells_of_a_rollback(see: See) -> None:
    """An ``except`` that tells of the failure, and a ``finally`` that runs on it, are refused."""
    assert see("failures.told_from_finally_or_except") == {
        "now": {"error": "Failure", "sent": ["except", "finally"]},
        "deferred": {"error": "Failure", "sent": []},
    }


# --- Which commit ---


def test_callbacks_go_with_their_savepoint(see: See) -> None:
    """Wrap in place: hoisted out of the inner block, an event of nothing is sent."""
    assert see("transactions.inner_savepoint_rolled_back") == [["outer", "hoisted"], "open"]


def test_callbacks_wait_for_the_outermost_commit_in_order(see: See) -> None:
    """Consecutive emissions stay in order, whatever block they are in."""
    assert see("transactions.nested") == [
        "inner block left",
        "outer, first",
        "inner",
        "outer, second",
    ]


def test_a_hook_on_the_default_alias_does_not_wait_for_another(see: See) -> None:
    """``using=`` is copied."""
    assert see("transactions.other_alias") == {"default": "open", "other": "closed"}


def test_wrapped_twice_runs_at_once_and_in_order(see: See) -> None:
    """Harmless, therefore functions reached only through on_commit can be skipped."""
    assert see("transactions.wrapped_twice") == ["first, twice", "second", "third, twice"]


def test_with_autocommit_off_there_is_no_hook(see: See) -> None:
    """Refused."""
    assert see("transactions.autocommit_off") == "TransactionManagementError"


def test_a_returned_error_response_commits_and_emits(see: See) -> None:
    """Wrapped: the view did not raise."""
    seen = see("transactions.bad_request_returned")
    assert seen == {"http": 400, "row": "closed", "sent": ["deferred"]}


def test_a_drf_exception_rolls_back_and_drops_the_hook(see: See) -> None:
    """Wrapped: what was sent at once was a phantom."""
    assert see("transactions.drf_exception") == {"http": 400, "row": "open", "sent": ["now"]}


def test_a_non_atomic_view_is_in_autocommit(see: See) -> None:
    """``non_atomic_requests`` is understood."""
    seen = see("transactions.non_atomic_view")
    assert seen == {"http": 500, "row": "closed", "sent": ["deferred", "end of the view"]}


def test_a_streamed_response_runs_outside_the_transaction(see: See) -> None:
    """Generators are left alone."""
    assert see("transactions.streaming") == [True, "commit", False, "sent", "next line"]


def test_a_durable_block_is_the_outermost(see: See) -> None:
    """``durable`` is understood: its end is a commit."""
    assert see("transactions.durable") == [["sent", "after the block"], "RuntimeError"]


def test_coroutines_have_no_hooks_and_are_none(see: See) -> None:
    """``async def`` is refused."""
    assert see("transactions.asynchronous") == {
        "on_commit": "SynchronousOnlyOperation",
        "atomic": "SynchronousOnlyOperation",
        "ran": [],
        "warned": True,
    }


def test_a_callback_can_hold_no_lock(see: See, database: Database) -> None:
    """``select_for_update`` in the arguments is refused; SQLite hides the error."""
    error = see("transactions.lock_in_a_callback")
    assert error == (None if database.vendor == "sqlite" else "TransactionManagementError")


def test_deferred_the_row_is_free_while_the_event_is_sent(see: See) -> None:
    """What wrapping gains for everybody who waits for the row."""
    assert see("transactions.row_locked_while_sending") == [False, True]


# --- Signals ---


def test_post_save_is_in_a_transaction_only_by_its_caller(see: See) -> None:
    """Wrapped in receivers; bulk writes send no signal."""
    assert see("signals.saves") == {
        "save": [False],
        "create": [False],
        "atomic": [True],
        "update_or_create, found": [True],
        "update_or_create, new": [True],
        "get_or_create, found": [],
        "get_or_create, new": [True],
        "update": [],
        "bulk_create": [],
        "bulk_update": [],
    }


def test_delete_signals_are_always_in_a_transaction(see: See) -> None:
    """Wrapped in receivers: the row is still there for everybody else."""
    assert see("signals.deletes") == {"instance": [True, True], "queryset": [True, True]}


def test_deferred_from_a_receiver_the_row_is_gone(see: See) -> None:
    """And a delete that fails sends nothing."""
    assert see("signals.deferred_from_a_receiver") == [[None], "Failure"]


def test_a_delete_override_is_skipped_by_querysets_and_cascades(see: See) -> None:
    """post_delete is recommended instead."""
    assert see("signals.delete_overridden") == {
        "instance": {"override": True, "post_delete": 1},
        "queryset": {"override": False, "post_delete": 1},
        "cascade": {"override": False, "post_delete": 1},
    }


# --- The tests of the migrated project ---


def test_in_a_testcase_deferred_calls_are_not_seen(see: See) -> None:
    """Affected tests are listed with what to change."""
    assert see("target_tests.calls_seen") == {
        "TestCase": 0,
        "TestCase, captured": 1,
        "TransactionTestCase": 1,
    }


def test_a_callback_looks_its_names_up_late(see: See, recorder: Recorder) -> None:
    """A mock that has ended by then lets a real call through."""
    before = len(recorder.events)
    assert see("target_tests.expired_mock") == 0
    assert [event.name for event in recorder.events[before:]] == ["ticket_updated"]
