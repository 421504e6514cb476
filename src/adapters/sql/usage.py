"""How often Amazon was called, in SQL."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, and_, func, or_, select

from adapters.sql.dialect import insert_into
from adapters.sql.tables import api_usage, connections
from domain.gateway.usage import DailyUsage, Tally, UsageMark
from domain.users.model import UserId

#: Databases limit the number of parameters of a statement.
_AT_ONCE = 1000
_COUNTS = ("calls", "gets", "throttled")


class SqlUsageBook:
    """One row a connection, day and operation: counts are added up in it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, tallies: Sequence[Tally]) -> None:
        """Add these up with what is there."""
        there = self._there({tally.connection_id for tally in tallies})
        # In the order of the key: two processes that write at once then wait for each other, and don't lock up.
        rows = sorted(
            (asdict(tally) for tally in tallies if tally.connection_id in there),
            key=lambda row: (str(row["connection_id"]), row["day"], row["operation"]),
        )
        if not rows:
            return
        statement = insert_into(self._connection, api_usage)
        added = {name: api_usage.c[name] + statement.excluded[name] for name in _COUNTS}
        keys = [column.name for column in api_usage.primary_key]
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), rows)

    def _there(self, ids: Collection[UUID]) -> set[UUID]:
        """Those of the connections that have not been erased."""
        found: set[UUID] = set()
        asked = list(ids)
        for start in range(0, len(asked), _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            found.update(self._connection.scalars(select(connections.c.id).where(connections.c.id.in_(some))))
        return found

    def daily(
        self, user_id: UserId | None, first: date, last: date, after: UsageMark | None, limit: int
    ) -> list[DailyUsage]:
        """The days, the newest first, then by seller and operation."""
        key = (api_usage.c.day, api_usage.c.seller_id, api_usage.c.operation)
        sums = [func.sum(api_usage.c[name]).label(name) for name in _COUNTS]
        found = select(*key, *sums).where(api_usage.c.day.between(first, last)).group_by(*key)
        if user_id is not None:
            found = found.where(api_usage.c.user_id == user_id)
        if after is not None:
            day, seller_id, operation = after
            later = or_(
                api_usage.c.seller_id > seller_id,
                and_(api_usage.c.seller_id == seller_id, api_usage.c.operation > operation),
            )
            found = found.where(or_(api_usage.c.day < day, and_(api_usage.c.day == day, later)))
        newest = found.order_by(key[0].desc(), *key[1:]).limit(limit)
        return [
            DailyUsage(row.day, row.seller_id, row.operation, *(int(getattr(row, name)) for name in _COUNTS))
            for row in self._connection.execute(newest)
        ]
