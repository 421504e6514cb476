"""Sums by SKU over the last month, and which days those are; and stock that is listed in the order of an index."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import UtcDateTime
from adapters.sql.wall import OWN, OWN_CONNECTION, guarded

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


_BY_NAME = "ix_inventory_items_by_name"
_OLD, _NEW = ["user_id", "sku"], ["user_id", "sku", "stock_pool", "connection_id"]


def upgrade() -> None:
    """Add the tables. The clock fills them, connection by connection; until then figures are read as before."""
    op.create_index(_named(_NEW), "inventory_items", _NEW)
    op.drop_index(_named(_OLD), "inventory_items")
    if op.get_bind().dialect.name == "postgresql":
        names = [sa.text('sku COLLATE "C"'), sa.text('stock_pool COLLATE "C"')]
        op.create_index(_BY_NAME, "inventory_items", ["user_id", *names, "connection_id"])
    op.create_table(
        "sku_months",
        sa.Column("connection_id", sa.Uuid, _owner(), primary_key=True),
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("sku", "marketplace_id", "currency")),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("stock_pool", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("asin", sa.Text),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("units", "revenue_minor", "orders")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sku_month_spans",
        sa.Column("connection_id", sa.Uuid, _owner(), primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("sku_months", "sku_month_spans"):
            for statement in guarded(table, kept=f"{OWN} AND {OWN_CONNECTION}"):
                op.execute(sa.text(statement))


def _named(columns: list[str]) -> str:
    return "_".join(["ix_inventory_items", *columns])


def _owner() -> sa.ForeignKey:
    return sa.ForeignKey("connections.id", ondelete="CASCADE")


def downgrade() -> None:
    """Drop them again; all figures are read from the days and the stretches."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(_BY_NAME, "inventory_items")
    op.create_index(_named(_OLD), "inventory_items", _OLD)
    op.drop_index(_named(_NEW), "inventory_items")
    op.drop_table("sku_month_spans")
    op.drop_table("sku_months")
