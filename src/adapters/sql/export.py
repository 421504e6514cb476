"""A connection's rows for an export: streamed from one reading transaction, never whole in memory."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Engine, Select, select

from adapters.sql import tables
from adapters.sql.engine import reading
from domain.connections.model import ConnectionId
from domain.connections.ports import Record

#: Rows that the database sends at once.
_AT_ONCE = 1_000
#: What is handed out, and in which order: not the tokens, and not who holds which lease.
EXPORTED = (
    tables.orders,
    tables.order_items,
    tables.daily_sales,
    tables.daily_statuses,
    tables.daily_sku_sales,
    tables.sku_stretches,
    tables.sku_months,
    tables.sku_month_spans,
    tables.inventory_items,
    tables.stock_days,
    tables.reports,
    tables.ledger_days,
    tables.recounts,
    tables.ads_accounts,
    tables.ads_listings,
    tables.ads_registrations,
    tables.ads_schedules,
    tables.ads_reports,
    tables.ads_coverage,
    tables.ads_daily,
    tables.ads_product_daily,
    tables.sync_runs,
    tables.api_usage,
    tables.audit_log,
)


class SqlRecords:
    """Reads whole tables, one connection's part of each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, connection_id: ConnectionId) -> Iterator[Record]:
        """Every row that belongs to the connection, its own first, all as of one moment."""
        with reading(self._engine) as database:
            for name, question in _questions(connection_id):
                rows = database.execute(question, execution_options={"yield_per": _AT_ONCE})
                for row in rows.mappings():
                    yield {"table": name, **{column: _plain(value) for column, value in row.items()}}


def _questions(connection_id: ConnectionId) -> Iterator[tuple[str, Select[Any]]]:
    kept = tables.connections
    yield kept.name, select(kept).where(kept.c.id == connection_id)
    for table in EXPORTED:
        order: tuple[Column[Any], ...] = tuple(table.primary_key.columns)
        yield table.name, select(table).where(table.c.connection_id == connection_id).order_by(*order)


def _plain(value: object) -> object:
    """What JSON can say: moments in UTC with ``Z``, days and ids as text, all else as it is."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
