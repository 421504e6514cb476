"""The chore that plans the reports that the figures are made of: new days, days from before, and restated ones again.

Source: Amazon Ads API, "Reporting version 3", and what is known of how Amazon restates days.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from uuid import uuid4

from domain.ads.accounts import Account, AccountId, AccountStatus, AccountType
from domain.ads.columns import KINDS, OF_ADVERTISERS, OF_PROFILES, FiguresKind
from domain.ads.coverage import Coverage, Span, days_of, slices, without
from domain.ads.report_checks import zone_of
from domain.ads.reports import (
    AdsPurpose,
    AdsReport,
    AdsReportId,
    AdsReportRequest,
    AdsReportStatus,
    TimeUnit,
)
from domain.connections.model import Connection
from domain.sync.ports import SyncWork
from domain.sync.steps import Step

#: How many days Amazon may restate, and how often those are asked for again: sales are ascribed to a click for up to
#: 14 days, and settle for 28 more; a few later still.
DAILY_DAYS, WEEKLY_DAYS, MONTHLY_DAYS = 15, 42, 60
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)
#: A day is asked for so long after its midnight; the profiles of a zone are spread over so much time after that.
_DELAY, _SPREAD = timedelta(hours=3), timedelta(hours=2)
#: Reports of as many accounts are planned in one transaction.
_AT_ONCE = 50
_DAY = timedelta(days=1)


_Key = tuple[AccountId, str]


@dataclass(frozen=True)
class _Known:
    """The accounts that have figures, what is known of them, and which days are being asked for."""

    accounts: list[Account]
    coverage: dict[_Key, Coverage]
    under_way: dict[_Key, list[Span]]


@dataclass(frozen=True)
class _Plan:
    """What one type of one account needs: the reports, and what is known once they are planned."""

    coverage: Coverage
    reports: tuple[AdsReport, ...]


@dataclass(frozen=True)
class Planning:
    """A chore (``domain.sync.chores.Chore``). No day from longer ago than ``keep`` is asked for."""

    look: Callable[[], SyncWork]
    keep: timedelta

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """A step for every fifty accounts of which something is needed."""
        plans = self._plans(connection, now())
        by_account: dict[AccountId, list[_Plan]] = {}
        for plan in plans:
            by_account.setdefault(plan.coverage.account_id, []).append(plan)
        groups = list(by_account.values())
        for start in range(0, len(groups), _AT_ONCE):
            together = [plan for group in groups[start : start + _AT_ONCE] for plan in group]
            yield Step({}, 0, partial(_save, together))

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:
        """When the next account's day comes in, or a rest is over."""
        if self._plans(connection, now):
            return now
        known = self._known(connection)
        rests = [each.rest_until for each in known.coverage.values() if each.rest_until]
        days = (_next_day_at(account, now) for account in known.accounts)
        return min([*(rest for rest in rests if rest > now), *days], default=None)

    def is_busy(self, connection: Connection) -> bool:  # noqa: ARG002 - the port's signature
        """What is planned is followed elsewhere."""
        return False

    def _known(self, connection: Connection) -> "_Known":
        with self.look() as work:
            accounts = [
                *work.ads_accounts.profiles_to_sync(connection.id),
                *(
                    each
                    for each in work.ads_accounts.accounts(
                        connection.user_id, type=AccountType.DSP_ADVERTISER
                    )
                    if each.connection_id == connection.id and each.status is AccountStatus.ACTIVE
                ),
            ]
            known = {
                (each.account_id, each.report_type): each for each in work.ads_days.coverage(connection.id)
            }
            under_way: dict[_Key, list[Span]] = {}
            for account_id, report_type, first, last in work.ads_reports.open_days(connection.id):
                under_way.setdefault((account_id, report_type), []).append((first, last))
        return _Known(accounts, known, under_way)

    def _plans(self, connection: Connection, now: datetime) -> list[_Plan]:
        known = self._known(connection)
        found = []
        for account in known.accounts:
            for kind in kinds_of(account):
                key = (account.id, kind.report_type)
                coverage = known.coverage.get(key) or _fresh(account, kind)
                if coverage.rest_until is None or coverage.rest_until <= now:
                    plan = self._plan(account, kind, coverage, known.under_way.get(key, []), now)
                    if plan is not None:
                        found.append(plan)
        return found

    def _plan(
        self,
        account: Account,
        kind: FiguresKind,
        coverage: Coverage,
        under_way: Sequence[Span],
        now: datetime,
    ) -> _Plan | None:
        newest, about = newest_day(account, now), KINDS[kind.report_type]
        # A day less than Amazon keeps: it may be tomorrow there by the time that we ask.
        oldest = newest - timedelta(days=min(about.look_back - 2, self.keep.days))
        restated, coverage = _with_rounds(coverage, newest)
        wanted = set(days_of((max(oldest, restated), newest))) if restated else set()
        wanted |= without(set(days_of((oldest, newest))), coverage.days)
        spans = slices(without(wanted, under_way), about.longest)
        if coverage.as_of is None:
            # The first one shows whether the account may have this at all.
            spans = [] if under_way else spans[:1]
        if not spans:
            return None
        reports = tuple(_report(account, kind, span, now) for span in spans)
        return _Plan(replace(coverage, rest_until=None), reports)


def kinds_of(account: Account) -> tuple[FiguresKind, ...]:
    """The types of reports that an account's figures are made of."""
    return OF_ADVERTISERS if account.found.type is AccountType.DSP_ADVERTISER else OF_PROFILES


def newest_day(account: Account, now: datetime) -> date:
    """The newest of the account's days whose figures are to be asked for: as a rule, yesterday."""
    return (now - _late(account)).astimezone(zone_of(account)).date() - _DAY


def _next_day_at(account: Account, now: datetime) -> datetime:
    zone = zone_of(account)
    tomorrow = (now - _late(account)).astimezone(zone).date() + _DAY
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC) + _late(account)


def _late(account: Account) -> timedelta:
    return _DELAY + _SPREAD * (zlib.crc32(account.found.amazon_id.encode()) / 2**32)


def _with_rounds(coverage: Coverage, newest: date) -> tuple[date | None, Coverage]:
    """From which day on days are asked for again, if they are; and the coverage with that round done."""
    daily = replace(coverage, daily_on=newest)
    weekly = replace(daily, weekly_on=newest)
    monthly = replace(weekly, monthly_on=newest)
    if coverage.as_of is None:
        # What comes for the first time has everything in it.
        return None, monthly
    rounds = (
        (coverage.monthly_on, _MONTH, MONTHLY_DAYS, monthly),
        (coverage.weekly_on, _WEEK, WEEKLY_DAYS, weekly),
        (coverage.daily_on, _DAY, DAILY_DAYS, daily),
    )
    for done_on, every, days, done in rounds:
        if done_on is None or done_on + every <= newest:
            return newest - timedelta(days=days - 1), done
    return None, coverage


def _fresh(account: Account, kind: FiguresKind) -> Coverage:
    return Coverage(
        connection_id=account.connection_id,
        user_id=account.user_id,
        account_id=account.id,
        profile_id=account.found.amazon_id,
        ad_product=KINDS[kind.report_type].ad_product,
        report_type=kind.report_type,
    )


def _report(account: Account, kind: FiguresKind, span: Span, now: datetime) -> AdsReport:
    request = AdsReportRequest(
        ad_product=KINDS[kind.report_type].ad_product,
        report_type=kind.report_type,
        start=span[0],
        end=span[1],
        time_unit=TimeUnit.DAILY,
        group_by=(kind.group,),
        columns=kind.columns,
    )
    return fresh_report(account, AdsPurpose.DAILY, request, now)


def fresh_report(
    account: Account, purpose: AdsPurpose, request: AdsReportRequest, now: datetime
) -> AdsReport:
    """A report that is to be asked for at once."""
    return AdsReport(
        id=AdsReportId(uuid4()),
        connection_id=account.connection_id,
        user_id=account.user_id,
        account_id=account.id,
        profile_id=account.found.amazon_id,
        region=account.found.region,
        purpose=purpose,
        request=request,
        status=AdsReportStatus.PENDING,
        created_at=now,
        next_look_at=now,
    )


def _save(plans: Sequence[_Plan], work: SyncWork) -> int:
    work.ads_reports.add([report for plan in plans for report in plan.reports])
    work.ads_days.save_coverage([plan.coverage for plan in plans])
    return 0
