"""Where users look at their advertising accounts, have them listed anew, and change what is theirs to change."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import uuid4

from domain.ads.accounts import Account, AccountId, AccountStatus, AccountType, Listing, Owner
from domain.ads.directory import Refresh
from domain.ads.listings import Part
from domain.ads.work import AccountWork
from domain.audit.model import Action, AuditEntry
from domain.clock import Clock
from domain.connections.catalog import alive
from domain.connections.model import Connection, ConnectionId, Provider
from domain.errors import Conflict, InvalidInput, NotConnected, NotFound
from domain.events.model import Event
from domain.gateway.model import Patience
from domain.sync.model import Resource
from domain.users.model import User, UserId, Visitor


class Unsaid(Enum):
    """Stands for what a change says nothing about; a name of ``None`` says: Amazon's own again."""

    UNSAID = "unsaid"


UNSAID: Final = Unsaid.UNSAID


@dataclass(frozen=True)
class Change:
    """What to change of an account. ``is_connected`` of ``False``: it is not synced any more."""

    is_default: bool | Unsaid = UNSAID
    name: str | Unsaid | None = UNSAID
    is_connected: bool | Unsaid = UNSAID


@dataclass(frozen=True)
class Shelf:
    """Accounts with what tells how they do: their connections, and when they were listed."""

    accounts: Sequence[Account]
    connections: dict[ConnectionId, Connection]
    listings: Sequence[Listing]

    def connection_of(self, account: Account) -> Connection | None:
        """Through which it is seen; ``None``: through one that is being erased."""
        return self.connections.get(account.connection_id)

    def synced_at(self, account: Account) -> datetime | None:
        """As of when its figures are here; of what has none, when Amazon last listed it."""
        if account.has_figures:
            return account.last_synced_at
        here = (account.connection_id, account.found.type, account.found.region)
        return next(
            (
                each.listed_at
                for each in self.listings
                if (each.connection_id, each.type, each.region) == here
            ),
            None,
        )


@dataclass(frozen=True)
class AccountDesk:
    """Listing anew asks Amazon; everything else is about what is kept."""

    work: Callable[[], AccountWork]
    look: Callable[[], AccountWork]  # the same, for reading only
    refresh: Refresh
    clock: Clock

    def list_anew(
        self, user_id: UserId, kind: AccountType, agency_profile_id: str | None = None
    ) -> list[Part]:
        """Fetch the accounts of a kind to the last page, and keep them; returns the listings that failed.

        With ``agency_profile_id``, the advertisers that this profile sees.

        Raises:
            NotConnected, ReauthorizationRequired: there is no grant that could be used.
            NotFound: there is no such profile.
            InvalidInput: the profile is not an agency's.
            ChannelError: no listing came to its end; what came until then is kept.
        """
        connection = self._connection(user_id)
        if kind is AccountType.DSP_ADVERTISER and not self._knows_profiles(connection):
            self._keep(connection, self._parts(connection, AccountType.PROFILE))
        if agency_profile_id is not None:
            agency = self._agency(connection, agency_profile_id)
            parts = self.refresh.of_agency(connection, agency, self.clock.now, Patience.INTERACTIVE)
            return self._keep(connection, parts)
        troubles = self._keep(connection, self._parts(connection, kind))
        regions = 1 if kind is not AccountType.PROFILE else 3
        if len(troubles) >= regions and troubles[0].trouble is not None:
            raise troubles[0].trouble
        return troubles

    def shelf(
        self,
        user_id: UserId,
        *,
        kind: AccountType | None = None,
        agency: str | None = None,
        after: tuple[str, AccountId] | None = None,
        limit: int | None = None,
    ) -> Shelf:
        """The user's accounts, by name and id."""
        with self.look() as work:
            found = work.ads_accounts.accounts(user_id, type=kind, agency=agency, after=after, limit=limit)
            return shelved(work, user_id, found)

    def one(self, user_id: UserId, account_id: AccountId) -> Shelf:
        """Raises NotFound: none, or somebody else's."""
        with self.look() as work:
            return shelved(work, user_id, [work.ads_accounts.account(user_id, account_id)])

    def change(self, user: User, visitor: Visitor, account_id: AccountId, change: Change) -> Shelf:
        """The account as it is now.

        Raises:
            NotFound: none, or somebody else's.
            InvalidInput: something can't be so; names each field.
        """
        now = self.clock.now()
        with self.work() as work:
            work.ads_accounts.hold(user.id)
            account = work.ads_accounts.account(user.id, account_id)
            changed = changed_as(account, change)
            work.ads_accounts.save_account(changed)
            wanted = changed.id if change.is_default is True else None
            work.ads_accounts.settle_defaults(user.id, changed.found.type, wanted)
            changed = work.ads_accounts.account(user.id, account_id)
            if changed != account:
                write_down(work, now, user, visitor, account, changed)
            shelf = shelved(work, user.id, [changed])
            work.commit()
        return shelf

    def _connection(self, user_id: UserId) -> Connection:
        with self.look() as work:
            return ads_connection(work, user_id)

    def _knows_profiles(self, connection: Connection) -> bool:
        with self.look() as work:
            listings = work.ads_accounts.listings(connection.id)
        return any(each.type is AccountType.PROFILE and each.listed_at is not None for each in listings)

    def _agency(self, connection: Connection, profile_id: str) -> Account:
        with self.look() as work:
            profile = work.ads_accounts.named_by_amazon(connection.id, AccountType.PROFILE, profile_id)
        if profile is None:
            raise NotFound("There is no such profile.")
        if profile.found.owner is not Owner.AGENCY:
            raise InvalidInput(
                {"profile_id": "is not the profile of an agency: only these see DSP advertisers"}
            )
        return profile

    def _parts(self, connection: Connection, kind: AccountType) -> Iterator[Part]:
        return self.refresh.parts(connection, kind, self.clock.now, Patience.INTERACTIVE)

    def _keep(self, connection: Connection, parts: Iterator[Part]) -> list[Part]:
        troubles, changed = [], 0
        for part in parts:
            with self.work() as work:
                changed += part.save(work)
                work.commit()
            if part.trouble is not None:
                troubles.append(part)
        if changed:  # new profiles have figures to be fetched
            with self.work() as work:
                work.sync.due_now(connection.id, Resource.ADS, self.clock.now())
                work.commit()
        return troubles


def ads_connection(work: AccountWork, user_id: UserId) -> Connection:
    """The user's grant to advertising, if calls may be made in its name.

    Raises:
        NotConnected: there is none, or it was disconnected.
        ReauthorizationRequired: the user has to give consent again.
    """
    for connection in work.connections.of_user(user_id, Provider.AMAZON_ADS):
        return alive(connection)
    raise NotConnected("Amazon Ads is not connected.", channel="ads")


def shelved(work: AccountWork, user_id: UserId, accounts: Sequence[Account]) -> Shelf:
    """Accounts with what tells how they do."""
    connections = {each.id: each for each in work.connections.of_user(user_id, Provider.AMAZON_ADS)}
    listings = [each for identity in connections for each in work.ads_accounts.listings(identity)]
    return Shelf(accounts, connections, listings)


def changed_as(account: Account, change: Change) -> Account:
    """The account with the change.

    Raises:
        InvalidInput: something can't be so; names each field.
    """
    problems: dict[str, str] = {}
    if change.name is not UNSAID:
        account = replace(account, name_given=change.name or None)
    if change.is_connected is False:
        account = replace(account, status=AccountStatus.DISCONNECTED)
    elif change.is_connected is True and account.status is AccountStatus.DISCONNECTED:
        gone = account.gone_since is not None
        account = replace(account, status=AccountStatus.GONE if gone else account.found.status)
    usable = account.status in (AccountStatus.ACTIVE, AccountStatus.PENDING)
    if change.is_default is True and not usable:
        problems["is_default"] = f"can't be: the account is {account.status.value}"
    if change.is_default is False and account.is_default:
        problems["is_default"] = "can't be taken away: make another account the default one instead"
    if problems:
        raise InvalidInput(problems)
    return account


def insist_connected(account: Account) -> None:
    """Raises Conflict: it is not to be synced, or can't be."""
    if account.status is AccountStatus.DISCONNECTED:
        raise Conflict("This account is disconnected: connect it to have it synced.")
    if account.status is AccountStatus.GONE:
        raise Conflict("Amazon does not name this account any more.")


def write_down(
    work: AccountWork, now: datetime, user: User, visitor: Visitor, before: Account, after: Account
) -> None:
    """The deed, in the audit log and for those who listen."""
    left = after.status is AccountStatus.DISCONNECTED and before.status is not AccountStatus.DISCONNECTED
    action = Action.ACCOUNT_DISCONNECTED if left else Action.ACCOUNT_CHANGED
    shown = {
        "account_name": (before.name, after.name),
        "status": (before.status.value, after.status.value),
        "is_default": (str(before.is_default).lower(), str(after.is_default).lower()),
    }
    details = {name: f"{old} → {new}" for name, (old, new) in shown.items() if old != new}
    told = {"account_id": str(after.id), "type": after.found.type.value, "amazon_id": after.found.amazon_id}
    work.audit.append(
        AuditEntry(
            uuid4(),
            now,
            user.id,
            action,
            visitor.acting_for(user),
            visitor.address,
            after.connection_id,
            {**told, **details},
        )
    )
    work.figures.changed(user.id)
    data = {
        "connection_id": str(after.connection_id),
        "type": after.found.type.value,
        "account_id": str(after.id),
        "status": after.status.value,
    }
    work.outbox.append(Event(user.id, "account.changed", now, data))
