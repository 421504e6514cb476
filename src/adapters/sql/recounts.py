"""The daily sums counted once more from the orders, compared with those that are kept, and set right: all in SQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    cast,
    func,
    literal,
    or_,
    select,
)

from adapters.sql import tables
from adapters.sql.dialect import insert_into
from adapters.sql.erasing import still_there
from adapters.sql.locks import lock_until_commit
from adapters.sql.orders import one_page_at_a_time
from adapters.sql.sums import ALL, NEW, Scope, SumTable
from domain.connections.model import ConnectionId, ConnectionStatus, Provider
from domain.kpis.differences import Comparison, by_day, first_whole_day
from domain.users.model import UserId

_USABLE = tables.connections.c.status.in_([status.value for status in ConnectionStatus if status.usable])


class SqlRecountBook:
    """Works inside the transaction of the connection that it is given."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def compare(self, connection_id: ConnectionId, limit: int) -> Comparison | None:
        """Six statements, however many orders there are."""
        scope = self._scope(connection_id)
        if scope is None:
            return None
        return self._comparison(scope, self._differing(scope, limit), limit)

    def repair(self, connection_id: ConnectionId, limit: int) -> Comparison | None:
        """What is kept and differs goes; then what was counted and is not there comes."""
        one_page_at_a_time(self._database, connection_id)
        scope = self._scope(connection_id)
        if scope is None:
            return None
        found = self._differing(scope, limit)
        comparison = self._comparison(scope, found, limit)
        for sums in (each for each, rows in found.items() if rows):
            self._database.execute(sums.wrong(scope))
            counted = sums.counted(scope)
            names = [column.name for column in counted.selected_columns]
            missing = insert_into(self._database, sums.table).from_select(names, counted)
            self._database.execute(missing.on_conflict_do_nothing())
        return comparison

    def note(
        self, connection_id: ConnectionId, at: datetime, differing: int, orders: int, repaired: bool = False
    ) -> None:
        """One statement."""
        row, kept = tables.recounts, tables.connections.c
        values: dict[str, Any] = {"counted_at": at, "orders": orders, "differing": differing}
        if repaired:
            values["repaired_at"] = at
        found = select(
            kept.id, kept.user_id, *(literal(value, row.c[name].type) for name, value in values.items())
        ).where(kept.id == connection_id, still_there())
        statement = insert_into(self._database, row).from_select(["connection_id", "user_id", *values], found)
        newer = or_(row.c.counted_at.is_(None), row.c.counted_at <= statement.excluded.counted_at)
        self._database.execute(
            statement.on_conflict_do_update(index_elements=[row.c.connection_id], set_=values, where=newer)
        )

    def claim(self, today: date, most_connections: int, most_orders: int) -> ConnectionId | None:
        """Three statements, one process after the other."""
        lock_until_commit(self._database, "recounts")
        row, kept = tables.recounts, tables.connections.c
        spent = select(func.count(), func.coalesce(func.sum(row.c.orders), 0)).where(
            row.c.sampled_on == today
        )
        connections, orders = self._database.execute(spent).one()
        if connections >= most_connections or orders >= most_orders:
            return None
        candidates = tables.connections.outerjoin(row, row.c.connection_id == kept.id)
        oldest = (
            select(kept.id, kept.user_id)
            .select_from(candidates)
            .where(still_there(), or_(row.c.sampled_on.is_(None), row.c.sampled_on < today))
            .order_by(row.c.counted_at.nulls_first(), kept.id)
            .limit(1)
        )
        found = self._database.execute(oldest).one_or_none()
        if found is None:
            return None
        values = {"connection_id": found.id, "user_id": found.user_id, "sampled_on": today}
        first = insert_into(self._database, row).values(**values, orders=0, differing=0)
        self._database.execute(
            first.on_conflict_do_update(index_elements=[row.c.connection_id], set_={"sampled_on": today})
        )
        return ConnectionId(found.id)

    def sync_waits(self, since: datetime, now: datetime) -> bool:
        """By the index of what is due."""
        row = tables.sync_resources.c
        waiting = (
            select(row.connection_id)
            .select_from(
                tables.sync_resources.join(tables.connections, tables.connections.c.id == row.connection_id)
            )
            .where(
                row.next_run_at <= since,
                or_(row.lease_until.is_(None), row.lease_until <= now),
                _USABLE,
                still_there(),
            )
            .limit(1)
        )
        return self._database.execute(waiting).first() is not None

    def _scope(self, connection_id: ConnectionId) -> Scope | None:
        one = tables.connections.c
        whose = select(one.user_id, one.provider, one.purged_before).where(
            one.id == connection_id, still_there()
        )
        row = self._database.execute(whose).one_or_none()
        if row is None:
            return None
        channel = Provider(row.provider).channel
        return Scope(connection_id, row.user_id, channel, first_whole_day(row.purged_before))

    def _differing(self, scope: Scope, limit: int) -> "dict[SumTable, Sequence[Row[Any]]]":
        return {sums: self._database.execute(sums.differing(scope, limit)).all() for sums in ALL}

    def _comparison(
        self, scope: Scope, found: "dict[SumTable, Sequence[Row[Any]]]", limit: int
    ) -> Comparison:
        shown = [sums.difference(row) for sums, rows in found.items() for row in rows]
        kept = tables.daily_sales
        orders = select(cast(func.coalesce(func.sum(kept.c.orders), 0), BigInteger)).where(*scope.of(kept))
        differing = {sums for sums, rows in found.items() if rows}
        return Comparison(
            connection_id=ConnectionId(scope.connection_id),
            user_id=UserId(scope.user_id),
            orders=self._database.execute(orders).scalar_one(),
            since=scope.since,
            total=sum(found[sums][0].total for sums in differing),
            differences=tuple(sorted(shown, key=by_day)[:limit]),
            left_behind=bool(differing) and differing <= NEW,
        )
