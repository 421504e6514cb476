"""Stretches of eight days, whose sums stand beside those of single days: a month is three or four of them, and some days.

However densely a SKU sells, its sums of a period are found in few rows.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

#: The days of a stretch. Rows are stored by it: another number would need all of them to be counted anew.
DAYS = 8
#: The columns with the units of each of its days.
UNITS = tuple(f"units_{number}" for number in range(DAYS))
#: In SQL, which day of its stretch a day is, and the first day. Days are counted as Python counts them: from 1 for the
#: first of January of the year 1.
_PLACE = {
    "postgresql": f"mod({{day}} - DATE '0001-01-01' + 1, {DAYS})",
    "sqlite": f"(CAST(julianday({{day}}) - 1721424.5 AS INTEGER) % {DAYS})",
}
_FIRST = {"postgresql": "({day} - {place})", "sqlite": "date({day}, '-' || {place} || ' days')"}


def place_of(day: date) -> int:
    """Which day of its stretch it is, from 0."""
    return day.toordinal() % DAYS


def first_of(day: date) -> date:
    """The first day of its stretch."""
    return day - timedelta(days=place_of(day))


class place_in_stretch(GenericFunction[int]):  # noqa: N801 - a function of SQL
    """``place_of`` in SQL."""

    type = Integer()
    inherit_cache = True


class first_of_stretch(GenericFunction[date]):  # noqa: N801 - a function of SQL
    """``first_of`` in SQL."""

    type = Date()
    inherit_cache = True


@compiles(place_in_stretch)
def _place(element: place_in_stretch, compiler: Any, **words: Any) -> str:
    (day,) = element.clauses
    return _PLACE[compiler.dialect.name].format(day=compiler.process(day, **words))


@compiles(first_of_stretch)
def _first(element: first_of_stretch, compiler: Any, **words: Any) -> str:
    (day,) = element.clauses
    place = compiler.process(place_in_stretch(day), **words)
    return _FIRST[compiler.dialect.name].format(day=compiler.process(day, **words), place=place)


@dataclass(frozen=True)
class Cut:
    """A period cut into the whole stretches in it, and the days before and after them; each may be empty."""

    first: date
    last: date

    @property
    def whole(self) -> tuple[date, date]:
        """The first days of the first whole stretch and of the last one; in the wrong order where there is none."""
        begin = first_of(self.first + timedelta(days=DAYS - 1))
        return begin, first_of(self.last + timedelta(days=1)) - timedelta(days=DAYS)

    @property
    def before(self) -> tuple[date, date]:
        """The days before them; all days where there are none."""
        begin, last = self.whole
        return self.first, self.last if last < begin else begin - timedelta(days=1)

    @property
    def after(self) -> tuple[date, date]:
        """The days after them; in the wrong order where there are none."""
        begin, last = self.whole
        if last < begin:
            return self.last + timedelta(days=1), self.last
        return last + timedelta(days=DAYS), self.last
