"""Stock levels, and what they came to at the end of each day."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, Uuid, text

from adapters.sql.tables.base import connection_column, metadata
from adapters.sql.types import UtcDateTime

inventory_items = Table(
    "inventory_items",
    metadata,
    connection_column(),
    Column("marketplace_id", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column(
        "stock_pool", Text, nullable=False
    ),  # equal where the same physical stock serves several marketplaces
    Column("reorder_point", Integer),  # the seller's own, in units; NULL: computed from the demand
    Column("listed", Boolean, nullable=False),  # whether Amazon's latest full listing had it
    Column("pass_id", Text, nullable=False),  # the pass that saw it last
    Column("seen_at", UtcDateTime, nullable=False),
    Column("asin", Text),
    Column("fnsku", Text),
    Column("title", Text),
    Column("condition", Text),
    Column("total", BigInteger, nullable=False),  # Amazon's own sum; this and what follows in units
    Column("fulfillable", BigInteger, nullable=False),
    Column("inbound", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("unfulfillable", BigInteger, nullable=False),
    Column("researching", BigInteger, nullable=False),
    Column("updated_at", UtcDateTime),  # Amazon's; NULL for what never moved
    Column("words", Text, nullable=False),  # what it is found by: domain.inventory.words
    # In the order in which a user's stock is listed by itself: a page of it is read, and not what comes after.
    Index(None, "user_id", "sku", "stock_pool", "connection_id"),
    Index(
        "ix_inventory_items_own_point",
        "user_id",
        sqlite_where=text("reorder_point IS NOT NULL"),
        postgresql_where=text("reorder_point IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

# The same for PostgreSQL, which orders by an index of the same collation alone: lists are in the order of code points.
Index(
    "ix_inventory_items_by_name",
    inventory_items.c.user_id,
    inventory_items.c.sku.collate("C"),
    inventory_items.c.stock_pool.collate("C"),
    inventory_items.c.connection_id,
).ddl_if(dialect="postgresql")

stock_days = Table(
    "stock_days",
    metadata,
    connection_column(),
    Column("day", Date, primary_key=True),  # in the calendar of the connection's home
    Column("user_id", Uuid, nullable=False),
    Column("counted_at", UtcDateTime, nullable=False),  # by the last inventory run of that day
    Column("skus", BigInteger, nullable=False),  # stock positions
    Column("quantity", BigInteger, nullable=False),  # units
    Column("low", BigInteger, nullable=False),  # positions
    Column("out", BigInteger, nullable=False),  # positions
    sqlite_with_rowid=False,
)
