"""How far the figures of advertising are known: whose there are, which days of them, and which are missing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from domain.ads.accounts import Account, AccountId
from domain.ads.columns import KINDS
from domain.ads.coverage import Coverage, Span
from domain.ads.report_checks import zone_of
from domain.ads.report_planning import kinds_of, newest_day
from domain.ads.reports import AdProduct
from domain.connections.model import Failure
from domain.kpis.model import Freshness
from domain.kpis.periods import Period

_DAY = timedelta(days=1)
#: Few profiles may have it; where there was none, none is missing.
_ONLY_WHERE_KNOWN = frozenset({"stCampaigns"})


@dataclass(frozen=True)
class Missing:
    """Days of one account for which a type of reports was not taken over, though it was time to.

    ``error`` is why, where Amazon refused. Between the first and the last day, some may be there.
    """

    profile_id: str
    ad_product: AdProduct
    report_type: str
    first: date
    last: date
    days: int
    error: Failure | None


@dataclass(frozen=True)
class AdsKnown:
    """How far a period's figures of advertising can be trusted. ``listed``: it is known which profiles there are."""

    freshness: Freshness
    missing: Sequence[Missing]
    listed: bool

    @property
    def is_partial(self) -> bool:
        """Whether figures are known to be missing."""
        return bool(self.missing) or not self.listed


@dataclass(frozen=True)
class AdsHouse:
    """A user's advertising: the profiles and advertisers, those of them that are synced, and what is known of each.

    ``listed``: the profiles of all regions were listed to their end at least once.
    """

    accounts: Sequence[Account]
    synced: frozenset[AccountId]
    coverage: Sequence[Coverage]
    listed: bool

    def only(self, profile_id: str | None) -> "AdsHouse":
        """One profile's part of it; all of it without one."""
        if profile_id is None:
            return self
        kept = [account for account in self.accounts if account.found.amazon_id == profile_id]
        return replace(self, accounts=kept)

    def known(self, span: Period, now: datetime) -> AdsKnown:
        """How far the figures of a period can be trusted; a day is asked for some hours after it is over.

        ``data_as_of`` is the oldest of the types' latest reports, among those that have had one; ``complete_until`` the
        begin of the first day that any of them lacks, and ``None`` where that is the period's first one.
        """
        found = {(one.account_id, one.report_type): one for one in self.coverage}
        wanted = [
            (account, kind, found.get((account.id, kind)))
            for account in self.accounts
            if account.id in self.synced
            for kind in _kinds(account, found)
        ]
        return AdsKnown(
            Freshness(
                min((known.as_of for _, _, known in wanted if known and known.as_of), default=None),
                _complete([(account, known) for account, _, known in wanted], span),
            ),
            list(_missing(wanted, span, now)),
            self.listed,
        )


def _kinds(account: Account, found: Mapping[tuple[AccountId, str], Coverage]) -> Iterator[str]:
    """The types of reports that an account's figures are made of."""
    for kind in kinds_of(account):
        known = found.get((account.id, kind.report_type))
        if kind.report_type not in _ONLY_WHERE_KNOWN or (known is not None and known.days):
            yield kind.report_type


def _complete(wanted: Sequence[tuple[Account, Coverage | None]], span: Period) -> datetime | None:
    lacking = [(account, _first_without(known, span.first)) for account, known in wanted]
    if not lacking or any(day == span.first for _, day in lacking):
        return None
    return min(
        datetime(day.year, day.month, day.day, tzinfo=zone_of(account)).astimezone(UTC)
        for account, day in lacking
    )


def _first_without(known: Coverage | None, day: date) -> date:
    """The first day from this one on that was not taken over."""
    for first, last in known.days if known else ():
        if first <= day <= last:
            return last + _DAY
    return day


def _missing(
    wanted: Iterable[tuple[Account, str, Coverage | None]], span: Period, now: datetime
) -> Iterator[Missing]:
    for account, report_type, known in wanted:
        last = min(span.last, newest_day(account, now))
        holes = list(_holes(known.days if known else (), (span.first, last)))
        if holes:
            yield Missing(
                account.found.amazon_id,
                KINDS[report_type].ad_product,
                report_type,
                holes[0][0],
                holes[-1][1],
                sum((end - begin).days + 1 for begin, end in holes),
                known.error if known else None,
            )


def _holes(days: Sequence[Span], span: Span) -> Iterator[Span]:
    """The stretches of a span that no other one covers, the oldest first."""
    begin, end = span
    for first, last in days:
        if first > end:
            break
        if begin < first:
            yield begin, first - _DAY
        begin = max(begin, last + _DAY)
    if begin <= end:
        yield begin, end
