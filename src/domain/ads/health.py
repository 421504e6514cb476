"""How the advertising accounts do, each by itself and all together, with the reason in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.ads.accounts import Account, AccountStatus, Listing
from domain.ads.desk import Shelf, shelved
from domain.ads.work import AccountWork
from domain.clock import Clock
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Failure
from domain.errors import KeyUnavailable
from domain.users.model import UserId

#: More accounts than this are counted, and not shown.
MOST_SHOWN = 5_000
#: Figures are fetched daily: what is older than this has been left behind.
_STALE = timedelta(hours=48)
_WELL = "All is well."


class AdsVerdict(StrEnum):
    """How it is in all."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"  # something needs a look
    ERROR = "error"  # nothing can be fetched


class AccountStanding(StrEnum):
    """An account's status, its grant considered."""

    ACTIVE = AccountStatus.ACTIVE
    PENDING = AccountStatus.PENDING
    DISABLED = AccountStatus.DISABLED
    GONE = AccountStatus.GONE
    DISCONNECTED = AccountStatus.DISCONNECTED
    REAUTHORIZATION_REQUIRED = ConnectionStatus.REAUTHORIZATION_REQUIRED


@dataclass(frozen=True)
class TokenState:
    """``valid``: Amazon still honours the grant, as far as is known. ``expires_at`` is of the access token, which is
    renewed by itself.
    """

    valid: bool
    expires_at: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True)
class AccountHealth:
    """How one account does; ``is_well``: nothing of it needs a look."""

    account: Account
    status: AccountStanding
    token: TokenState
    last_synced_at: datetime | None
    reauthorization_required: bool
    reason: str
    is_well: bool


@dataclass(frozen=True)
class AdsHealth:
    """How all of it does."""

    verdict: AdsVerdict
    reason: str
    accounts: tuple[AccountHealth, ...]


_NO_TOKEN = TokenState(False, None, "Amazon Ads is disconnected: connect it again to go on.")


def standing(account: Account, connection: Connection | None) -> AccountStanding:
    """The account's status as it works out: a grant that can't be used puts all of its accounts out of use."""
    if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
        return AccountStanding.DISCONNECTED
    is_wanted = account.status is not AccountStatus.DISCONNECTED
    if connection.status is ConnectionStatus.REAUTHORIZATION_REQUIRED and is_wanted:
        return AccountStanding.REAUTHORIZATION_REQUIRED
    return AccountStanding(account.status.value)


@dataclass(frozen=True)
class AdsHealthDesk:
    """Looks at what is kept; asks nobody."""

    look: Callable[[], AccountWork]
    clock: Clock

    def of(self, user_id: UserId) -> AdsHealth:
        """The user's accounts, by name."""
        now = self.clock.now()
        with self.look() as work:
            found = work.ads_accounts.accounts(user_id, limit=MOST_SHOWN)
            shelf = shelved(work, user_id, found)
            tokens = {
                identity: _token(work, connection) for identity, connection in shelf.connections.items()
            }
        accounts = tuple(_health(account, shelf, tokens, now) for account in found)
        verdict, reason = _verdict(shelf, tokens, accounts)
        return AdsHealth(verdict, reason, accounts)


def _token(work: AccountWork, connection: Connection) -> TokenState:
    try:
        stored = work.vault.look(connection.id)
    except KeyUnavailable as error:
        return TokenState(False, None, str(error))
    if stored is None:
        return TokenState(False, None, "No token is kept: Amazon Ads is disconnected.")
    expires_at = stored.access_token.expires_at if stored.access_token else None
    if not connection.status.usable:
        return TokenState(False, expires_at, _revoked(connection))
    return TokenState(True, expires_at)


def _revoked(connection: Connection) -> str:
    if connection.status is ConnectionStatus.REAUTHORIZATION_REQUIRED:
        return "Amazon does not honour the consent any more: give it again to go on."
    return "Amazon Ads is disconnected: connect it again to go on."


def _health(
    account: Account, shelf: Shelf, tokens: dict[ConnectionId, TokenState], now: datetime
) -> AccountHealth:
    connection = shelf.connection_of(account)
    token = tokens.get(account.connection_id, _NO_TOKEN)
    synced_at = shelf.synced_at(account)
    trouble = _trouble(account, token, synced_at, now)
    is_wanted = account.status is not AccountStatus.DISCONNECTED
    reason = trouble or _WELL
    if not is_wanted:
        reason = "You have disconnected it: its data is kept, and not brought up to date."
    return AccountHealth(
        account=account,
        status=standing(account, connection),
        token=token,
        last_synced_at=synced_at,
        reauthorization_required=connection is not None
        and connection.status is ConnectionStatus.REAUTHORIZATION_REQUIRED,
        reason=reason,
        is_well=trouble is None or not is_wanted,
    )


def _trouble(
    account: Account,
    token: TokenState,
    synced_at: datetime | None,
    now: datetime,
) -> str | None:
    """What needs a look; ``None``: nothing."""
    if token.problem is not None:
        return token.problem
    if account.status is AccountStatus.GONE and account.gone_since is not None:
        day = account.gone_since.date().isoformat()
        return f"Amazon has not named it since {day}; its data is kept. Disconnect it if you don't expect it back."
    if account.status is AccountStatus.DISABLED:
        said = "; ".join(f"{country}: {words}" for country, words in account.found.problems.items())
        return f"Amazon has disabled it. {said}".strip()
    if account.last_error is not None:
        return f"The latest sync failed: {account.last_error.message}"
    known_at = synced_at or account.created_at
    if now - known_at > _STALE and account.status is AccountStatus.ACTIVE:
        since = known_at.date().isoformat()
        never = f"Nothing of it has been fetched since it was found on {since}."
        return never if synced_at is None else f"It has not been brought up to date since {since}."
    return None


def _verdict(
    shelf: Shelf, tokens: dict[ConnectionId, TokenState], accounts: tuple[AccountHealth, ...]
) -> tuple[AdsVerdict, str]:
    if not shelf.connections:
        return AdsVerdict.ERROR, "Amazon Ads is not connected."
    if not any(token.valid for token in tokens.values()):
        problems = [token.problem for token in tokens.values() if token.problem]
        return AdsVerdict.ERROR, problems[0] if problems else "Amazon Ads is disconnected."
    for connection in shelf.connections.values():
        if connection.status is ConnectionStatus.DEGRADED:
            return AdsVerdict.DEGRADED, _failed(connection.last_error)
    failing = [listing for listing in shelf.listings if listing.error is not None]
    if failing:
        return AdsVerdict.DEGRADED, _not_listed(failing[0])
    unwell = [each for each in accounts if not each.is_well]
    if unwell:
        return AdsVerdict.DEGRADED, f"{len(unwell)} of {len(accounts)} accounts need a look."
    return AdsVerdict.HEALTHY, _WELL


def _failed(failure: Failure | None) -> str:
    return f"The latest sync failed: {failure.message}" if failure else "The latest sync failed."


def _not_listed(listing: Listing) -> str:
    said = listing.error.message if listing.error else ""
    where = f" of region {listing.region.value}" if listing.region.value != "world" else ""
    return (
        f"Amazon's list of accounts of type {listing.type.value}{where} could not be read to its end: {said}"
    )
