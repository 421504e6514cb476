"""The chore that brings every report of the Ads API to its end: each by itself, so that none stands in another's way."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from domain.ads.report_asking import FIRST_WAIT, Asking
from domain.ads.report_case import Case, Need
from domain.ads.report_importing import Importing
from domain.ads.report_ports import AdsReportChannel, AdsRowReader
from domain.ads.report_storing import Storing
from domain.ads.reports import AdsReport
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
    UsagePlanEmpty,
    WrongAnswer,
)
from domain.marketplaces import Region
from domain.sync.failures import failure_of
from domain.sync.ports import SyncWork
from domain.sync.steps import Step

log = logging.getLogger(__name__)

#: What concerns the connection as a whole, and is the run's to deal with.
_THE_RUNS = (KeyUnavailable, NotConfigured, NotConnected, ReauthorizationRequired, Unavailable)
#: Reports that are looked up at once.
_AT_ONCE = 100
#: A report that fails so often in a row is given up; for Amazon's own failures that is after a day.
_FAILURES, _AMAZONS_FAILURES = 5, 50
_LONGEST_WAIT = timedelta(minutes=30)

Resting = dict[tuple[Region, bool], datetime]


@dataclass(frozen=True)
class Following:
    """A chore (``domain.sync.chores.Chore``). ``poll`` is a third of the first wait for a report that Amazon makes."""

    channel: AdsReportChannel
    reader: AdsRowReader
    look: Callable[[], SyncWork]
    poll: timedelta

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """Open reports that are due, as far as they go at present."""
        resting: Resting = {}
        for report in self._due(connection, now()):
            if (report.region, report.amazon_id is not None) not in resting:
                with self.look() as work:
                    account = work.ads_accounts.account(report.user_id, report.account_id)
                yield from self._follow(Case(connection, account, report, now), resting)

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:  # noqa: ARG002 - the port's signature
        """When the next report is due."""
        with self.look() as work:
            return work.ads_reports.next_due(connection.id)

    def is_busy(self, connection: Connection) -> bool:
        """Whether a report is open."""
        with self.look() as work:
            return work.ads_reports.next_due(connection.id) is not None

    def _due(self, connection: Connection, now: datetime) -> list[AdsReport]:
        with self.look() as work:
            return work.ads_reports.due_of(connection.id, now, _AT_ONCE)

    def _follow(self, case: Case, resting: Resting) -> Iterator[Step]:
        try:
            yield from self._onward(case)
        except _THE_RUNS:
            raise
        except (UsagePlanEmpty, RateLimited) as error:
            until = _come_back(error, case.now())
            made = case.report.amazon_id is not None
            # Who comes after this one needs not even try.
            resting[case.report.region, made] = until
            yield Step({}, 0, partial(_put_off, case.report, until, made))
        except Exception as error:  # noqa: BLE001 - one report's trouble is its own, and is kept with it
            yield self._troubled(case, error)

    def _onward(self, case: Case) -> Iterator[Step]:
        asking = Asking(self.channel, self.poll)
        if case.need is Need.CREATE:
            yield from asking.ask(case)
            return
        if case.need is Need.LOOK:
            look, step = asking.look(case)
            if step is not None:
                yield step
            if look is not None:
                yield from Storing(self.channel).steps(case, look)
        if case.report.status.is_open and case.report.parts is not None:
            case.need = Need.IMPORT
            yield from Importing(self.reader, self.look).steps(case)

    def _troubled(self, case: Case, error: Exception) -> Step:
        now, report = case.now(), case.report
        failure = failure_of(error, now)
        known = isinstance(error, ChannelError | NotFound)
        log.warning(
            "advertising report %s: %s",
            case.need.name.lower(),
            failure.message,
            exc_info=None if known else error,
            extra={"connection_id": str(report.connection_id), "report_id": str(report.id)},
        )
        if case.need is Need.CREATE and isinstance(error, AccessDenied | NotFound | UpstreamRefused):
            return case.come_to_nothing(failure, refused=True)
        if isinstance(error, NotFound):  # Amazon has it no more
            return case.come_to_nothing(failure, wait=FIRST_WAIT * self.poll)
        if isinstance(error, UpstreamRefused) or (case.need is Need.FETCH and isinstance(error, WrongAnswer)):
            return case.come_to_nothing(failure)
        if known and case.need is Need.IMPORT:
            return case.come_to_nothing(failure)
        failures = report.failures + 1
        if failures >= (_AMAZONS_FAILURES if known else _FAILURES):
            return case.fail(failure, failures)
        wait = min(FIRST_WAIT * self.poll * 2 ** min(report.failures, 10), _LONGEST_WAIT)
        return case.keep(failures=failures, error=failure, next_look_at=now + wait)


def _come_back(error: UsagePlanEmpty | RateLimited, now: datetime) -> datetime:
    return error.until if isinstance(error, UsagePlanEmpty) else now + timedelta(seconds=error.retry_after)


def _put_off(report: AdsReport, until: datetime, made: bool, work: SyncWork) -> int:
    work.ads_reports.put_off(report.connection_id, report.region, until, made=made)
    return 0
