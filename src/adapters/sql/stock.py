"""Stock levels in SQL."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime

from sqlalchemy import Connection, func, select, tuple_, update

from adapters.sql import tables
from adapters.sql.among import among
from adapters.sql.stock_positions import DemandDays, asked_for
from adapters.sql.stock_totals import totals_of, totals_of_connection
from adapters.sql.upsert import upsert
from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.inventory.model import StockLevel
from domain.inventory.words import words
from domain.marketplaces import find
from domain.users.model import UserId

#: What the seller has set, and no page of Amazon's may take away.
_OWN = ("reorder_point",)
#: What a page says of a SKU; the columns are named as it is.
_LEVEL = tuple(field.name for field in fields(StockLevel))


class SqlStockBook:
    """All stock levels. Works inside the transaction of the connection that it is given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_page(
        self,
        connection_id: ConnectionId,
        marketplace_id: str,
        levels: Sequence[StockLevel],
        pass_id: str,
        seen_at: datetime,
    ) -> int:
        """Keep a page; returns how many SKUs it changed.

        Raises:
            NotFound: the connection is gone.
        """
        by_sku = {level.sku: level for level in levels}
        if not by_sku:
            return 0
        whose = select(tables.connections.c.user_id).where(tables.connections.c.id == connection_id)
        user_id = self._connection.scalar(whose)
        if user_id is None:
            raise NotFound("There is no such connection.")
        marketplace = find(marketplace_id)
        shared = {
            "connection_id": connection_id,
            "user_id": user_id,
            "marketplace_id": marketplace_id,
            "stock_pool": marketplace.stock_pool if marketplace else marketplace_id,
            "listed": True,
            "pass_id": pass_id,
            "seen_at": seen_at,
        }
        found = {sku: _row(level) for sku, level in by_sku.items()}
        known = self._listed(connection_id, marketplace_id, list(found))
        rows = [
            {**shared, **row, "words": words(level.title, level.sku, level.asin)}
            for row, level in zip(found.values(), by_sku.values(), strict=True)
        ]
        self._connection.execute(upsert(self._connection, tables.inventory_items, untouched=_OWN), rows)
        return sum(known.get(sku) != row for sku, row in found.items())

    def _listed(
        self, connection_id: ConnectionId, marketplace_id: str, skus: Sequence[str]
    ) -> dict[str, dict[str, object]]:
        """What is listed of these SKUs, as ``_row`` has it."""
        item = tables.inventory_items.c
        known = select(*(item[name] for name in _LEVEL)).where(
            item.connection_id == connection_id,
            item.marketplace_id == marketplace_id,
            item.listed,
            among(self._connection, item.sku, skus),
        )
        return {row.sku: row._asdict() for row in self._connection.execute(known)}

    def close_pass(self, connection_id: ConnectionId, marketplace_id: str, pass_id: str) -> int:
        """Strike off what the pass did not see; returns how many SKUs went."""
        item = tables.inventory_items.c
        done = self._connection.execute(
            update(tables.inventory_items)
            .where(
                item.connection_id == connection_id,
                item.marketplace_id == marketplace_id,
                item.listed,
                item.pass_id != pass_id,
            )
            .values(listed=False)
        )
        return done.rowcount

    def unlist_elsewhere(self, connection_id: ConnectionId, marketplace_ids: Sequence[str]) -> int:
        """Strike off what is not in these marketplaces; returns how many SKUs went."""
        item = tables.inventory_items.c
        elsewhere = item.marketplace_id.not_in(list(marketplace_ids))
        done = self._connection.execute(
            update(tables.inventory_items)
            .where(item.connection_id == connection_id, item.listed, elsewhere)
            .values(listed=False)
        )
        return done.rowcount

    def set_reorder_point(
        self, positions: Sequence[tuple[ConnectionId, str]], sku: str, point: int | None
    ) -> int:
        """Set or forget the seller's own point; returns how many rows have it."""
        item = tables.inventory_items.c
        done = self._connection.execute(
            update(tables.inventory_items)
            .where(item.sku == sku, tuple_(item.connection_id, item.stock_pool).in_(positions))
            .values(reorder_point=point)
        )
        return done.rowcount

    def keep_day(
        self, connection_id: ConnectionId, user_id: UserId, day: date, demand_from: date, counted_at: datetime
    ) -> None:
        """Counted and kept in two statements."""
        asked = {**asked_for(user_id, demand_from, day), "of_connection": connection_id}
        question = totals_of_connection(DemandDays.of(demand_from, day), self._connection.dialect.name)
        counted = self._connection.execute(question, asked).one()
        row = {"connection_id": connection_id, "day": day, "user_id": user_id, "counted_at": counted_at}
        self._connection.execute(
            upsert(self._connection, tables.stock_days), {**row, **asdict(totals_of(counted))}
        )

    def count(self, connection_id: ConnectionId, marketplace_id: str) -> int:
        """How many SKUs are listed."""
        item = tables.inventory_items.c
        counted = select(func.count()).where(
            item.connection_id == connection_id, item.marketplace_id == marketplace_id, item.listed
        )
        return self._connection.execute(counted).scalar_one()


def _row(level: StockLevel) -> dict[str, object]:
    return {name: getattr(level, name) for name in _LEVEL}
