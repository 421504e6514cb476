"""Reports that are collected of every seller, day by day: sales and traffic, and settlements."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    ChannelError,
    NotConnected,
    NotFound,
    RateLimited,
    ReauthorizationRequired,
    UsagePlanEmpty,
)
from domain.marketplaces import Marketplace, find
from domain.reports.case import anew
from domain.reports.model import (
    SALES_AND_TRAFFIC,
    SETTLEMENT,
    Look,
    Purpose,
    Report,
    ReportId,
    ReportRequest,
    ReportStatus,
    Stage,
)
from domain.reports.ports import ReportChannel
from domain.sync.failures import failure_of
from domain.sync.model import Resource
from domain.sync.ports import SyncWork
from domain.sync.schedule import phase
from domain.sync.steps import Step

log = logging.getLogger(__name__)

#: Amazon's figures of a day settle after about two.
_DELAY = timedelta(days=2)
_CATCH_UP_DAYS = 7
#: Sellers of a marketplace are spread over so much time after its midnight.
_SPREAD = timedelta(hours=2)
#: As far back are one's own reports looked at.
_LOOKED_AT = timedelta(days=14)
#: A report that the seller's roles don't allow is tried again after this.
_REST = timedelta(hours=24)
#: Amazon keeps its reports for ninety days.
_AMAZON_KEEPS = timedelta(days=89)
#: A day's figures by SKU are those of the whole period asked for: so a report covers one day.
_OPTIONS = {"asinGranularity": "SKU", "dateGranularity": "DAY"}
#: With these the run itself is at an end for now.
_THE_RUNS = (NotConnected, RateLimited, ReauthorizationRequired, UsagePlanEmpty)


@dataclass(frozen=True)
class Daily:
    """The chore that plans them. Settlements are listed once a day, along with the home marketplace's new day.

    Nothing from longer ago than reports are kept for is asked for: what was purged would come again.
    """

    channel: ReportChannel
    look: Callable[[], SyncWork]
    keep: timedelta

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """One step, when a day of a marketplace has come in."""
        moment = now()
        known = self._known(connection, moment)
        asked = _due(connection, known, self._catch_up_days, moment)
        if not asked:
            return
        if _has_come_in(connection, asked, moment):
            asked += self._settlements(connection, known, moment)
        yield Step({}, 0, _keeping(asked, {report.id for report in known}))

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:
        """When the next day of a marketplace comes in; sooner when one was put off."""
        if _due(connection, self._known(connection, now), self._catch_up_days, now):
            return now
        return min((_next_day_at(connection, each, now) for each in _marketplaces(connection)), default=None)

    def is_busy(self, connection: Connection) -> bool:  # noqa: ARG002 - the port's signature
        """What is planned is followed elsewhere."""
        return False

    @property
    def _catch_up_days(self) -> int:
        return min(_CATCH_UP_DAYS, self.keep.days)

    def _known(self, connection: Connection, now: datetime) -> list[Report]:
        with self.look() as work:
            return work.reports.of_purpose(connection.id, Purpose.DAILY, since=now - _LOOKED_AT)

    def _settlements(self, connection: Connection, known: Sequence[Report], now: datetime) -> list[Report]:
        """Those that Amazon has made and we have not; or the one report that says why there are none."""
        try:
            looks = self.channel.recent(connection, SETTLEMENT, now - min(_AMAZON_KEEPS, self.keep))
        except _THE_RUNS:
            raise
        except AccessDenied as error:
            return [_denied(connection, known, error, now)]
        except (ChannelError, NotFound) as error:
            # Tomorrow's list has today's as well.
            log.warning("settlements were not listed: %s", error, extra={"connection_id": str(connection.id)})
            return []
        with self.look() as work:
            taken = work.reports.amazon_ids(connection.id, SETTLEMENT)
        made = (look for look in looks if look.stage is Stage.DONE and look.document_id is not None)
        return [_settlement(connection, look, now) for look in made if look.amazon_id not in taken]


def _due(connection: Connection, known: Sequence[Report], catch_up_days: int, now: datetime) -> list[Report]:
    """Days of sales and traffic to be asked for, the newest first; one only while it is not known to be allowed."""
    mine = [report for report in known if report.request.report_type == SALES_AND_TRAFFIC]
    if any(report.status.is_open and report.amazon_id is None for report in mine):
        return []  # how Amazon takes these comes first
    there = {_of_day(report.request) for report in mine}
    days = [
        _day_request(each, day)
        for each in _marketplaces(connection)
        for day in _days(connection, each, catch_up_days, now)
        if (each.id, day) not in there
    ]
    allowed_at = max((each.asked_at for each in mine if each.amazon_id and each.asked_at), default=None)
    denied = max((each for each in mine if _is_denied(each)), key=_ended, default=None)
    if denied is not None and (allowed_at is None or allowed_at < _ended(denied)):
        if not days or now - _ended(denied) < _REST:
            return []
        # The same report once more: it is one for as long as it is denied.
        return [replace(denied, request=days[0], created_at=now, **anew(now), attempts=0, error=None)]
    if allowed_at is None or now - allowed_at >= _REST:
        days = days[:1]
    return [_fresh(connection, request, now) for request in days]


def _is_denied(report: Report) -> bool:
    return (
        report.error is not None and report.error.code == "amazon_access_denied" and not report.status.is_open
    )


def _ended(report: Report) -> datetime:
    return report.finished_at or report.created_at


def _has_come_in(connection: Connection, asked: Sequence[Report], now: datetime) -> bool:
    """Whether the newest day of the first marketplace is among them, as it is once a day."""
    first = _marketplaces(connection)[0]
    newest = _day_request(first, _newest_day(connection, first, now))
    return any(report.request == newest for report in asked)


def _newest_day(connection: Connection, marketplace: Marketplace, now: datetime) -> date:
    return marketplace.day_of(now - _late(connection)) - _DELAY


def _late(connection: Connection) -> timedelta:
    """How long after midnight a marketplace's day comes in: else all of its sellers would be due at once."""
    return _SPREAD * phase(connection.id, Resource.REPORTS)


def _days(
    connection: Connection, marketplace: Marketplace, catch_up_days: int, now: datetime
) -> Iterator[date]:
    """The days whose figures have settled, the newest first; none from long before the connection."""
    newest = _newest_day(connection, marketplace, now)
    first = marketplace.day_of(connection.connected_at) - _DELAY
    for back in range(catch_up_days):
        day = newest - timedelta(days=back)
        if day >= first:
            yield day


def _day_request(marketplace: Marketplace, day: date) -> ReportRequest:
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1) - timedelta(seconds=1)
    return ReportRequest(SALES_AND_TRAFFIC, (marketplace.id,), start, end, _OPTIONS)


def _of_day(request: ReportRequest) -> tuple[str, date | None]:
    return request.marketplace_ids[0], request.start.date() if request.start else None


def _marketplaces(connection: Connection) -> list[Marketplace]:
    """The home marketplace first."""
    known = [found for each in connection.marketplace_ids if (found := find(each)) is not None]
    return sorted(known, key=lambda each: each.id != connection.marketplace_id)


def _next_day_at(connection: Connection, marketplace: Marketplace, now: datetime) -> datetime:
    late = _late(connection)
    tomorrow = marketplace.day_of(now - late) + timedelta(days=1)
    return marketplace.begin_of(tomorrow) + late


def _fresh(connection: Connection, request: ReportRequest, now: datetime) -> Report:
    return Report(
        id=ReportId(uuid4()),
        connection_id=connection.id,
        user_id=connection.user_id,
        purpose=Purpose.DAILY,
        request=request,
        status=ReportStatus.PENDING,
        created_at=now,
        next_look_at=now,
    )


def _settlement(connection: Connection, look: Look, now: datetime) -> Report:
    return replace(
        _fresh(connection, look.request, now),
        status=ReportStatus.PROCESSING,
        amazon_id=look.amazon_id,
        document_id=look.document_id,
    )


def _denied(connection: Connection, known: Sequence[Report], error: AccessDenied, now: datetime) -> Report:
    """One report in all says it, with the time of the last attempt."""
    said = [
        report for report in known if report.request.report_type == SETTLEMENT and report.amazon_id is None
    ]
    request = ReportRequest(SETTLEMENT, connection.marketplace_ids)
    base = said[0] if said else _fresh(connection, request, now)
    return replace(
        base,
        created_at=now,
        status=ReportStatus.FAILED,
        next_look_at=None,
        finished_at=now,
        error=failure_of(error, now),
    )


def _keeping(reports: Sequence[Report], known: set[ReportId]) -> Callable[[SyncWork], int]:
    def save(work: SyncWork) -> int:
        work.reports.add([report for report in reports if report.id not in known])
        for report in reports:
            if report.id in known:
                work.reports.save(report)
        return 0

    return save
