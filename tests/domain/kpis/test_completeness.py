"""Up to when a period's figures are known to be complete."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from domain.connections.model import ConnectionId
from domain.kpis.completeness import Lacking, Slice, complete_until, is_fetched, latest_begins
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
