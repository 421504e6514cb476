"""Connections that are being erased: kept out of sight, and taken away piece by piece."""

from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Select,
    Table,
    any_,
    delete,
    func,
    select,
    true,
    tuple_,
)

from adapters.sql import tables

#: What belongs to a connection, in the order in which it goes: what refers to other rows goes before them.
BELONGINGS: tuple[Table, ...] = (
    tables.ads_report_parts,
    tables.ads_reports,
    tables.ads_schedules,
    tables.ads_registrations,
    tables.ads_product_daily,
    tables.ads_daily,
    tables.ads_coverage,
    tables.ads_listings,
    tables.ads_accounts,
    tables.report_parts,
    tables.reports,
    tables.ledger_days,
    tables.recounts,
    tables.order_items,
    tables.orders,
    tables.sku_month_spans,
    tables.sku_months,
    tables.sku_stretches,
    tables.daily_sku_sales,
    tables.daily_statuses,
    tables.daily_sales,
    tables.stock_days,
    tables.inventory_items,
    tables.api_usage,
    tables.sync_resources,
    tables.sync_runs,
    tables.tokens,
)


def still_there() -> ColumnElement[bool]:
    """Whether a connection in the table is not being erased."""
    return tables.connections.c.erasing_at.is_(None)


def visible(connection_id: ColumnElement[UUID], user_id: UUID | ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a row belongs to one of the user's connections that is not being erased.

    The user's connections are looked up once a statement. ``IS true`` keeps PostgreSQL from making a join of it, which
    it plans badly while it knows little about the tables.
    """
    kept = tables.connections.c
    mine = select(kept.id).where(kept.user_id == user_id, still_there())
    return connection_id.in_(mine).is_(true())


def looked_up(
    connection_id: ColumnElement[UUID], connections: Select[tuple[UUID]], dialect: str
) -> ColumnElement[bool]:
    """Whether a row belongs to one of these connections, said so that the rows are looked up by it.

    PostgreSQL would make a join of ``IN``, and plans it badly.
    """
    if dialect == "postgresql":
        return connection_id == any_(func.array(connections.scalar_subquery()))
    return connection_id.in_(connections)


def remove_some(database: Connection, connection_id: UUID, limit: int) -> int:
    """Remove up to ``limit`` rows that belong to the connection, a statement for each table; returns how many."""
    removed = 0
    for table in BELONGINGS:
        if removed < limit:
            removed += database.execute(_some(table, connection_id, limit - removed)).rowcount
    return removed


def _some(table: Table, connection_id: UUID, limit: int) -> Delete:
    key = tuple(table.primary_key.columns)
    chosen = select(*key).where(table.c.connection_id == connection_id).limit(limit)
    return delete(table).where(tuple_(*key).in_(chosen))
