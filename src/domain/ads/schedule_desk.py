"""Schedules: reports that a user wants time and again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from domain.ads.accounts import AccountId
from domain.ads.columns import KINDS
from domain.ads.report_checks import AdsReportWish, problems, request_of, today_of
from domain.ads.report_desk import account_meant
from domain.ads.report_work import AdsReportWork
from domain.ads.reports import Schedule, ScheduleId
from domain.clock import Clock
from domain.errors import Conflict, InvalidInput
from domain.sync.model import Resource
from domain.users.model import UserId

MOST_SCHEDULES = 100
LONGEST_NAME = 200
MOST_EVERY_DAYS = 31
#: More than Amazon reports of any type at once.
_MOST_DAYS = 1000


@dataclass(frozen=True)
class ScheduleWish:
    """What a user wants time and again; the days of ``report`` are moved along."""

    name: str
    report: AdsReportWish
    days: int
    every_days: int


@dataclass(frozen=True)
class ScheduleChange:
    """What becomes other; ``None`` leaves it as it is."""

    name: str | None = None
    days: int | None = None
    every_days: int | None = None
    paused: bool | None = None


@dataclass(frozen=True)
class ScheduleDesk:
    """Where users make, change and remove them."""

    work: Callable[[], AdsReportWork]
    look: Callable[[], AdsReportWork]  # the same, for reading only
    clock: Clock

    def add(self, user_id: UserId, whose: "str | AccountId", wish: ScheduleWish) -> Schedule:
        """A new schedule; its first report is asked for at once.

        Raises:
            InvalidInput: Amazon could not make such reports; names each bad field.
            NotFound: no such account, or somebody else's.
            NotConnected, ReauthorizationRequired: the connection can't be used.
            Conflict: there are too many, or the account is not synced.
        """
        now = self.clock.now()
        with self.work() as work:
            account = account_meant(work, user_id, whose)
            today = today_of(account, now)
            days = min(max(1, wish.days), _MOST_DAYS)
            first, last = today - timedelta(days=days), today - timedelta(days=1)
            report = replace(wish.report, start=first, end=last)
            wrong = problems(report, account, now) | _bad(wish.name, wish.days, wish.every_days)
            wrong |= _too_long(wish.report.report_type, wish.days)
            wrong = {name: words for name, words in wrong.items() if name not in ("start_date", "end_date")}
            if wrong:
                raise InvalidInput(wrong)
            if len(work.ads_schedules.of_user(user_id, limit=MOST_SCHEDULES)) >= MOST_SCHEDULES:
                raise Conflict(f"There are {MOST_SCHEDULES} schedules already: remove one first.")
            schedule = Schedule(
                id=ScheduleId(uuid4()),
                user_id=user_id,
                connection_id=account.connection_id,
                account_id=account.id,
                name=wish.name,
                request=request_of(report),
                days=wish.days,
                every_days=wish.every_days,
                next_at=now,
                created_at=now,
            )
            work.ads_schedules.add(schedule)
            self._wake(work, schedule, now)
            work.commit()
        return schedule

    def schedule(self, user_id: UserId, schedule_id: ScheduleId) -> Schedule:
        """Raises NotFound: none, or somebody else's."""
        with self.look() as work:
            return work.ads_schedules.get(user_id, schedule_id)

    def schedules(
        self, user_id: UserId, *, before: tuple[datetime, ScheduleId] | None, limit: int
    ) -> list[Schedule]:
        """The user's, the newest first."""
        with self.look() as work:
            return work.ads_schedules.of_user(user_id, before=before, limit=limit)

    def change(self, user_id: UserId, schedule_id: ScheduleId, change: ScheduleChange) -> Schedule:
        """The changed schedule. Who is not paused any more has its turn at once.

        Who wants it more often waits no longer than that for the next one.

        Raises:
            InvalidInput: it can't be so; names each bad field.
            NotFound: none, or somebody else's.
        """
        now = self.clock.now()
        with self.work() as work:
            old = work.ads_schedules.get(user_id, schedule_id)
            new = replace(
                old,
                name=old.name if change.name is None else change.name,
                days=change.days or old.days,
                every_days=change.every_days or old.every_days,
            )
            wrong = _bad(new.name, new.days, new.every_days) | _too_long(new.request.report_type, new.days)
            if wrong:
                raise InvalidInput(wrong)
            if new.next_at is not None:
                new = replace(new, next_at=min(new.next_at, now + timedelta(days=new.every_days)))
            if change.paused is not None:
                new = replace(new, next_at=None if change.paused else (new.next_at or now))
            work.ads_schedules.save(new)
            if new.next_at is not None:
                self._wake(work, new, max(now, new.next_at))
            work.commit()
        return new

    def remove(self, user_id: UserId, schedule_id: ScheduleId) -> None:
        """Its reports stay.

        Raises:
            NotFound: none, or somebody else's.
        """
        with self.work() as work:
            work.ads_schedules.remove(user_id, schedule_id)
            work.commit()

    def _wake(self, work: AdsReportWork, schedule: Schedule, at: datetime) -> None:
        work.sync.ensure(schedule.connection_id, schedule.user_id, (Resource.ADS,), at)
        work.sync.due_now(schedule.connection_id, Resource.ADS, at)


def _bad(name: str, days: int, every_days: int) -> dict[str, str]:
    found = {}
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        found["name"] = f"has to be 1 to {LONGEST_NAME} characters that can be printed"
    if days < 1:
        found["days"] = "has to be 1 or more"
    if not 1 <= every_days <= MOST_EVERY_DAYS:
        found["every_days"] = f"has to be 1 to {MOST_EVERY_DAYS}"
    return found


def _too_long(report_type: str, days: int) -> dict[str, str]:
    kind = KINDS.get(report_type)
    if kind is None:
        return {}
    # A day less than Amazon keeps, since these end with yesterday.
    most = min(kind.longest, kind.look_back - 1)
    return {"days": f"is more than {most}, the longest that Amazon reports at once"} if days > most else {}
