"""Orders with their lines, and the daily sums that the figures are made of."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)

from adapters.sql.stretches import UNITS
from adapters.sql.tables.base import connection_column, metadata
from adapters.sql.types import UtcDateTime

orders = Table(
    "orders",
    metadata,
    connection_column(),
    Column("order_id", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("marketplace_id", Text, nullable=False),  # in whose figures the order counts
    Column("day", Date, nullable=False),  # of the purchase, as that marketplace's calendar has it
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),  # Amazon's; decides which of two answers is newer
    Column("status", Text, nullable=False),  # Amazon's, an open list
    Column("fulfilled_by", Text),
    Column("currency", Text, nullable=False),
    Column("total_minor", BigInteger),  # NULL while Amazon names no total
    Column("units", BigInteger, nullable=False),  # over all lines
    Column("source", Text, nullable=False),  # what told of this version: "api" or "report"
    Column("goods_minor", BigInteger),  # over all lines; NULL while Amazon names no prices
    Column("on_amazon", Boolean, nullable=False),  # placed on the marketplace itself
    Index(None, "connection_id", "marketplace_id", "day"),
    sqlite_with_rowid=False,
)

order_items = Table(
    "order_items",
    metadata,
    Column("connection_id", Uuid, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("order_item_id", Text, primary_key=True),
    Column("sku", Text),
    Column("asin", Text),
    Column("title", Text),
    Column("quantity", BigInteger, nullable=False),
    Column("total_minor", BigInteger),  # in the order's currency
    Column("goods_minor", BigInteger),  # what of it the goods cost
    ForeignKeyConstraint(
        ["connection_id", "order_id"], ["orders.connection_id", "orders.order_id"], ondelete="CASCADE"
    ),
    sqlite_with_rowid=False,
)

daily_sales = Table(
    "daily_sales",
    metadata,
    connection_column(),
    Column("marketplace_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),  # "amazon" or "shopify"
    Column("orders", BigInteger, nullable=False),
    Column("priced_orders", BigInteger, nullable=False),  # those with a total
    Column("revenue_minor", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("unshipped", BigInteger, nullable=False),
    Index(None, "user_id", "day"),
    sqlite_with_rowid=False,
)

daily_statuses = Table(
    "daily_statuses",
    metadata,
    connection_column(),
    Column("day", Date, primary_key=True),
    Column("marketplace_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("status", Text, primary_key=True),  # the orders' own, cancelled ones too
    Column("user_id", Uuid, nullable=False),
    Column("orders", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

daily_sku_sales = Table(
    "daily_sku_sales",
    metadata,
    connection_column(),
    Column("marketplace_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("stock_pool", Text, nullable=False),  # the marketplace's
    Column("asin", Text),
    Column("units", BigInteger, nullable=False),
    Column("revenue_minor", BigInteger, nullable=False),
    Column("orders", BigInteger, nullable=False),  # in which the SKU appears
    # Stored by day within the connection: best sellers are added up from a stretch of days.
    PrimaryKeyConstraint("connection_id", "day", "marketplace_id", "sku", "currency"),
    sqlite_with_rowid=False,
)

sku_stretches = Table(
    "sku_stretches",
    metadata,
    connection_column(),
    Column("day", Date, primary_key=True),  # the first one of the stretch
    Column("marketplace_id", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("stock_pool", Text, nullable=False),  # the marketplace's
    Column("asin", Text),
    Column("units", BigInteger, nullable=False),
    Column("revenue_minor", BigInteger, nullable=False),
    Column("orders", BigInteger, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in UNITS),  # of each day
    # Stored by day within the connection, so that a page of orders changes rows that stand side by side, however long the
    # history is; and then by SKU: the demand of a stock position is looked up in each of its stretches.
    PrimaryKeyConstraint("connection_id", "day", "sku", "marketplace_id", "currency"),
    sqlite_with_rowid=False,
)

#: The last month of each SKU, up to the day that ``sku_month_spans`` names for the connection.
sku_months = Table(
    "sku_months",
    metadata,
    connection_column(),
    # Stored by SKU within the connection: the demand of a page of stock is looked up by it.
    Column("sku", Text, primary_key=True),
    Column("marketplace_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("stock_pool", Text, nullable=False),  # the marketplace's
    Column("day", Date, nullable=False),  # the first one of the month
    Column("asin", Text),
    Column("units", BigInteger, nullable=False),
    Column("revenue_minor", BigInteger, nullable=False),
    Column("orders", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: Which days a connection's rows of ``sku_months`` are the sums of; without one, there are none.
sku_month_spans = Table(
    "sku_month_spans",
    metadata,
    connection_column(),
    Column("user_id", Uuid, nullable=False),
    Column("day", Date, nullable=False),  # the first one
    Column("last_day", Date, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),  # when the last day is over where the user is at home
    sqlite_with_rowid=False,
)
