"""What the doctor says of the sync as a whole."""

from dataclasses import replace

from domain.operations.concerns import concerns
from domain.operations.model import Finding, Standing

QUIET = Standing({}, 0, 0, {}, 0.0)


def test_nothing_is_said_of_a_sync_that_is_well() -> None:
    well = replace(QUIET, oldest_due_seconds=300.0, incomplete_days={"gap": 7})

    assert concerns(well) == [Finding("sync", True)]


def test_work_that_nobody_takes_up_is_a_warning() -> None:
    (warning,) = concerns(replace(QUIET, oldest_due_seconds=301.5))

    assert (warning.name, warning.ok) == ("sync_queue", True)
    assert "301 s" in warning.cause
    assert "SCHEDULER" in warning.mend


def test_work_that_was_set_aside_is_a_warning_with_its_counts() -> None:
    (warning,) = concerns(replace(QUIET, set_aside={"orders": 2, "reports": 1}))

    assert (warning.name, warning.ok) == ("sync_set_aside", True)
    assert warning.cause.startswith("3 resources failed again and again, and are not tried")
    assert warning.details == {"orders": 2, "reports": 1}


def test_only_days_that_fetching_again_did_not_mend_are_a_warning() -> None:
    (warning,) = concerns(replace(QUIET, incomplete_days={"gap": 7, "lasting": 1}))

    assert (warning.name, warning.ok, warning.details) == ("ledger_gaps", True, {"lasting": 1})
    assert warning.cause.startswith("1 day of orders is incomplete")


def test_sums_that_are_other_than_their_orders_are_a_warning() -> None:
    (warning,) = concerns(replace(QUIET, differing_sums=1, differing_connections=1))

    assert (warning.name, warning.ok, warning.details) == ("rollups", True, {"sums": 1, "connections": 1})
    assert warning.cause == "1 daily sum of 1 connection is other than the orders they are made of"
    assert "--repair" in warning.mend


def test_several_warnings_stand_beside_each_other() -> None:
    all_of_it = replace(
        QUIET, oldest_due_seconds=900.0, set_aside={"orders": 1}, incomplete_days={"lasting": 2}
    )

    assert [each.name for each in concerns(all_of_it)] == ["sync_queue", "sync_set_aside", "ledger_gaps"]
