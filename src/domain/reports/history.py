"""Orders from before the connection: which slices of days are fetched by reports, and how far that has come."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from domain.clock import Clock
from domain.connections.model import Connection, Provider
from domain.errors import InvalidInput
from domain.reports.case import anew
from domain.reports.model import ORDERS_BY_DATE, Purpose, Report, ReportId, ReportRequest, ReportStatus
from domain.reports.work import ReportWork
from domain.sync.model import Resource
from domain.sync.ports import SyncWork
from domain.sync.steps import Step

#: Amazon tells of no older orders.
LONGEST_DAYS = 730
_SLICE = timedelta(days=30)
#: Slices overlap by this much: whether Amazon counts the moments at the ends is nowhere written.
_OVERLAP = timedelta(minutes=1)
#: What is missing between two slices is no gap below this.
_NO_GAP = timedelta(minutes=5)

#: From when until when.
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class HistoryProgress:
    """How far history has come: slices in all, over, and given up.

    ``oldest_day_wanted`` is where the oldest slice begins. Up to ``complete_back_to`` nothing is missing, counted
    backwards from the connection, in all of its marketplaces; ``None``: not even the newest slice is done.
    """

    slices: int
    done: int
    failed: int
    oldest_day_wanted: datetime | None
    complete_back_to: datetime | None


@dataclass(frozen=True)
class History:
    """The chore that plans the slices of a new connection, and of marketplaces that come in later."""

    look: Callable[[], SyncWork]
    days: int  # back from the connection

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """One step, when there is something to plan."""
        with self.look() as work:
            known = work.reports.of_purpose(connection.id, Purpose.HISTORY)
        moment = now()
        if planned(connection, known, self.days, moment):
            yield Step({}, 0, _Planning(connection, self.days, moment))

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:  # noqa: ARG002 - the port's signature
        """Nothing comes due by time alone."""
        return None

    def is_busy(self, connection: Connection) -> bool:  # noqa: ARG002 - the port's signature
        """What is planned is followed elsewhere."""
        return False


@dataclass(frozen=True)
class _Planning:
    """Writes the slices that are missing still: somebody may have asked for them meanwhile."""

    connection: Connection
    days: int
    now: datetime

    def __call__(self, work: SyncWork) -> int:
        known = work.reports.of_purpose(self.connection.id, Purpose.HISTORY)
        work.reports.add(planned(self.connection, known, self.days, self.now))
        return 0


@dataclass(frozen=True)
class Backfill:
    """Where more history is asked for. Nothing older than ``retention_days`` is, for it would not be kept."""

    work: Callable[[], ReportWork]
    look: Callable[[], ReportWork]  # the same, for reading only
    clock: Clock
    retention_days: int

    def request(self, connection: Connection, days: int) -> list[Report]:
        """Have the orders of the last ``days`` days fetched, as far as that was not done; returns the slices added.

        Slices that have failed are tried again, and are among those returned.

        Raises:
            InvalidInput: not from 1 to 730 days, or no seller account of Amazon's.
            NotFound: the connection is gone.
        """
        if connection.provider is not Provider.AMAZON_SP:
            raise InvalidInput({"connection_id": "is a store, whose history comes by itself"})
        if not 1 <= days <= LONGEST_DAYS:
            raise InvalidInput({"days": f"must be from 1 to {LONGEST_DAYS}: Amazon tells of no older orders"})
        now, reach = self.clock.now(), min(days, self.retention_days)
        with self.work() as work:
            held = work.connections.hold(connection.id)
            known = work.reports.of_purpose(held.id, Purpose.HISTORY)
            revived = [
                replace(report, **anew(now), attempts=0, error=None)
                for report in known
                if report.status is ReportStatus.FAILED and _span(report)[1] > now - timedelta(days=reach)
            ]
            new = planned(held, known, reach, now)
            for report in revived:
                work.reports.save(report)
            work.reports.add(new)
            if new or revived:
                work.sync.ensure(held.id, held.user_id, (Resource.REPORTS,), now)
                work.sync.due_now(held.id, Resource.REPORTS, now)
                work.figures.changed(held.user_id)  # they are known to lack something from now on
            work.commit()
        return [*new, *revived]

    def progress(self, connection: Connection) -> HistoryProgress:
        """How far history has come."""
        with self.look() as work:
            reports = work.reports.of_purpose(connection.id, Purpose.HISTORY)
        return progress_of(connection, reports)


def progress_of(connection: Connection, history: Sequence[Report]) -> HistoryProgress:
    """How far these slices, which are all of the connection's, have come."""
    return HistoryProgress(
        slices=len(history),
        done=sum(map(_is_done, history)),
        failed=sum(report.status is ReportStatus.FAILED for report in history),
        oldest_day_wanted=min((_span(report)[0] for report in history), default=None),
        complete_back_to=complete_back_to(connection, history),
    )


def planned(connection: Connection, known: Sequence[Report], days: int, now: datetime) -> list[Report]:
    """The slices that are missing of the last ``days`` days, the newest first.

    A marketplace that has a history is only looked at up to where that begins: what came after it is synced.
    Marketplaces that miss the same share their reports.
    """
    missing: dict[tuple[Span, ...], list[str]] = {}
    for marketplace_id in connection.marketplace_ids:
        spans = [_span(report) for report in known if marketplace_id in report.request.marketplace_ids]
        until = max((end for _start, end in spans), default=now)
        gaps = tuple(_gaps(spans, (now - timedelta(days=days), until)))
        missing.setdefault(gaps, []).append(marketplace_id)
    slices = [
        _slice(connection, tuple(marketplace_ids), span, now)
        for gaps, marketplace_ids in missing.items()
        for gap in gaps
        for span in _sliced(gap)
    ]
    return sorted(slices, key=lambda report: _span(report)[1], reverse=True)


def complete_back_to(connection: Connection, history: Sequence[Report]) -> datetime | None:
    """Up to where, counted backwards from the connection, all slices of all marketplaces are done."""
    reached = [_reached(history, marketplace_id) for marketplace_id in connection.marketplace_ids]
    known = [moment for moment in reached if moment is not None]
    return max(known) if known and len(known) == len(reached) else None


def _reached(history: Sequence[Report], marketplace_id: str) -> datetime | None:
    reached = None
    mine = [report for report in history if marketplace_id in report.request.marketplace_ids]
    for report in sorted(mine, key=lambda report: _span(report)[1], reverse=True):
        start, end = _span(report)
        if not _is_done(report) or (reached is not None and end < reached - _NO_GAP):
            return reached
        reached = start if reached is None else min(reached, start)
    return reached


def _is_done(report: Report) -> bool:
    return report.status in (ReportStatus.COMPLETED, ReportStatus.NO_DATA)


def _span(report: Report) -> Span:
    """From when until when; slices always say it."""
    return report.request.start or report.created_at, report.request.end or report.created_at


def _gaps(spans: Sequence[Span], wanted: Span) -> Iterator[Span]:
    """What of ``wanted`` is in none of the spans, the newest first."""
    until = wanted[1]
    for start, end in sorted(spans, key=lambda span: span[1], reverse=True):
        if until - max(end, wanted[0]) > _NO_GAP:
            yield max(end, wanted[0]), until
        until = min(until, start)
    if until - wanted[0] > _NO_GAP:
        yield wanted[0], until


def _sliced(gap: Span) -> Iterator[Span]:
    """Slices of thirty days, the newest first; each but the newest reaches a little into the one after it."""
    until = gap[1]
    while until > gap[0]:
        start = max(until - _SLICE, gap[0])
        yield start, until
        until = start


def _slice(connection: Connection, marketplace_ids: tuple[str, ...], span: Span, now: datetime) -> Report:
    end = min(span[1] + _OVERLAP, now)
    return Report(
        id=ReportId(uuid4()),
        connection_id=connection.id,
        user_id=connection.user_id,
        purpose=Purpose.HISTORY,
        request=ReportRequest(ORDERS_BY_DATE, marketplace_ids, span[0], end),
        status=ReportStatus.PENDING,
        created_at=now,
        next_look_at=now,
    )
