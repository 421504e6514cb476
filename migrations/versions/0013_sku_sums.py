"""Sums by SKU over stretches of eight days, and the units of each of them side by side."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.wall import OWN, OWN_CONNECTION, guarded

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DAYS = 8
_UNITS = tuple(f"units_{number}" for number in range(_DAYS))
#: Which day of its stretch a day is, and the first one: counted from the first of January of the year 1.
_PLACE = {
    "postgresql": "((day - DATE '0001-01-01' + 1) % 8)",
    "sqlite": "(CAST(julianday(day) - 1721424.5 AS INTEGER) % 8)",
}
_FIRST = {"postgresql": "(day - place)", "sqlite": "date(day, '-' || place || ' days')"}
_DEMAND = ("sku", "stock_pool", "user_id", "day", "connection_id", "units")


def upgrade() -> None:
    """Add the table, and fill it from the days. The demand of the stock is read from it from now on."""
    owner = sa.ForeignKey("connections.id", ondelete="CASCADE")
    op.create_table(
        "sku_stretches",
        sa.Column("connection_id", sa.Uuid, owner, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("marketplace_id", "sku", "currency")),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("stock_pool", sa.Text, nullable=False),
        sa.Column("asin", sa.Text),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("units", "revenue_minor", "orders", *_UNITS)
        ),
        sqlite_with_rowid=False,
    )
    op.execute(_added_up(op.get_bind().dialect.name))
    op.create_index("ix_sku_stretches_demand", "sku_stretches", [*_DEMAND, *_UNITS])
    op.drop_index("ix_daily_sku_sales_demand", "daily_sku_sales")
    if op.get_bind().dialect.name == "postgresql":
        for statement in guarded("sku_stretches", kept=f"{OWN} AND {OWN_CONNECTION}"):
            op.execute(sa.text(statement))


def _added_up(dialect: str) -> str:
    of_days = ", ".join(f"sum(CASE WHEN place = {number} THEN units ELSE 0 END)" for number in range(_DAYS))
    key = "connection_id, first_day, marketplace_id, sku, currency, user_id, stock_pool"
    return f"""
INSERT INTO sku_stretches (connection_id, day, marketplace_id, sku, currency, user_id, stock_pool, asin,
                           units, revenue_minor, orders, {", ".join(_UNITS)})
SELECT {key}, max(asin), sum(units), sum(revenue_minor), sum(orders), {of_days}
FROM (SELECT placed.*, {_FIRST[dialect]} AS first_day
      FROM (SELECT daily_sku_sales.*, {_PLACE[dialect]} AS place FROM daily_sku_sales) AS placed) AS sold
GROUP BY {key}
"""  # noqa: S608 - our own words


def downgrade() -> None:
    """Drop it again; the demand is read from the days."""
    op.create_index("ix_daily_sku_sales_demand", "daily_sku_sales", list(_DEMAND))
    op.drop_table("sku_stretches")
