"""Connections and consents under way, in memory."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.connections.model import (
    Connection,
    ConnectionId,
    ConnectionStatus,
    ConsentState,
    Failure,
    Provider,
)
from domain.errors import Conflict, NotFound
from domain.users.model import UserId
from tests.fakes.memory_store import Tables


class MemoryConnections:
    """All connections of all users."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, connection: Connection) -> None:
        mine = self.of_user(connection.user_id, connection.provider)
        if any((one.seller_id, one.region) == (connection.seller_id, connection.region) for one in mine):
            raise Conflict("This seller is connected in this region already.")
        self._only_default(connection)
        self._tables.connections[connection.id] = connection

    def save(self, connection: Connection) -> None:
        kept = self.by_id(connection.id)
        self._only_default(connection)
        self._tables.connections[connection.id] = replace(connection, user_id=kept.user_id)

    def get(self, user_id: UserId, connection_id: ConnectionId) -> Connection:
        connection = self.by_id(connection_id)
        if connection.user_id != user_id:
            raise NotFound("There is no such connection.")
        return connection

    def by_id(self, connection_id: ConnectionId) -> Connection:
        connection = self._tables.connections.get(connection_id)
        if connection is None or connection.erasing_at is not None:
            raise NotFound("There is no such connection.")
        return connection

    def hold(self, connection_id: ConnectionId) -> Connection:
        return self.by_id(connection_id)

    def hold_default(self, user_id: UserId) -> None:
        """One transaction at a time is all that this store knows."""

    def erasing(self) -> list[Connection]:
        leaving = [
            (one.erasing_at, one.id, one)
            for one in self._tables.connections.values()
            if one.erasing_at is not None
        ]
        return [one for _since, _id, one in sorted(leaving, key=lambda row: row[:2])]

    def hold_erasing(self, connection_id: ConnectionId) -> Connection | None:
        connection = self._tables.connections.get(connection_id)
        return connection if connection is not None and connection.erasing_at is not None else None

    def remove_some(self, connection_id: ConnectionId, limit: int) -> int:
        """Here an order and its lines are one row."""
        tables = self._tables
        reports = {report.id for report in tables.reports.values() if report.connection_id == connection_id}
        keyed: tuple[dict[Any, Any], ...] = (
            tables.orders,
            tables.stock,
            tables.stock_days,
            tables.ledger,
            tables.resources,
        )
        mine = [(rows, key) for rows in keyed for key in rows if key[0] == connection_id]
        mine += [(tables.report_parts, key) for key in tables.report_parts if key[0] in reports]
        mine += [(tables.reports, key) for key in reports]
        mine += _of_ads_reports(tables, connection_id)
        mine += _of_ads_accounts(tables, connection_id)
        mine += [(tables.runs, run.id) for run in tables.runs.values() if run.connection_id == connection_id]
        mine += [(tables.tokens, key) for key in tables.tokens if key == connection_id]
        mine += [(tables.months, key) for key in tables.months if key == connection_id]
        for rows, key in mine[:limit]:
            del rows[key]
        return len(mine[:limit])

    def remove(self, connection_id: ConnectionId) -> None:
        if self.hold_erasing(connection_id) is None:
            raise NotFound("There is no such connection.")
        tables = self._tables
        del tables.connections[connection_id]
        tables.tokens.pop(connection_id, None)
        tables.months.pop(connection_id, None)
        tables.resources = {key: row for key, row in tables.resources.items() if key[0] != connection_id}
        tables.runs = {key: run for key, run in tables.runs.items() if run.connection_id != connection_id}
        tables.reports = {
            key: one for key, one in tables.reports.items() if one.connection_id != connection_id
        }
        tables.report_parts = {
            key: part for key, part in tables.report_parts.items() if key[0] in tables.reports
        }
        for rows, key in _of_ads_reports(tables, connection_id) + _of_ads_accounts(tables, connection_id):
            del rows[key]
        tables.orders = {key: row for key, row in tables.orders.items() if key[0] != connection_id}
        tables.stock = {key: row for key, row in tables.stock.items() if key[0] != connection_id}
        tables.stock_days = {key: row for key, row in tables.stock_days.items() if key[0] != connection_id}
        tables.ledger = {key: line for key, line in tables.ledger.items() if key[0] != connection_id}

    def by_grant(self, user_id: UserId, provider: Provider, seller_id: str) -> list[Connection]:
        return [one for one in self.of_user(user_id, provider) if one.seller_id == seller_id]

    def by_account(self, provider: Provider, seller_id: str) -> list[Connection]:
        return [one for one in self.all() if (one.provider, one.seller_id) == (provider, seller_id)]

    def of_user(self, user_id: UserId, provider: Provider | None = None) -> list[Connection]:
        mine = [one for one in self.all() if one.user_id == user_id and provider in (None, one.provider)]
        return sorted(mine, key=lambda one: not one.is_default)

    def all(self) -> list[Connection]:
        seen = [one for one in self._tables.connections.values() if one.erasing_at is None]
        return sorted(seen, key=lambda one: (one.connected_at, one.id))

    def touch(self, connection_id: ConnectionId, at: datetime) -> None:
        self._change(connection_id, last_used_at=at)

    def synced(self, connection_id: ConnectionId, at: datetime | None, failing: bool) -> bool:
        if at is not None:
            self._change(connection_id, last_synced_at=at)
        healed = not failing and self.by_id(connection_id).status is ConnectionStatus.DEGRADED
        if healed:
            self._change(connection_id, status=ConnectionStatus.CONNECTED, last_error=None)
        return healed

    def degraded(self, connection_id: ConnectionId, failure: Failure) -> bool:
        status = self.by_id(connection_id).status
        after = ConnectionStatus.DEGRADED if status.usable else status
        self._change(connection_id, status=after, last_error=failure)
        return status is ConnectionStatus.CONNECTED

    def _change(self, connection_id: ConnectionId, **changes: object) -> None:
        # mypy can't follow keyword names into replace(); each caller above names fields of Connection.
        changed = replace(self.by_id(connection_id), **changes)  # type: ignore[arg-type]
        self._tables.connections[connection_id] = changed

    def _only_default(self, connection: Connection) -> None:
        """The database has a unique index for this."""
        mine = self.of_user(connection.user_id, connection.provider)
        if connection.is_default and any(one.is_default and one.id != connection.id for one in mine):
            raise Conflict("Another connection is the default one.")


class MemoryConsentStates:
    """Consents under way, by the hash of their state."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def keep(self, state: ConsentState) -> None:
        self._tables.states[state.state_hash] = state

    def take(self, user_id: UserId, state_hash: str, now: datetime) -> ConsentState | None:
        state = self._tables.states.get(state_hash)
        if state is None or state.user_id != user_id or state.expires_at <= now:
            return None
        return self._tables.states.pop(state_hash)

    def forget_expired(self, now: datetime) -> int:
        expired = [key for key, state in self._tables.states.items() if state.expires_at <= now]
        for key in expired:
            del self._tables.states[key]
        return len(expired)


def _of_ads_accounts(tables: Tables, connection_id: ConnectionId) -> list[tuple[dict[Any, Any], Any]]:
    """Each row of advertising accounts, and of what is done to have them."""
    accounts = [each.id for each in tables.ads_accounts.values() if each.connection_id == connection_id]
    wishes = [each.id for each in tables.ads_registrations.values() if each.connection_id == connection_id]
    return [
        *((tables.ads_registrations, key) for key in wishes),
        *((tables.ads_listings, key) for key in tables.ads_listings if key[0] == connection_id),
        *((tables.ads_accounts, key) for key in accounts),
    ]


def _of_ads_reports(tables: Tables, connection_id: ConnectionId) -> list[tuple[dict[Any, Any], Any]]:
    """Each row of reports of the Ads API, and of what came by them: where it is kept, and its key."""
    reports = [each.id for each in tables.ads_reports.values() if each.connection_id == connection_id]
    schedules = [each.id for each in tables.ads_schedules.values() if each.connection_id == connection_id]
    keyed: tuple[dict[Any, Any], ...] = (tables.ads_coverage, tables.ads_days, tables.ads_product_days)
    return [
        *((tables.ads_report_parts, key) for key in tables.ads_report_parts if key[0] in reports),
        *((tables.ads_reports, key) for key in reports),
        *((tables.ads_schedules, key) for key in schedules),
        *((rows, key) for rows in keyed for key in rows if key[0] == connection_id),
    ]
