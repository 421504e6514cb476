"""What is kept of a refresh: its parts, each for one transaction, and when a listing is due again."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.ads.accounts import AccountType, FoundAccount, Listing, Scope
from domain.ads.work import RefreshWork
from domain.connections.model import Connection
from domain.errors import PortsideError, RateLimited, UsagePlanEmpty
from domain.events.model import Event
from domain.marketplaces import SELLING_REGIONS, Region
from domain.sync.failures import failure_of

#: Accounts come and go seldom; whoever can't wait asks for them.
EVERY: Final = timedelta(hours=24)
#: After a failure a listing is tried again so soon, then twice as late each time.
_FIRST_RETRY, _LONGEST_RETRY = timedelta(minutes=2), timedelta(hours=6)
#: The regions under which a type's listings are kept.
REGIONS: Final[Mapping[AccountType, tuple[Region, ...]]] = {
    AccountType.ADS_ACCOUNT: (Region.WORLD,),
    AccountType.PROFILE: SELLING_REGIONS,
    AccountType.DSP_ADVERTISER: (Region.WORLD,),
}


@dataclass(frozen=True)
class Part:
    """A part of a refresh, to be kept in one transaction: ``save`` returns how many accounts it changed.

    ``trouble``: the listing of ``region`` came to nothing for this reason.
    """

    records: int
    save: Callable[[RefreshWork], int]
    region: Region = Region.WORLD
    trouble: PortsideError | None = None


def due(listings: Sequence[Listing], kind: AccountType, now: datetime) -> tuple[Region, ...]:
    """The regions whose listing of this kind is due; one that was never tried is."""
    next_at = {each.region: each.next_at for each in listings if each.type is kind}
    return tuple(region for region in REGIONS[kind] if next_at.get(region, now) <= now)


def page(connection: Connection, found: Sequence[FoundAccount], now: Callable[[], datetime]) -> Part:
    """Accounts as they were told."""

    def save(work: RefreshWork) -> int:
        added, changed = work.ads_accounts.merge(connection, found, now())
        if added or changed:
            _tell(work, connection, found[0].type, now(), added=added, changed=changed)
        return added + changed

    return Part(len(found), save)


def complete(
    connection: Connection,
    scope: Scope,
    counts: Mapping[Region, int],
    told: Collection[str],
    now: Callable[[], datetime],
) -> Part:
    """The listing has come to its end in these regions."""

    def save(work: RefreshWork) -> int:
        at = now()
        gone = _closed(work, connection, scope, told, at)
        for region, found in counts.items():
            work.ads_accounts.save_listing(
                Listing(connection.id, connection.user_id, scope.type, region, at + EVERY, at, found)
            )
        return gone

    return Part(0, save)


def closed(connection: Connection, scope: Scope, told: Collection[str], now: Callable[[], datetime]) -> Part:
    """All that there is in this scope was told: the rest of it is gone. The listing as a whole goes on."""
    return Part(0, lambda work: _closed(work, connection, scope, told, now()))


def _closed(
    work: RefreshWork, connection: Connection, scope: Scope, told: Collection[str], at: datetime
) -> int:
    gone = work.ads_accounts.mark_gone(connection, scope, told, at)
    if gone:
        _tell(work, connection, scope.type, at, gone=gone)
    return gone


def failed(
    connection: Connection,
    kind: AccountType,
    region: Region,
    error: PortsideError,
    now: Callable[[], datetime],
    place: Mapping[str, object] | None = None,
) -> Part:
    """The listing came to nothing: kept, and tried again later. A limit is no failure: it goes on from ``place``."""

    def save(work: RefreshWork) -> int:
        at = now()
        kept = work.ads_accounts.listings(connection.id)
        listing = next(
            (each for each in kept if (each.type, each.region) == (kind, region)),
            Listing(connection.id, connection.user_id, kind, region, at),
        )
        work.ads_accounts.save_listing(replace(_put_off(listing, error, at), place=place))
        return 0

    return Part(0, save, region, error)


def _put_off(listing: Listing, error: PortsideError, at: datetime) -> Listing:
    if isinstance(error, UsagePlanEmpty):
        return replace(listing, next_at=max(error.until, at + timedelta(seconds=1)))
    if isinstance(error, RateLimited):
        return replace(listing, next_at=at + timedelta(seconds=max(error.retry_after, 1)))
    wait = min(_FIRST_RETRY * 2 ** min(listing.failures, 10), _LONGEST_RETRY)
    failure = failure_of(error, at)
    return replace(listing, next_at=at + wait, failures=listing.failures + 1, error=failure)


def _tell(work: RefreshWork, connection: Connection, kind: AccountType, at: datetime, **counts: int) -> None:
    """An event: these accounts are others than before, and so are figures that name them."""
    work.figures.changed(connection.user_id)
    data = {"connection_id": str(connection.id), "type": kind.value, **counts}
    work.outbox.append(Event(connection.user_id, "account.changed", at, data))
