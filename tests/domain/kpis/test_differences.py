"""From which day on a recount can be compared, where retention has let orders go."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.kpis.differences import first_whole_day

MIDNIGHT = datetime(2026, 3, 4, tzinfo=UTC)


def test_where_nothing_has_gone_every_day_can_be_compared() -> None:
    assert first_whole_day(None) is None


@pytest.mark.parametrize("hours", range(25))
def test_no_calendar_has_an_order_of_the_first_day_before_the_cutoff(hours: int) -> None:
    cutoff = MIDNIGHT + timedelta(hours=hours)

    first = first_whole_day(cutoff)

    assert first is not None
    begins_in_kiribati = datetime.combine(first, MIDNIGHT.time(), UTC) - timedelta(hours=14)
    assert begins_in_kiribati >= cutoff
    assert begins_in_kiribati - cutoff < timedelta(days=1)


def test_of_a_cutoff_at_midnight_the_next_day_is_the_first() -> None:
    assert first_whole_day(MIDNIGHT) == date(2026, 3, 5)
