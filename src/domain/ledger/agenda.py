"""Which days Amazon is asked to count, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.connections.model import Connection
from domain.ledger.coverage import begin_of
from domain.ledger.model import LedgerDay, Verdict
from domain.marketplaces import MARKETPLACES
from domain.reports.model import Report

#: So many of the latest days are looked at daily, since most of their orders are still changing.
RECENT_DAYS = 35
_DAY = timedelta(days=1)
#: The latest day brings all recent ones along; this is for when there is none.
_DAILY = timedelta(hours=26)
_WEEKLY = timedelta(days=7)
#: Amazon may count the last orders of a day a little later than they came.
_GRACE = timedelta(hours=1)
#: Sellers of the same marketplace are spread over so many seconds after it.
_SPREAD = 7200


@dataclass(frozen=True)
class Repairs:
    """The reports that fetch days of a connection again."""

    reports: Sequence[Report]

    def under_way(self, marketplace_id: str, day: date) -> bool:
        """Whether the day is being fetched."""
        return any(report.status.is_open for report in self._of(marketplace_id, day))

    def last_begun(self, marketplace_id: str, day: date) -> datetime | None:
        """When the day was last fetched, or is being fetched since."""
        return max((report.created_at for report in self._of(marketplace_id, day)), default=None)

    def ended_since(self, moment: datetime, marketplace_id: str, day: date) -> bool:
        """Whether the day was fetched again after that moment."""
        found = (report.finished_at for report in self._of(marketplace_id, day))
        return any(finished is not None and finished > moment for finished in found)

    def _of(self, marketplace_id: str, day: date) -> list[Report]:
        begin, end = begin_of(marketplace_id, day), begin_of(marketplace_id, day + _DAY)
        return [
            report
            for report in self.reports
            if marketplace_id in report.request.marketplace_ids
            and report.request.start is not None
            and report.request.end is not None
            and report.request.start < end
            and report.request.end > begin
        ]


def due_days(
    days: Sequence[date], lines: Mapping[date, LedgerDay], repairs: Repairs, now: datetime
) -> list[date]:
    """The days of one marketplace that Amazon is to count now, in order.

    At once: days without a line (they have just ended, or their history has just been taken over), and those that were
    fetched again. Every day: the latest ones, and whatever does not agree yet. Every week: all others. ``days`` are
    those that can be compared at all, in order.
    """
    if not days:
        return []
    new = {day for day in days if day not in lines}
    recent_from = days[-1] - (RECENT_DAYS - 1) * _DAY
    busy = {
        day
        for day, line in lines.items()
        if line.verdict.is_incomplete and repairs.under_way(line.amazon.marketplace_id, day)
    }
    known = [lines[day] for day in days if day in lines and day not in busy]
    often = [line for line in known if line.amazon.day >= recent_from or line.verdict in _UNSETTLED]
    seldom = [line for line in known if line.amazon.day < recent_from and line.verdict not in _UNSETTLED]
    due = set(new)
    if days[-1] in new or any(now - line.asked_at >= _DAILY for line in often):
        due |= {line.amazon.day for line in often}
    if any(now - line.asked_at >= _WEEKLY for line in seldom):
        due |= {line.amazon.day for line in seldom}
    # An answer is compared before there is another one: clocks differ, and a repair may seem to lie ahead.
    due |= {
        line.amazon.day
        for line in known
        if line.verdict.is_incomplete
        and line.settled_at is not None
        and repairs.ended_since(line.asked_at, line.amazon.marketplace_id, line.amazon.day)
    }
    return sorted(due)


def countable_until(connection: Connection, now: datetime) -> datetime:
    """Days that ended before this are asked for."""
    return now - _GRACE - timedelta(seconds=connection.id.int % _SPREAD)


def next_day_at(connection: Connection, marketplace_id: str, now: datetime) -> datetime:
    """When the next of the marketplace's days may be asked for."""
    late = now - countable_until(connection, now)
    marketplace = MARKETPLACES[marketplace_id]
    return begin_of(marketplace_id, marketplace.day_of(now - late) + _DAY) + late


_UNSETTLED = (Verdict.OPEN, Verdict.GAP)
