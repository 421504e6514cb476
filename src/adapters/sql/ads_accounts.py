"""The book of advertising accounts, in SQL: what Amazon tells is merged by set, and only what changed is written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import Connection as Database

from adapters.sql.ads_account_rows import (
    OURS,
    TOLD,
    account_of,
    listing_of,
    listing_values,
    our_values,
    told_values,
)
from adapters.sql.among import among
from adapters.sql.bulk import Insertion, insert_rows
from adapters.sql.erasing import visible
from adapters.sql.locks import lock_until_commit
from adapters.sql.rows import FAILURE_COLUMNS, failure_values
from adapters.sql.tables import ads_accounts, ads_listings
from adapters.sql.upsert import upsert
from domain.ads.accounts import (
    NO_FIGURES,
    Account,
    AccountId,
    AccountStatus,
    AccountType,
    FoundAccount,
    Listing,
    Owner,
    Scope,
)
from domain.connections.model import Connection, ConnectionId, Failure
from domain.errors import NotFound
from domain.users.model import UserId

_ROW, _RIVAL = ads_accounts.c, ads_accounts.alias().c
_GONE, _LEFT = AccountStatus.GONE.value, AccountStatus.DISCONNECTED.value
#: What can be the default one.
_USABLE = (AccountStatus.ACTIVE.value, AccountStatus.PENDING.value)
#: What accounts are listed by: the user's name for it, else Amazon's, else its id.
_NAME = func.coalesce(func.nullif(_ROW.name_given, ""), func.nullif(_ROW.name, ""), _ROW.amazon_id)


class SqlAccountBook:
    """All accounts, and how far their listings are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # What Amazon tells

    def merge(self, connection: Connection, found: Sequence[FoundAccount], at: datetime) -> tuple[int, int]:
        """Keep what was told, in a statement to look and one to write; returns how many were added and changed."""
        if not found:
            return 0, 0
        self._queue(connection.user_id)
        told = {(each.type.value, each.amazon_id): each for each in found}
        kept = self._kept(connection.id, [each.amazon_id for each in told.values()])
        added: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for key, each in told.items():
            values, old = told_values(each), kept.get(key)
            if old is None:
                # A microsecond apart: the first one found is the first one made.
                made_at = at + timedelta(microseconds=len(added))
                added.append(_new_row(connection, each, values, made_at, at))
            elif old["gone_since"] is not None or any(old[name] != values[name] for name in TOLD):
                changed.append(
                    {**old, **values, "status": _status_now(old, each), "gone_since": None, "seen_at": at}
                )
        insert_rows(self._database, ads_accounts, added + changed, _told_again)
        for kind in {row["type"] for row in added + changed}:
            self._settle(connection.user_id, kind)
        return len(added), len(changed)

    def mark_gone(self, connection: Connection, scope: Scope, told: Collection[str], at: datetime) -> int:
        """One statement, whatever the scope; returns how many have gone."""
        self._queue(connection.user_id)
        statement = (
            update(ads_accounts)
            .where(
                _ROW.connection_id == connection.id,
                _ROW.type == scope.type.value,
                _ROW.gone_since.is_(None),
                ~among(self._database, _ROW.amazon_id, sorted(told)),
            )
            .values(
                gone_since=at,
                # Who did not want it before does not want it when it comes back.
                status=case((_ROW.status == _LEFT, _LEFT), else_=_GONE),
                is_default=False,
            )
        )
        if scope.regions is not None:
            statement = statement.where(_ROW.region.in_([region.value for region in scope.regions]))
        if scope.agencies is not None:
            statement = statement.where(_through(self._database, scope.agencies))
        gone = self._database.execute(statement).rowcount
        if gone:
            self._settle(connection.user_id, scope.type.value)
        return gone

    # What is asked for

    def account(self, user_id: UserId, account_id: AccountId) -> Account:
        """Raises NotFound: none, or somebody else's."""
        found = self.these(user_id, [account_id])
        if not found:
            raise NotFound("There is no such account.")
        return found[0]

    def these(self, user_id: UserId, account_ids: Sequence[AccountId]) -> list[Account]:
        """Those of them that are there and the user's."""
        return self._accounts(_mine(user_id), _ROW.id.in_(account_ids))

    def accounts(
        self,
        user_id: UserId,
        *,
        type: AccountType | None = None,  # noqa: A002 - the field's name
        agency: str | None = None,
        after: tuple[str, AccountId] | None = None,
        limit: int | None = None,
    ) -> list[Account]:
        """The user's accounts, by name and id."""
        found = select(ads_accounts).where(_mine(user_id))
        if type is not None:
            found = found.where(_ROW.type == type.value)
        if agency is not None:
            found = found.where(_ROW.agency_profile_id == agency)
        if after is not None:
            found = found.where(tuple_(_NAME, _ROW.id) > tuple_(*after, types=[_ROW.name.type, _ROW.id.type]))
        rows = self._database.execute(found.order_by(_NAME, _ROW.id).limit(limit)).mappings()
        return [account_of(row) for row in rows]

    def named_by_amazon(
        self,
        connection_id: ConnectionId,
        kind: AccountType,
        amazon_id: str,
    ) -> Account | None:
        """The account with Amazon's id, if it is kept."""
        found = self._accounts(
            _ROW.connection_id == connection_id, _ROW.type == kind.value, _ROW.amazon_id == amazon_id
        )
        return found[0] if found else None

    def agencies(self, connection_id: ConnectionId) -> list[Account]:
        """Profiles of agencies, whatever their status."""
        return self._accounts(
            _ROW.connection_id == connection_id,
            _ROW.type == AccountType.PROFILE.value,
            _ROW.owner == Owner.AGENCY.value,
        )

    def profiles_to_sync(self, connection_id: ConnectionId) -> list[Account]:
        """Profiles that can have figures."""
        return self._accounts(
            _ROW.connection_id == connection_id,
            _ROW.type == AccountType.PROFILE.value,
            _ROW.status == AccountStatus.ACTIVE.value,
            _ROW.owner.in_((Owner.SELLER.value, Owner.VENDOR.value)),
            func.coalesce(_ROW.sub_type, "") != NO_FIGURES,
        )

    # What the user makes of them

    def hold(self, user_id: UserId) -> None:
        """Nobody else changes this user's accounts until the transaction ends."""
        self._queue(user_id)

    def save_account(self, account: Account) -> None:
        """Replace what is ours of an account.

        Raises:
            NotFound: it is gone, with its connection.
        """
        if self._save([account]) != 1:
            raise NotFound("There is no such account.")

    def save_accounts(self, accounts: Sequence[Account]) -> None:
        """The same for many."""
        if accounts:
            self._save(accounts)

    def note_sync(self, account_id: AccountId, at: datetime | None, error: Failure | None) -> None:
        """How the sync of an account went."""
        values = failure_values(error)
        if at is not None:
            values["last_synced_at"] = at
        self._database.execute(update(ads_accounts).where(_ROW.id == account_id).values(values))

    def settle_defaults(
        self,
        user_id: UserId,
        kind: AccountType,
        wanted: AccountId | None = None,
    ) -> None:
        """One usable account of the type is the default one."""
        self._queue(user_id)
        self._settle(user_id, kind.value, wanted)

    # Listings

    def listings(self, connection_id: ConnectionId) -> list[Listing]:
        """All that were ever tried."""
        row = ads_listings.c
        found = select(ads_listings).where(row.connection_id == connection_id).order_by(row.type, row.region)
        return [listing_of(each) for each in self._database.execute(found).mappings()]

    def save_listing(self, listing: Listing) -> None:
        """Keep or replace it."""
        self._database.execute(upsert(self._database, ads_listings), [listing_values(listing)])

    def list_again(self, connection_id: ConnectionId, types: Collection[AccountType], at: datetime) -> None:
        """These listings are due at ``at``, if not earlier."""
        row = ads_listings.c
        self._database.execute(
            update(ads_listings)
            .where(
                row.connection_id == connection_id,
                row.type.in_(sorted(kind.value for kind in types)),
                row.next_at > at,
            )
            .values(next_at=at)
        )

    def _queue(self, user_id: UUID) -> None:
        """One default of each type is every writer's concern."""
        lock_until_commit(self._database, f"accounts of {user_id}")

    def _kept(self, connection_id: UUID, amazon_ids: Sequence[str]) -> dict[tuple[str, str], dict[str, Any]]:
        found = select(ads_accounts).where(
            _ROW.connection_id == connection_id, among(self._database, _ROW.amazon_id, amazon_ids)
        )
        rows = self._database.execute(found).mappings()
        return {(row["type"], row["amazon_id"]): dict(row) for row in rows}

    def _accounts(self, *conditions: ColumnElement[bool]) -> list[Account]:
        found = select(ads_accounts).where(*conditions).order_by(_ROW.created_at, _ROW.id)
        return [account_of(row) for row in self._database.execute(found).mappings()]

    def _save(self, accounts: Sequence[Account]) -> int:
        self._queue(accounts[0].user_id)
        changed = (
            update(ads_accounts)
            .where(_ROW.id == bindparam("the_id"))
            .values({name: bindparam(f"new_{name}") for name in OURS})
        )
        values = [
            {"the_id": account.id, **{f"new_{name}": value for name, value in our_values(account).items()}}
            for account in accounts
        ]
        return self._database.execute(changed, values).rowcount

    def _settle(self, user_id: UUID, kind: str, wanted: UUID | None = None) -> None:
        of_type = (_ROW.user_id == user_id, _ROW.type == kind)
        may_not = or_(_ROW.status.not_in(_USABLE), ~visible(_ROW.connection_id, user_id))
        if wanted is not None:
            may_not = or_(may_not, exists(_candidates(user_id, kind).where(_RIVAL.id == wanted)))
        self._database.execute(
            update(ads_accounts).where(*of_type, _ROW.is_default, may_not).values(is_default=False)
        )
        present = exists(
            select(_RIVAL.id).where(_RIVAL.user_id == user_id, _RIVAL.type == kind, _RIVAL.is_default)
        )
        heir = _candidates(user_id, kind).order_by(*_ranked(wanted)).limit(1).scalar_subquery()
        self._database.execute(update(ads_accounts).where(_ROW.id == heir, ~present).values(is_default=True))


def _candidates(user_id: UUID, kind: str) -> Select[Any]:
    return select(_RIVAL.id).where(
        _RIVAL.user_id == user_id,
        _RIVAL.type == kind,
        _RIVAL.status.in_(_USABLE),
        visible(_RIVAL.connection_id, user_id),
    )


def _ranked(wanted: UUID | None) -> list[ColumnElement[Any]]:
    first = [] if wanted is None else [_RIVAL.id != wanted]
    return [*first, _RIVAL.status != AccountStatus.ACTIVE.value, _RIVAL.created_at, _RIVAL.id]


def _mine(user_id: UUID) -> ColumnElement[bool]:
    return (_ROW.user_id == user_id) & visible(_ROW.connection_id, user_id)


def _through(database: Database, agencies: Sequence[str | None]) -> ColumnElement[bool]:
    named = among(database, _ROW.agency_profile_id, [each for each in agencies if each is not None])
    return or_(named, _ROW.agency_profile_id.is_(None)) if None in agencies else named


def _new_row(
    connection: Connection, found: FoundAccount, told: Mapping[str, Any], made_at: datetime, at: datetime
) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "connection_id": connection.id,
        "user_id": connection.user_id,
        "type": found.type.value,
        "amazon_id": found.amazon_id,
        **told,
        "name_given": None,
        "status": found.status.value,
        "is_default": False,
        "created_at": made_at,
        "seen_at": at,
        "gone_since": None,
        "last_synced_at": None,
        **dict.fromkeys(FAILURE_COLUMNS),
    }


def _status_now(old: Mapping[str, Any], found: FoundAccount) -> str:
    """The user's wish outlasts what Amazon says."""
    return _LEFT if old["status"] == _LEFT else found.status.value


def _told_again(_table: Table, statement: Insertion) -> Insertion:
    """Only what Amazon tells is replaced."""
    names = (*TOLD, "status", "seen_at", "gone_since")
    return statement.on_conflict_do_update(
        index_elements=["connection_id", "type", "amazon_id"],
        set_={name: statement.excluded[name] for name in names},
    )
