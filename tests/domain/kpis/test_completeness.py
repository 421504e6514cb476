"""Up to when a period's figures are known to be complete."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from domain.connections.model import ConnectionId
from domain.kpis.completeness import (
    EVER,
    Lacking,
    Slice,
    complete_until,
    is_fetched,
    latest_begins,
    what_lacks,
)
from domain.kpis.periods import Period
from domain.ledger.model import DayCount, LedgerDay, Verdict
from tests.fakes.things import JP, NOW, US

SPAN = Period(date(2026, 2, 3), date(2026, 3, 4))
READ_UNTIL = NOW - timedelta(minutes=3)
CONNECTION = ConnectionId(uuid4())
NOTHING = Lacking((), ())
DAY = timedelta(days=1)


def gap(day: date, marketplace_id: str = US) -> LedgerDay:
    count = DayCount(marketplace_id, day, 2, 2, 2000, "USD")
    return LedgerDay(CONNECTION, count, NOW, Verdict.GAP, replace(count, orders=1))


def history(first: date, days: int = 30, *marketplace_ids: str) -> Slice:
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return Slice(marketplace_ids or (US,), start, start + days * DAY)


def test_without_gaps_it_is_how_far_the_orders_are_read() -> None:
    assert complete_until(READ_UNTIL, SPAN, NOTHING, None) == READ_UNTIL


def test_nothing_read_is_nothing_known() -> None:
    assert complete_until(None, SPAN, NOTHING, None) is None


def test_a_gap_ends_it_where_the_first_such_day_begins_in_its_marketplace() -> None:
    lacking = Lacking((gap(date(2026, 2, 20)), gap(date(2026, 2, 20), JP), gap(date(2026, 2, 25))), ())

    assert complete_until(READ_UNTIL, SPAN, lacking, None) == datetime(2026, 2, 19, 15, tzinfo=UTC)


def test_a_gap_on_the_first_day_leaves_nothing_complete() -> None:
    assert complete_until(READ_UNTIL, SPAN, Lacking((gap(SPAN.first),), ()), None) is None


def test_history_that_is_still_missing_at_the_begin_leaves_nothing_complete() -> None:
    lacking = Lacking((), (history(date(2026, 1, 20)),))

    assert complete_until(READ_UNTIL, SPAN, lacking, None) is None


def test_history_that_is_missing_later_ends_it_there() -> None:
    lacking = Lacking((), (history(date(2026, 2, 10)),))

    assert complete_until(READ_UNTIL, SPAN, lacking, None) == datetime(2026, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize("first", [date(2025, 12, 1), date(2026, 3, 6)])
def test_history_outside_the_period_does_not_matter(first: date) -> None:
    assert complete_until(READ_UNTIL, SPAN, Lacking((), (history(first),)), None) == READ_UNTIL


def test_history_of_another_marketplace_does_not_matter() -> None:
    lacking = Lacking((), (history(date(2026, 2, 1), 30, JP),))

    assert complete_until(READ_UNTIL, SPAN, lacking, US) == READ_UNTIL
    assert complete_until(READ_UNTIL, SPAN, lacking, JP) is None


#: When the period begins, in Los Angeles.
BEGIN = datetime(2026, 2, 3, 8, tzinfo=UTC)


def test_a_period_that_begins_before_orders_are_fetched_is_complete_up_to_nowhere() -> None:
    assert complete_until(READ_UNTIL, SPAN, Lacking((), (), {US: BEGIN}), None) == READ_UNTIL
    assert complete_until(READ_UNTIL, SPAN, Lacking((), (), {US: BEGIN + timedelta(minutes=1)}), None) is None


def test_a_period_that_is_over_before_orders_are_fetched_is_not_complete_either() -> None:
    long_ago = Period(date(2025, 1, 1), date(2025, 6, 30))

    assert complete_until(READ_UNTIL, long_ago, Lacking((), (), {US: BEGIN}), None) is None


def test_a_marketplace_that_was_joined_later_matters_to_itself_and_to_the_whole() -> None:
    lacking = Lacking((), (), {US: BEGIN - 60 * DAY, JP: BEGIN})

    assert complete_until(READ_UNTIL, SPAN, lacking, US) == READ_UNTIL
    assert complete_until(READ_UNTIL, SPAN, lacking, JP) is None
    assert complete_until(READ_UNTIL, SPAN, lacking, None) is None


def test_history_on_its_way_ends_a_period_where_it_is_missing_as_long_as_it_reaches_back_far_enough() -> None:
    on_its_way = (history(date(2026, 2, 10)),)
    planned = {US: BEGIN - 60 * DAY}

    until = complete_until(READ_UNTIL, SPAN, Lacking((), on_its_way, planned), None)

    assert until == datetime(2026, 2, 10, tzinfo=UTC)


# Why it is not


def test_nothing_is_said_of_a_period_that_lacks_nothing() -> None:
    assert what_lacks(READ_UNTIL, SPAN, Lacking((), (), {US: BEGIN}), None) is None


def test_what_was_never_fetched_is_said_with_the_first_whole_day_and_the_mend() -> None:
    begins = {US: BEGIN + timedelta(minutes=1), JP: BEGIN - 60 * DAY}

    words = what_lacks(READ_UNTIL, SPAN, Lacking((), (), begins), None)

    assert words == (
        "Orders are fetched from 2026-02-04 on: a larger BACKFILL_DAYS, or portside backfill, brings older ones,"
        " as far as Amazon tells of them."
    )
    assert what_lacks(READ_UNTIL, SPAN, Lacking((), (), begins), JP) is None


def test_a_period_from_the_day_that_is_named_on_lacks_nothing() -> None:
    lacking = Lacking((), (), {US: BEGIN + timedelta(minutes=1)})

    assert what_lacks(READ_UNTIL, Period(date(2026, 2, 4), SPAN.last), lacking, None) is None


def test_nobody_is_sent_to_fetch_what_is_about_to_be_planned() -> None:
    connected_at = READ_UNTIL - timedelta(minutes=5)
    unplanned = Lacking((), (Slice((US,), EVER, connected_at),), {US: connected_at})

    words = what_lacks(READ_UNTIL, SPAN, unplanned, None)

    assert words == "Some orders of this period are still being fetched, or could not be."
    assert complete_until(READ_UNTIL, SPAN, unplanned, None) is None


def test_days_that_lack_orders_and_orders_that_were_never_read_are_said() -> None:
    lacking = Lacking((gap(date(2026, 2, 20)), gap(date(2026, 2, 25))), (), {US: BEGIN})

    assert what_lacks(READ_UNTIL, SPAN, lacking, None) == (
        "Amazon counts other orders than are here, first on 2026-02-20."
    )
    assert what_lacks(None, SPAN, lacking, None) == "Its orders have not been read yet."


# Whether a period can be compared with


BEFORE = SPAN.before()
LONG_AGO = {US: datetime(2025, 12, 1, tzinfo=UTC)}


def test_a_period_whose_history_is_here_can_be_compared_with() -> None:
    assert is_fetched(READ_UNTIL, BEFORE, Lacking((), (), LONG_AGO), None)


def test_a_period_that_begins_before_orders_are_fetched_cannot() -> None:
    midnight = datetime(2026, 1, 4, 8, tzinfo=UTC)  # of its first day, in Los Angeles

    assert is_fetched(READ_UNTIL, BEFORE, Lacking((), (), {US: midnight}), None)
    assert not is_fetched(READ_UNTIL, BEFORE, Lacking((), (), {US: midnight + timedelta(minutes=1)}), None)


def test_a_period_that_history_is_being_fetched_of_cannot() -> None:
    lacking = Lacking((), (history(BEFORE.first, 3),), LONG_AGO)

    assert not is_fetched(READ_UNTIL, BEFORE, lacking, None)


def test_a_period_to_the_end_of_which_orders_were_not_read_cannot() -> None:
    assert not is_fetched(None, BEFORE, Lacking((), (), LONG_AGO), None)
    assert not is_fetched(READ_UNTIL - 40 * DAY, BEFORE, Lacking((), (), LONG_AGO), None)


def test_a_single_day_that_lacks_orders_does_not_matter() -> None:
    assert is_fetched(READ_UNTIL, BEFORE, Lacking((gap(SPAN.first),), (), LONG_AGO), None)


def test_only_the_marketplace_in_question_counts() -> None:
    lacking = Lacking((), (history(BEFORE.first, 3, JP),), {**LONG_AGO, JP: READ_UNTIL})

    assert is_fetched(READ_UNTIL, BEFORE, lacking, US)
    assert not is_fetched(READ_UNTIL, BEFORE, lacking, JP)
    assert not is_fetched(READ_UNTIL, BEFORE, lacking, None)


def test_orders_are_fetched_since_the_first_slice_of_the_latest_seller() -> None:
    other = ConnectionId(uuid4())
    first, second, third = (NOW - days * DAY for days in (90, 60, 30))

    found = latest_begins(
        [
            (CONNECTION, (US, JP), second),
            (CONNECTION, (US,), first),
            (other, (US,), third),
            (other, (JP,), first),
        ]
    )

    assert found == {US: third, JP: second}
