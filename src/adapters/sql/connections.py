"""Connections and consents under way, in SQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import Row, Select, Update, bindparam, delete, insert, select, update

from adapters.sql.connection_rows import connection_of, connection_values
from adapters.sql.dialect import insert_unless_there
from adapters.sql.erasing import remove_some, still_there
from adapters.sql.rows import failure_values
from adapters.sql.tables import connections, consent_states, sync_resources, users
from domain.connections.model import (
    Connection,
    ConnectionId,
    ConnectionStatus,
    ConsentState,
    Door,
    Failure,
    Provider,
)
from domain.errors import Conflict, NotFound
from domain.marketplaces import Region
from domain.users.model import UserId

#: In the order in which lists of connections are shown.
_OLDEST_FIRST = (connections.c.connected_at, connections.c.id)
_NONE = "There is no such connection."
_USABLE = [status.value for status in ConnectionStatus if status.usable]


#: A user's connections of one kind. Built once: that takes longer than to execute it.
ALL_OF_USER = (
    select(connections)
    .where(connections.c.user_id == bindparam("of_user"), still_there())
    .order_by(connections.c.is_default.desc(), *_OLDEST_FIRST)
)
_OF_USER = ALL_OF_USER.where(connections.c.provider == bindparam("of_provider"))


class SqlConnectionBook:
    """All connections of all users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: Connection) -> None:
        """Keep a new connection.

        Raises:
            Conflict: this user has this seller in this region already, or has another default connection.
        """
        values = {"id": connection.id, "user_id": connection.user_id, **connection_values(connection)}
        if not insert_unless_there(self._database, connections, values):
            raise Conflict("This seller is connected already, or another connection is the default one.")

    def save(self, connection: Connection) -> None:
        """Replace what is kept of the connection with this id."""
        self._lock_schedule(connection.id)
        self._change(connection.id, update(connections).values(connection_values(connection)))

    def get(self, user_id: UserId, connection_id: ConnectionId) -> Connection:
        """Raises NotFound: none, or somebody else's."""
        found = select(connections).where(connections.c.user_id == user_id, still_there())
        return self._one(found.where(connections.c.id == connection_id))

    def by_id(self, connection_id: ConnectionId) -> Connection:
        """Raises NotFound."""
        return self._one(_named(connection_id).where(still_there()))

    def hold(self, connection_id: ConnectionId) -> Connection:
        """As ``by_id``, and nobody else changes the connection until the transaction ends. Raises NotFound."""
        self._lock_schedule(connection_id)
        return self._one(_named(connection_id).where(still_there()).with_for_update())

    def hold_default(self, user_id: UserId) -> None:
        """Who settles the user's default connection queues up at the user's row; SQLite has one writer anyway."""
        if self._database.dialect.name == "postgresql":
            row = select(users.c.id).where(users.c.id == user_id)
            # Rows that refer to the user may be added meanwhile: workers don't wait for this.
            self._database.execute(row.with_for_update(key_share=True))

    def by_grant(self, user_id: UserId, provider: Provider, seller_id: str) -> list[Connection]:
        """This user's connections to that seller, one per region."""
        found = _OF_USER.where(connections.c.seller_id == seller_id)
        return self._several(found, {"of_user": user_id, "of_provider": provider.value})

    def by_account(self, provider: Provider, seller_id: str) -> list[Connection]:
        """Everybody's connections to that seller or store, the oldest first."""
        of_account = select(connections).where(
            connections.c.provider == provider.value, connections.c.seller_id == seller_id, still_there()
        )
        return self._several(of_account.order_by(*_OLDEST_FIRST))

    def of_user(self, user_id: UserId, provider: Provider | None = None) -> list[Connection]:
        """The user's connections, of one provider or of all: the default ones first, then the oldest first."""
        if provider is None:
            return self._several(ALL_OF_USER, {"of_user": user_id})
        return self._several(_OF_USER, {"of_user": user_id, "of_provider": provider.value})

    def all(self) -> list[Connection]:
        """Everybody's, the oldest first."""
        return self._several(select(connections).where(still_there()).order_by(*_OLDEST_FIRST))

    def erasing(self) -> list[Connection]:
        """Those that are being erased, the longest first."""
        leaving = select(connections).where(connections.c.erasing_at.is_not(None))
        return self._several(leaving.order_by(connections.c.erasing_at, connections.c.id))

    def hold_erasing(self, connection_id: ConnectionId) -> Connection | None:
        """One that is being erased, for erasing on; ``None`` when it is gone, or somebody else is at it."""
        self._lock_schedule(connection_id)
        leaving = _named(connection_id).where(connections.c.erasing_at.is_not(None))
        return next(iter(self._several(leaving.with_for_update(skip_locked=True))), None)

    def remove_some(self, connection_id: ConnectionId, limit: int) -> int:
        """Remove up to ``limit`` rows that belong to a connection being erased; returns how many."""
        return remove_some(self._database, connection_id, limit)

    def remove(self, connection_id: ConnectionId) -> None:
        """Remove what is being erased; the foreign keys take along what is left of it. Raises NotFound."""
        self._lock_schedule(connection_id)
        leaving = delete(connections).where(
            connections.c.id == connection_id, connections.c.erasing_at.is_not(None)
        )
        if self._database.execute(leaving).rowcount != 1:
            raise NotFound(_NONE)

    def touch(self, connection_id: ConnectionId, at: datetime) -> None:
        """Note that the connection was used for a call."""
        self._change(connection_id, update(connections).values(last_used_at=at))

    def synced(self, connection_id: ConnectionId, at: datetime | None, failing: bool) -> bool:
        """A run has succeeded; a degraded connection is well again unless something else is failing.

        Returns whether it is well only now.
        """
        noted: dict[str, Any] = {} if at is None else {"last_synced_at": at}
        if failing:
            if noted:
                self._change(connection_id, update(connections).values(noted))
            return False
        degraded = connections.c.status == ConnectionStatus.DEGRADED.value
        # Nearly all are well already: theirs is one statement.
        if noted and self._changes(connection_id, update(connections).where(~degraded).values(noted)):
            return False
        well = {"status": ConnectionStatus.CONNECTED.value, **failure_values(None), **noted}
        healed = self._changes(connection_id, update(connections).where(degraded).values(well))
        if noted and not healed:
            raise NotFound(_NONE)
        return healed

    def degraded(self, connection_id: ConnectionId, failure: Failure) -> bool:
        """A run has failed: the failure is kept, and a usable connection is degraded.

        Returns whether it was well until now.
        """
        before = select(connections.c.status).where(connections.c.id == connection_id, still_there())
        # As strong as the lock of the change that follows: rows that refer to the connection may be added meanwhile.
        status = self._database.scalar(before.with_for_update(key_share=True))
        after = ConnectionStatus.DEGRADED.value if status in _USABLE else status
        values: dict[str, Any] = {"status": after, **failure_values(failure)}
        self._change(connection_id, update(connections).values(values))
        return status == ConnectionStatus.CONNECTED.value

    def _lock_schedule(self, connection_id: ConnectionId) -> None:
        """Take locks in the order in which a page takes them: schedule first, then connection.

        Whoever saves a connection often stops its schedule next, while a worker that has just proven its lease wants to
        touch the connection: in the opposite order they would wait for each other.
        """
        if self._database.dialect.name == "postgresql":
            rows = select(sync_resources.c.resource).where(sync_resources.c.connection_id == connection_id)
            self._database.execute(rows.order_by(sync_resources.c.resource).with_for_update())

    def _change(self, connection_id: ConnectionId, change: Update) -> None:
        if not self._changes(connection_id, change):
            raise NotFound(_NONE)

    def _changes(self, connection_id: ConnectionId, change: Update) -> bool:
        """Change the connection, if it is there and meets the change's own conditions; returns whether it does."""
        kept = change.where(connections.c.id == connection_id, still_there())
        return self._database.execute(kept).rowcount == 1

    def _one(self, found: Select[Any]) -> Connection:
        row = self._database.execute(found).mappings().one_or_none()
        if row is None:
            raise NotFound(_NONE)
        return connection_of(row)

    def _several(self, found: Select[Any], asked: Mapping[str, object] | None = None) -> list[Connection]:
        return [connection_of(row) for row in self._database.execute(found, asked).mappings()]


class SqlConsentStates:
    """Consents under way, by the hash of their state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, state: ConsentState) -> None:
        """Remember a state."""
        self._database.execute(
            insert(consent_states),
            {
                "state_hash": state.state_hash,
                "user_id": state.user_id,
                "provider": state.provider.value,
                "region": state.region.value,
                "marketplace_id": state.marketplace_id,
                "browser_hash": state.browser_hash,
                "expires_at": state.expires_at,
                "expected_seller_id": state.expected_seller_id,
                "door": state.door.value,
            },
        )

    def take(self, user_id: UserId, state_hash: str, now: datetime) -> ConsentState | None:
        """Remove the state and return it: one statement, so that of many callers only one gets it."""
        taken = (
            delete(consent_states)
            .where(
                consent_states.c.state_hash == state_hash,
                consent_states.c.user_id == user_id,
                consent_states.c.expires_at > now,
            )
            .returning(consent_states)
        )
        row = self._database.execute(taken).one_or_none()
        return _state(row) if row is not None else None

    def forget_expired(self, now: datetime) -> int:
        """Drop what nobody came back for; returns how many."""
        gone = delete(consent_states).where(consent_states.c.expires_at <= now)
        return self._database.execute(gone).rowcount


def _named(connection_id: ConnectionId) -> Select[Any]:
    return select(connections).where(connections.c.id == connection_id)


def _state(row: Row[Any]) -> ConsentState:
    return ConsentState(
        state_hash=row.state_hash,
        user_id=UserId(row.user_id),
        provider=Provider(row.provider),
        region=Region(row.region),
        marketplace_id=row.marketplace_id,
        browser_hash=row.browser_hash,
        expires_at=row.expires_at,
        expected_seller_id=row.expected_seller_id,
        door=Door(row.door),
    )
