"""Stock levels, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from domain.connections.model import ConnectionId
from domain.inventory.model import StockLevel
from domain.kpis.stock_items import StockQuestion
from domain.marketplaces import find
from domain.users.model import UserId
from tests.fakes.memory_stock_figures import MemoryStockFigures, totals_of
from tests.fakes.memory_store import MemoryStore, StockDay, StockRow, Tables


class MemoryStockBook:
    """All stock levels, by connection, marketplace and SKU."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def save_page(
        self,
        connection_id: ConnectionId,
        marketplace_id: str,
        levels: Sequence[StockLevel],
        pass_id: str,
        seen_at: datetime,
    ) -> int:
        marketplace = find(marketplace_id)
        pool = marketplace.stock_pool if marketplace else marketplace_id
        changed = 0
        for level in {level.sku: level for level in levels}.values():
            key = (connection_id, marketplace_id, level.sku)
            known = self._tables.stock.get(key)
            changed += known is None or not known.listed or known.level != level
            own = known.reorder_point if known else None
            self._tables.stock[key] = StockRow(level, pool, pass_id, seen_at, reorder_point=own)
        return changed

    def close_pass(self, connection_id: ConnectionId, marketplace_id: str, pass_id: str) -> int:
        unseen = {
            key: row
            for key, row in self._listed(connection_id, marketplace_id).items()
            if row.pass_id != pass_id
        }
        for key, row in unseen.items():
            self._tables.stock[key] = replace(row, listed=False)
        return len(unseen)

    def unlist_elsewhere(self, connection_id: ConnectionId, marketplace_ids: Sequence[str]) -> int:
        elsewhere = {
            key: row
            for key, row in self._tables.stock.items()
            if key[0] == connection_id and key[1] not in marketplace_ids and row.listed
        }
        for key, row in elsewhere.items():
            self._tables.stock[key] = replace(row, listed=False)
        return len(elsewhere)

    def set_reorder_point(
        self, positions: Sequence[tuple[ConnectionId, str]], sku: str, point: int | None
    ) -> int:
        meant = {
            key: row
            for key, row in self._tables.stock.items()
            if key[2] == sku and (key[0], row.stock_pool) in positions
        }
        for key, row in meant.items():
            self._tables.stock[key] = replace(row, reorder_point=point)
        return len(meant)

    def keep_day(
        self, connection_id: ConnectionId, user_id: UserId, day: date, demand_from: date, counted_at: datetime
    ) -> None:
        here = MemoryStore()
        here.tables = self._tables
        items = MemoryStockFigures(here).all(user_id, StockQuestion(), demand_from, day)
        counted = totals_of(item for item in items if item.connection_id == connection_id)
        self._tables.stock_days[connection_id, day] = StockDay(counted_at, counted)

    def count(self, connection_id: ConnectionId, marketplace_id: str) -> int:
        return len(self._listed(connection_id, marketplace_id))

    def _listed(
        self, connection_id: ConnectionId, marketplace_id: str
    ) -> dict[tuple[ConnectionId, str, str], StockRow]:
        place = (connection_id, marketplace_id)
        return {key: row for key, row in self._tables.stock.items() if key[:2] == place and row.listed}
