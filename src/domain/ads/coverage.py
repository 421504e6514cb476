"""How far the figures of an account are known: which days were taken over, and when they are fetched again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.ads.accounts import AccountId
from domain.ads.reports import AdProduct, AdsReport
from domain.connections.model import ConnectionId, Failure
from domain.users.model import UserId

#: A first and a last day, both included.
Span = tuple[date, date]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Coverage:
    """One type of reports of one account. Days are the account's own.

    ``days`` are those that were taken over, the oldest first, none overlapping or touching another. ``daily_on``,
    ``weekly_on`` and ``monthly_on`` are the newest days with which restated days were last asked for again. Nothing is
    asked for before ``rest_until``: Amazon refused, for the reason in ``error``.
    """

    connection_id: ConnectionId
    user_id: UserId
    account_id: AccountId
    profile_id: str
    ad_product: AdProduct
    report_type: str
    days: tuple[Span, ...] = ()
    as_of: datetime | None = None
    daily_on: date | None = None
    weekly_on: date | None = None
    monthly_on: date | None = None
    rest_until: datetime | None = None
    error: Failure | None = None

    @classmethod
    def empty(cls, report: AdsReport) -> "Coverage":
        """Of the account and type of a report, when nothing is known."""
        return cls(
            connection_id=report.connection_id,
            user_id=report.user_id,
            account_id=report.account_id,
            profile_id=report.profile_id,
            ad_product=report.request.ad_product,
            report_type=report.request.report_type,
        )


def joined(spans: Sequence[Span], more: Span) -> tuple[Span, ...]:
    """The spans and one more, the oldest first; those that overlap or touch are one."""
    found: list[Span] = []
    for first, last in sorted([*spans, more]):
        if found and first <= found[-1][1] + _DAY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def without(days: set[date], spans: Sequence[Span]) -> set[date]:
    """The days that are in none of the spans."""
    return {day for day in days if not any(first <= day <= last for first, last in spans)}


def days_of(span: Span) -> Iterator[date]:
    """Each day of it."""
    first, last = span
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def slices(days: set[date], longest: int) -> list[Span]:
    """The days in as few spans as possible of up to ``longest`` days without a hole, the newest first."""
    found: list[Span] = []
    for day in sorted(days, reverse=True):
        if found and found[-1][0] - _DAY == day and (found[-1][1] - day).days < longest:
            found[-1] = (day, found[-1][1])
        else:
            found.append((day, day))
    return found
