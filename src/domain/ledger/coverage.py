"""Which days we should have all of: those since the connection, and those whose history has been taken over."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from domain.connections.model import Connection
from domain.marketplaces import MARKETPLACES
from domain.reports.model import Report, ReportStatus

_DAY = timedelta(days=1)
#: Slices of history whose ends are so close to each other leave nothing between.
_SEAM = timedelta(seconds=2)
#: The first window of orders reaches two days back; it may be read a day later than the history is planned.
_SYNCED_BEFORE = timedelta(days=1)
_TAKEN_OVER = (ReportStatus.COMPLETED, ReportStatus.NO_DATA)
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stretch:
    """From ``start`` until ``end``, in UTC."""

    start: datetime
    end: datetime


def begin_of(marketplace_id: str, day: date) -> datetime:
    """When the marketplace's day begins, in UTC."""
    return MARKETPLACES[marketplace_id].begin_of(day)


def synced_from(connection: Connection, marketplace_id: str, history: Iterable[Report]) -> datetime:
    """Since when the marketplace's orders come by themselves: since shortly before its history was planned.

    Where there is no history to be fetched, that is since shortly before the connection.
    """
    planned_until = [
        report.request.end
        for report in history
        if marketplace_id in report.request.marketplace_ids and report.request.end is not None
    ]
    return max(planned_until, default=connection.connected_at) - _SYNCED_BEFORE


def ended_days(
    marketplace_id: str, history: Iterable[Report], synced_from: datetime, now: datetime
) -> list[date]:
    """The marketplace's days that are over and of which we should have every order, in order.

    Those are all days from ``synced_from`` on, and older ones whose history has been taken over.
    """
    today = MARKETPLACES[marketplace_id].day_of(now)
    return [
        day
        for stretch in _stretches(marketplace_id, history, synced_from)
        for day in _whole_days(marketplace_id, stretch, today)
    ]


def _stretches(marketplace_id: str, history: Iterable[Report], synced_from: datetime) -> list[Stretch]:
    """What we should have all of, in order and without seams."""
    found = [Stretch(synced_from, _EVER)]
    for report in history:
        asked = report.request
        done = report.status in _TAKEN_OVER and marketplace_id in asked.marketplace_ids
        if done and asked.start is not None and asked.end is not None:
            found.append(Stretch(asked.start, asked.end))
    joined: list[Stretch] = []
    for stretch in sorted(found, key=lambda each: each.start):
        if joined and stretch.start <= joined[-1].end + _SEAM:
            joined[-1] = Stretch(joined[-1].start, max(joined[-1].end, stretch.end))
        else:
            joined.append(stretch)
    return joined


def _whole_days(marketplace_id: str, stretch: Stretch, today: date) -> Iterator[date]:
    day = MARKETPLACES[marketplace_id].day_of(stretch.start)
    if begin_of(marketplace_id, day) < stretch.start:
        day += _DAY
    while day < today and begin_of(marketplace_id, day + _DAY) <= stretch.end + _SEAM:
        yield day
        day += _DAY
