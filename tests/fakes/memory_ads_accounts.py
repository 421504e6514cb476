"""Advertising accounts, their listings and registrations, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from domain.ads.accounts import (
    Account,
    AccountId,
    AccountStatus,
    AccountType,
    FoundAccount,
    Listing,
    Owner,
    Scope,
)
from domain.ads.registration import Registration, RegistrationId
from domain.connections.model import Connection, ConnectionId, Failure
from domain.errors import NotFound
from domain.users.model import UserId
from tests.fakes.memory_store import Tables

_USABLE = (AccountStatus.ACTIVE, AccountStatus.PENDING)


class MemoryAccountBook:
    """All accounts by id."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def merge(self, connection: Connection, found: Sequence[FoundAccount], at: datetime) -> tuple[int, int]:
        added = changed = 0
        for each in found:
            old = self.named_by_amazon(connection.id, each.type, each.amazon_id)
            if old is None:
                made_at = at + timedelta(microseconds=added)
                added += 1
                self._keep(
                    Account(
                        id=AccountId(uuid4()),
                        connection_id=connection.id,
                        user_id=connection.user_id,
                        found=each,
                        status=each.status,
                        is_default=False,
                        created_at=made_at,
                        seen_at=at,
                    )
                )
            elif old.gone_since is not None or old.found != each:
                changed += 1
                left = old.status is AccountStatus.DISCONNECTED
                status = old.status if left else each.status
                self._keep(replace(old, found=each, status=status, gone_since=None, seen_at=at))
        for kind in {each.type for each in found}:
            self.settle_defaults(connection.user_id, kind)
        return added, changed

    def mark_gone(self, connection: Connection, scope: Scope, told: Collection[str], at: datetime) -> int:
        gone = [
            account
            for account in self._of(connection.id, scope.type)
            if account.gone_since is None
            and account.found.amazon_id not in told
            and (scope.regions is None or account.found.region in scope.regions)
            and (scope.agencies is None or account.found.agency_profile_id in scope.agencies)
        ]
        for account in gone:
            left = account.status is AccountStatus.DISCONNECTED
            status = account.status if left else AccountStatus.GONE
            self._keep(replace(account, status=status, gone_since=at, is_default=False))
        self.settle_defaults(connection.user_id, scope.type)
        return len(gone)

    def account(self, user_id: UserId, account_id: AccountId) -> Account:
        found = self.these(user_id, [account_id])
        if not found:
            raise NotFound("There is no such account.")
        return found[0]

    def these(self, user_id: UserId, account_ids: Sequence[AccountId]) -> list[Account]:
        return [each for each in self._mine(user_id) if each.id in account_ids]

    def accounts(
        self,
        user_id: UserId,
        *,
        type: AccountType | None = None,  # noqa: A002 - the field's name
        agency: str | None = None,
        after: tuple[str, AccountId] | None = None,
        limit: int | None = None,
    ) -> list[Account]:
        found = [
            each
            for each in self._mine(user_id)
            if type in (None, each.found.type)
            and agency in (None, each.found.agency_profile_id)
            and (after is None or (each.name, each.id) > after)
        ]
        return sorted(found, key=lambda each: (each.name, each.id))[:limit]

    def named_by_amazon(
        self, connection_id: ConnectionId, kind: AccountType, amazon_id: str
    ) -> Account | None:
        return next((one for one in self._of(connection_id, kind) if one.found.amazon_id == amazon_id), None)

    def agencies(self, connection_id: ConnectionId) -> list[Account]:
        profiles = self._of(connection_id, AccountType.PROFILE)
        return [each for each in profiles if each.found.owner is Owner.AGENCY]

    def profiles_to_sync(self, connection_id: ConnectionId) -> list[Account]:
        return [
            each
            for each in self._of(connection_id, AccountType.PROFILE)
            if each.status is AccountStatus.ACTIVE and each.has_figures
        ]

    def hold(self, user_id: UserId) -> None:
        """There is one writer at a time."""

    def save_account(self, account: Account) -> None:
        if account.id not in self._tables.ads_accounts:
            raise NotFound("There is no such account.")
        self.save_accounts([account])

    def save_accounts(self, accounts: Sequence[Account]) -> None:
        for account in accounts:
            kept = self._tables.ads_accounts.get(account.id)
            if kept is not None:
                self._keep(
                    replace(
                        kept,
                        name_given=account.name_given,
                        status=account.status,
                    )
                )

    def note_sync(self, account_id: AccountId, at: datetime | None, error: Failure | None) -> None:
        kept = self._tables.ads_accounts.get(account_id)
        if kept is not None:
            self._keep(replace(kept, last_synced_at=at or kept.last_synced_at, last_error=error))

    def settle_defaults(self, user_id: UserId, kind: AccountType, wanted: AccountId | None = None) -> None:
        visible = [each for each in self._mine(user_id) if each.found.type is kind and each.status in _USABLE]
        ranked = sorted(
            visible,
            key=lambda each: (
                each.id != wanted,
                not each.is_default,
                each.status is not AccountStatus.ACTIVE,
                each.created_at,
                each.id,
            ),
        )
        heir = ranked[0].id if ranked else None
        for account in list(self._tables.ads_accounts.values()):
            of_type = account.user_id == user_id and account.found.type is kind
            if of_type and account.is_default is not (account.id == heir):
                self._keep(replace(account, is_default=account.id == heir))

    def listings(self, connection_id: ConnectionId) -> list[Listing]:
        found = [each for each in self._tables.ads_listings.values() if each.connection_id == connection_id]
        return sorted(found, key=lambda each: (each.type, each.region))

    def save_listing(self, listing: Listing) -> None:
        self._tables.ads_listings[listing.connection_id, listing.type, listing.region] = listing

    def list_again(self, connection_id: ConnectionId, types: Collection[AccountType], at: datetime) -> None:
        for listing in self.listings(connection_id):
            if listing.type in types and listing.next_at > at:
                self.save_listing(replace(listing, next_at=at))

    def _keep(self, account: Account) -> None:
        self._tables.ads_accounts[account.id] = account

    def _of(self, connection_id: ConnectionId, kind: AccountType) -> list[Account]:
        found = [
            each
            for each in self._tables.ads_accounts.values()
            if each.connection_id == connection_id and each.found.type is kind
        ]
        return sorted(found, key=lambda each: (each.created_at, each.id))

    def _mine(self, user_id: UserId) -> list[Account]:
        return sorted(
            (
                each
                for each in self._tables.ads_accounts.values()
                if each.user_id == user_id and _in_sight(self._tables, each.connection_id)
            ),
            key=lambda each: (each.created_at, each.id),
        )


class MemoryRegistrationBook:
    """All registrations by id."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, registration: Registration) -> None:
        self._tables.ads_registrations[registration.id] = registration

    def save(self, registration: Registration, was: Registration) -> bool:
        kept = self._tables.ads_registrations.get(registration.id)
        if kept is None or (kept.status, kept.next_look_at) != (was.status, was.next_look_at):
            return False
        self._tables.ads_registrations[registration.id] = registration
        return True

    def get(self, user_id: UserId, registration_id: RegistrationId) -> Registration:
        found = self._tables.ads_registrations.get(registration_id)
        if found is None or found.user_id != user_id or not _in_sight(self._tables, found.connection_id):
            raise NotFound("There is no such registration.")
        return found

    def open_of(self, connection_id: ConnectionId) -> list[Registration]:
        found = [
            each
            for each in self._tables.ads_registrations.values()
            if each.connection_id == connection_id and each.status.is_open and each.finished_at is None
        ]
        return sorted(found, key=lambda each: (each.created_at, each.id))


def _in_sight(tables: Tables, connection_id: ConnectionId) -> bool:
    connection = tables.connections.get(connection_id)
    return connection is not None and connection.erasing_at is None
