"""The chore that brings every report to its end: each by itself, so that none stands in another's way."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    ChannelError,
    KeyUnavailable,
    NotConfigured,
    NotConnected,
    NotFound,
    RateLimited,
    ReauthorizationRequired,
    Unavailable,
    UpstreamRefused,
    UpstreamUnreachable,
    UsagePlanEmpty,
    WrongAnswer,
)
from domain.reports.asking import Asking
from domain.reports.case import Case, Need
from domain.reports.importing import Importing
from domain.reports.model import Purpose, Report
from domain.reports.ports import OrderReader, ReportChannel
from domain.reports.storing import Storing
from domain.sync.failures import failure_of
from domain.sync.ports import SyncWork
from domain.sync.steps import Step

log = logging.getLogger(__name__)

#: What concerns the connection as a whole, and is the run's to deal with.
_THE_RUNS = (KeyUnavailable, NotConfigured, NotConnected, ReauthorizationRequired, Unavailable)
#: After these Amazon has made no report for certain.
_NOTHING_MADE = (AccessDenied, NotFound, RateLimited, UpstreamRefused, UpstreamUnreachable, UsagePlanEmpty)
#: After these the same question gets the same answer.
_FINAL = (AccessDenied, NotFound, UpstreamRefused)
#: A report that fails so often in a row is given up; for Amazon's own failures that is after a day.
_FAILURES, _AMAZONS_FAILURES = 5, 50
#: After a failure it is looked at again after three times the first wait, then twice that, and so on.
_POLLS, _LONGEST_WAIT = 3, timedelta(minutes=30)
#: Documents are few a minute: what is collected daily leaves them for so long to those that somebody waits for.
_COURTESY = timedelta(hours=1)


@dataclass(frozen=True)
class Following:
    """A chore (``domain.sync.chores.Chore``). ``poll`` is the first wait for a report that Amazon makes."""

    channel: ReportChannel
    reader: OrderReader
    look: Callable[[], SyncWork]
    poll: timedelta

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """Each open report that is due, as far as it goes at present."""
        resting: dict[Need, datetime] = {}
        put_off: list[Step] = []
        reports = self._open(connection)
        awaited = [
            report for report in reports if report.purpose is not Purpose.DAILY and report.parts is None
        ]
        for report in reports:
            if report.next_look_at is None or report.next_look_at > now():
                continue
            case = Case(connection, report, now)
            if awaited and report.purpose is Purpose.DAILY and now() - report.created_at < _COURTESY:
                put_off.append(case.keep(next_look_at=self._after(awaited, now())))
            elif case.need in resting:
                put_off.append(case.keep(next_look_at=resting[case.need]))
            else:
                yield from self._follow(case, resting)
        if put_off:
            yield _all_put_off(put_off)

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:  # noqa: ARG002 - the port's signature
        """When the next report is due."""
        dues = [report.next_look_at for report in self._open(connection) if report.next_look_at is not None]
        return min(dues, default=None)

    def is_busy(self, connection: Connection) -> bool:
        """Whether a report is open."""
        return bool(self._open(connection))

    def _after(self, awaited: list[Report], now: datetime) -> datetime:
        """When the first of these may have got further."""
        looks = [report.next_look_at for report in awaited if report.next_look_at is not None]
        return max(min(looks, default=now), now + self.poll)

    def _open(self, connection: Connection) -> list[Report]:
        with self.look() as work:
            return work.reports.open_of(connection.id)

    def _follow(self, case: Case, resting: dict[Need, datetime]) -> Iterator[Step]:
        try:
            yield from self._onward(case)
        except _THE_RUNS:
            raise
        except (UsagePlanEmpty, RateLimited) as error:
            until = _come_back(error, case.now())
            # Who comes after this one needs not even try.
            resting[case.need] = until
            yield case.keep(next_look_at=until, **_unasked(case, error))
        except Exception as error:  # noqa: BLE001 - one report's trouble is its own, and is kept with it
            yield self._troubled(case, error)

    def _onward(self, case: Case) -> Iterator[Step]:
        yield from Asking(self.channel, self.look, self.poll).steps(case)
        if case.report.status.is_open and case.report.document_id is not None:
            if case.report.parts is None:
                case.need = Need.FETCH
                yield from Storing(self.channel).steps(case)
            if case.report.status.is_open:
                case.need = Need.IMPORT
                yield from Importing(self.reader, self.look).steps(case)

    def _troubled(self, case: Case, error: Exception) -> Step:
        now, report = case.now(), case.report
        failure = failure_of(error, now)
        known = isinstance(error, ChannelError | NotFound)
        log.warning(
            "report %s: %s",
            case.need.name.lower(),
            failure.message,
            exc_info=None if known else error,
            extra={"connection_id": str(report.connection_id), "report_id": str(report.id)},
        )
        useless = case.need is Need.FETCH and isinstance(error, WrongAnswer)
        if isinstance(error, _FINAL) or useless or (known and case.need is Need.IMPORT):
            denied = isinstance(error, AccessDenied) and report.purpose is Purpose.DAILY
            if isinstance(
                error, NotFound
            ):  # nothing was made of late that Amazon would not make again so soon
                return case.come_to_nothing(failure, wait=_POLLS * self.poll)
            return case.come_to_nothing(failure, is_final=denied)
        failures = report.failures + 1
        if failures >= (_AMAZONS_FAILURES if known else _FAILURES):
            return case.fail(failure, failures)
        wait = min(_POLLS * self.poll * 2 ** min(report.failures, 10), _LONGEST_WAIT)
        return case.keep(failures=failures, error=failure, next_look_at=now + wait, **_unasked(case, error))


def _unasked(case: Case, error: Exception) -> dict[str, Any]:
    """Where Amazon has made nothing, and could not have before, the report need not be looked for."""
    nothing_made = case.need is Need.CREATE and case.is_first_try and isinstance(error, _NOTHING_MADE)
    return {"asked_at": None} if nothing_made else {}


def _come_back(error: UsagePlanEmpty | RateLimited, now: datetime) -> datetime:
    return error.until if isinstance(error, UsagePlanEmpty) else now + timedelta(seconds=error.retry_after)


def _all_put_off(steps: list[Step]) -> Step:
    return Step({}, 0, lambda work: sum(step.save(work) for step in steps))
