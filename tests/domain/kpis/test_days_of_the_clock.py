"""Days of 23 and of 25 hours: every order is counted once, on the day that its marketplace's calendar says."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from domain.kpis.model import DailySales
from domain.kpis.periods import Period
from domain.kpis.sales import added, of_period, series
from domain.marketplaces import MARKETPLACES, Marketplace
from domain.orders.counting import book
from tests.fakes.things import DE, JP, UK, US, an_order

_HALF_AN_HOUR = timedelta(minutes=30)
_YEAR = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]


def hours(marketplace: Marketplace, day: date) -> float:
    """How long the day is there."""
    length = marketplace.begin_of(day + timedelta(days=1)) - marketplace.begin_of(day)
    return length / timedelta(hours=1)


def changes() -> Iterator[tuple[str, date]]:
    """Every day of 2026 on which the clock of any marketplace is changed."""
    for marketplace in MARKETPLACES.values():
        for day in _YEAR:
            if hours(marketplace, day) != 24:
                yield marketplace.id, day


def counted(marketplace: Marketplace, first: datetime, last: datetime) -> list[DailySales]:
    """An order each half hour from the one moment until before the other, booked and added up by day."""
    moments = [first + number * _HALF_AN_HOUR for number in range(int((last - first) / _HALF_AN_HOUR))]
    booked = [
        book(an_order(moment.isoformat(), marketplace_id=marketplace.id, created_at=moment, total=None), US)
        for moment in moments
    ]
    days = Counter(one.day for one in booked)
    return [DailySales(day, marketplace.currency, number, 0, 0, 0, 0) for day, number in days.items()]


@pytest.mark.parametrize(("marketplace_id", "day"), list(changes()))
def test_a_day_on_which_the_clock_changes_has_the_orders_of_its_own_hours(
    marketplace_id: str, day: date
) -> None:
    marketplace = MARKETPLACES[marketplace_id]
    around = Period(day - timedelta(days=2), day + timedelta(days=2))
    begin, end = marketplace.begin_of(around.first), marketplace.begin_of(around.last + timedelta(days=1))
    rows = counted(marketplace, begin - timedelta(days=1), end + timedelta(days=1))

    points = series(rows, marketplace.currency, around)

    assert [point.orders for point in points] == [2 * hours(marketplace, each) for each in around.each_day()]
    assert points[2].orders in (46, 50)
    assert added(of_period(rows, around), marketplace.currency).orders == (end - begin) / _HALF_AN_HOUR


@pytest.mark.parametrize(
    ("marketplace_id", "short", "long"),
    [
        (US, date(2026, 3, 8), date(2026, 11, 1)),
        (UK, date(2026, 3, 29), date(2026, 10, 25)),
        (DE, date(2026, 3, 29), date(2026, 10, 25)),
    ],
)
def test_the_calendar_is_the_one_that_people_there_live_by(
    marketplace_id: str, short: date, long: date
) -> None:
    marketplace = MARKETPLACES[marketplace_id]

    assert {day: hours(marketplace, day) for day in _YEAR if hours(marketplace, day) != 24} == {
        short: 23,
        long: 25,
    }


def test_where_no_clock_changes_all_days_are_alike() -> None:
    assert {hours(MARKETPLACES[JP], day) for day in _YEAR} == {24}


def test_the_last_and_the_first_moment_of_every_day_belong_to_it() -> None:
    for marketplace in MARKETPLACES.values():
        for day, following in pairwise(_YEAR):
            end = marketplace.begin_of(following)
            assert marketplace.day_of(end - timedelta(microseconds=1)) == day
            assert marketplace.day_of(end) == following


def test_an_order_in_the_hour_that_comes_twice_is_counted_once() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin).astimezone(UTC)
    second = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=berlin).astimezone(UTC)

    days = [book(an_order(marketplace_id=DE, created_at=at), DE).day for at in (first, second)]

    assert second - first == timedelta(hours=1)
    assert days == [date(2026, 10, 25)] * 2
