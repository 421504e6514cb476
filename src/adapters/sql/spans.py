"""Several periods in one statement: their days are parameters, and each row says which of them it is of."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, or_

from domain.kpis.periods import Period


def days_of(spans: Sequence[Period]) -> dict[str, object]:
    """The parameters."""
    days: dict[str, object] = {
        "first_of_all": min(span.first for span in spans),
        "last_of_all": max(span.last for span in spans),
    }
    for place, span in enumerate(spans):
        days |= {f"first_{place}": span.first, f"last_{place}": span.last}
    return days


def within(day: ColumnElement[Any], place: int = 0) -> ColumnElement[bool]:
    """Whether it is a day of this period."""
    return day.between(bindparam(f"first_{place}"), bindparam(f"last_{place}"))


def within_any(day: ColumnElement[Any], spans: int) -> tuple[ColumnElement[bool], ...]:
    """The conditions on a day of one of so many periods.

    PostgreSQL looks up no alternatives in an index that the day is not the first column of: the stretch that all of them
    lie in is named as well, or it would read the days of all years.
    """
    whole = day.between(bindparam("first_of_all"), bindparam("last_of_all"))
    return whole, or_(*(within(day, place) for place in range(spans)))


def number_of(day: ColumnElement[Any], spans: int) -> ColumnElement[int]:
    """Which of so many periods a day is of: the place of the first that has it."""
    return case(*((within(day, place), place) for place in range(spans))).label("number")
