"""Orders with their lines, the daily figures made of them, and stock levels."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _orders()
    _daily_figures()
    op.create_table(
        "inventory_items",
        _connection(),
        sa.Column("marketplace_id", sa.Text, primary_key=True),
        sa.Column("sku", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("stock_pool", sa.Text, nullable=False),
        sa.Column("reorder_point", sa.Integer),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("pass_id", sa.Text, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("asin", sa.Text),
        sa.Column("fnsku", sa.Text),
        sa.Column("title", sa.Text),
        sa.Column("condition", sa.Text),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("fulfillable", sa.BigInteger, nullable=False),
        sa.Column("inbound", sa.BigInteger, nullable=False),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("unfulfillable", sa.BigInteger, nullable=False),
        sa.Column("researching", sa.BigInteger, nullable=False),
        sa.Column("updated_at", UtcDateTime),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_inventory_items_user_id", "inventory_items", ["user_id"])


def downgrade() -> None:
    """Drop them; Amazon still has what they held, and the cursors go back to the beginning to fetch it again."""
    for table in ("inventory_items", "daily_sku_sales", "daily_sales", "order_items", "orders"):
        op.drop_table(table)
    op.execute("UPDATE sync_resources SET cursor = '{}'")


def _connection() -> sa.Column[object]:
    owner = sa.ForeignKey("connections.id", ondelete="CASCADE")
    return sa.Column("connection_id", sa.Uuid, owner, primary_key=True)


def _orders() -> None:
    op.create_table(
        "orders",
        _connection(),
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("marketplace_id", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("fulfilled_by", sa.Text),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("total_minor", sa.BigInteger),
        sa.Column("units", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_orders_connection_id_marketplace_id_day", "orders", ["connection_id", "marketplace_id", "day"]
    )
    op.create_table(
        "order_items",
        sa.Column("connection_id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("order_item_id", sa.Text, primary_key=True),
        sa.Column("sku", sa.Text),
        sa.Column("asin", sa.Text),
        sa.Column("title", sa.Text),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("total_minor", sa.BigInteger),
        sa.ForeignKeyConstraint(
            ["connection_id", "order_id"], ["orders.connection_id", "orders.order_id"], ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )


def _daily_figures() -> None:
    op.create_table(
        "daily_sales",
        _connection(),
        sa.Column("marketplace_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("currency", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("orders", sa.BigInteger, nullable=False),
        sa.Column("priced_orders", sa.BigInteger, nullable=False),
        sa.Column("revenue_minor", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("unshipped", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_daily_sales_user_id_day", "daily_sales", ["user_id", "day"])
    op.create_table(
        "daily_sku_sales",
        _connection(),
        sa.Column("marketplace_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("sku", sa.Text, primary_key=True),
        sa.Column("currency", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("stock_pool", sa.Text, nullable=False),
        sa.Column("asin", sa.Text),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("revenue_minor", sa.BigInteger, nullable=False),
        sa.Column("orders", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    demand = ["user_id", "day", "connection_id", "stock_pool", "sku", "units"]
    op.create_index("ix_daily_sku_sales_demand", "daily_sku_sales", demand)
