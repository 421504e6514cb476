"""Days and periods."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.kpis.periods import Period, period

TODAY = date(2026, 3, 4)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def test_without_a_wish_it_is_the_last_thirty_days() -> None:
    assert period(None, None, TODAY) == Period(date(2026, 2, 3), TODAY)


def test_a_beginning_alone_reaches_until_today() -> None:
    assert period(date(2026, 3, 1), None, TODAY) == Period(date(2026, 3, 1), TODAY)


def test_an_end_alone_has_thirty_days_before_it() -> None:
    assert period(None, date(2026, 1, 30), TODAY) == Period(date(2026, 1, 1), date(2026, 1, 30))


def test_a_beginning_in_the_future_is_a_period_of_one_day() -> None:
    tomorrow = TODAY + timedelta(days=1)

    assert period(tomorrow, None, TODAY) == Period(tomorrow, tomorrow)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "from"),
        (date(1999, 12, 31), date(2000, 1, 5), "from"),
        (date(2020, 1, 1), TODAY, "from"),
        (None, date.min, "to"),
        (None, date(1999, 12, 31), "to"),
        (date.min, None, "from"),
        (date.max, None, "to"),
        (None, date.max, "to"),
        (date(2027, 3, 1), date(2027, 3, 6), "to"),
    ],
)
def test_a_period_that_cannot_be_names_the_field(first: date | None, last: date | None, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        period(first, last, TODAY)

    assert list(caught.value.fields) == [field]


@given(days, st.integers(1, 800))
def test_the_period_before_is_as_long_and_ends_the_day_before(first: date, length: int) -> None:
    span = Period(first, first + timedelta(days=length - 1))

    assert span.before().days == span.days == length
    assert span.before().last + timedelta(days=1) == span.first


@given(days, st.integers(1, 100))
def test_a_period_holds_just_its_own_days(first: date, length: int) -> None:
    span = Period(first, first + timedelta(days=length - 1))

    assert len(span.each_day()) == length
    assert all(span.holds(day) for day in span.each_day())
    assert not span.holds(first - timedelta(days=1))
    assert not span.holds(span.last + timedelta(days=1))
