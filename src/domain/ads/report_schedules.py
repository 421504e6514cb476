"""The chore that turns schedules into reports."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from domain.ads.accounts import AccountStatus
from domain.ads.report_checks import today_of
from domain.ads.report_planning import fresh_report
from domain.ads.reports import AdsPurpose, Schedule
from domain.connections.model import Connection
from domain.sync.ports import SyncWork
from domain.sync.steps import Step


@dataclass(frozen=True)
class Schedules:
    """A chore (``domain.sync.chores.Chore``)."""

    look: Callable[[], SyncWork]

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """A step for each schedule whose time has come."""
        with self.look() as work:
            due = work.ads_schedules.due_of(connection.id, now())
        for schedule in due:
            yield Step({}, 0, partial(_turn, schedule, now()))

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:  # noqa: ARG002 - the port's signature
        """When the next one's time comes."""
        with self.look() as work:
            return work.ads_schedules.next_due(connection.id)

    def is_busy(self, connection: Connection) -> bool:  # noqa: ARG002 - the port's signature
        """What is asked for is followed elsewhere."""
        return False


def _turn(schedule: Schedule, now: datetime, work: SyncWork) -> int:
    """With its report, unless nothing can be asked for this account at present; due again in the future."""
    every = timedelta(days=schedule.every_days)
    due_at = schedule.next_at or now
    # The user may have changed it meanwhile, or removed it.
    if not work.ads_schedules.move_on(schedule, due_at + every * ((now - due_at) // every + 1)):
        return 0
    account = work.ads_accounts.account(schedule.user_id, schedule.account_id)
    if account.status is not AccountStatus.ACTIVE:
        return 0
    end = today_of(account, now) - timedelta(days=1)
    request = replace(schedule.request, start=end - timedelta(days=schedule.days - 1), end=end)
    report = replace(fresh_report(account, AdsPurpose.SCHEDULED, request, now), schedule_id=schedule.id)
    same = work.ads_reports.same(report)
    if same is None:
        work.ads_reports.add([report])
    work.ads_schedules.told(schedule.id, (same or report).id)
    return 0
