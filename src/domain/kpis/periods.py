"""Days and periods. A day is a marketplace's own; both ends of a period belong to it."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.errors import InvalidInput

DEFAULT_DAYS = 30
LONGEST_DAYS = 800
_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Period:
    """The days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def before(self) -> "Period":
        """The equal period just before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def each_day(self) -> list[date]:
        """All days, in order."""
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def holds(self, day: date) -> bool:
        """Whether the day belongs to the period."""
        return self.first <= day <= self.last


def period(first: date | None, last: date | None, today: date) -> Period:
    """The period asked for. Without an end: until today; without a beginning: thirty days.

    Raises:
        InvalidInput: reversed, longer than 800 days, or out of all bounds.
    """
    end = last or max(today, first or today)
    if end < _FIRST_DAY:
        raise InvalidInput({"to": f"is before {_FIRST_DAY}"})
    begin = first or end - timedelta(days=DEFAULT_DAYS - 1)
    if begin > end:
        raise InvalidInput({"from": "is after `to`"})
    if begin < _FIRST_DAY:
        raise InvalidInput({"from": f"is before {_FIRST_DAY}"})
    if (end - begin).days + 1 > LONGEST_DAYS:
        raise InvalidInput({"from": f"at most {LONGEST_DAYS} days can be asked for"})
    if end > today + timedelta(days=366):
        raise InvalidInput({"to": "is more than a year ahead"})
    return Period(begin, end)
