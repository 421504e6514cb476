"""Orders by status: their daily sums, filled from the orders that are there."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.wall import OWN, OWN_CONNECTION, guarded

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COUNTED = """
INSERT INTO daily_statuses (connection_id, day, marketplace_id, currency, status, user_id, orders)
SELECT connection_id, day, marketplace_id, currency, status, user_id, count(*)
FROM orders
GROUP BY connection_id, day, marketplace_id, currency, status, user_id
"""
#: Orders that were let go are in the sums of their days, and nobody knows their status any more.
_GONE = """
INSERT INTO daily_statuses (connection_id, day, marketplace_id, currency, status, user_id, orders)
SELECT sale.connection_id, sale.day, sale.marketplace_id, sale.currency, 'UNKNOWN', sale.user_id,
       sale.orders - coalesce(sum(known.orders), 0)
FROM daily_sales AS sale
JOIN connections ON connections.id = sale.connection_id AND connections.purged_before IS NOT NULL
LEFT JOIN daily_statuses AS known
       ON known.connection_id = sale.connection_id AND known.day = sale.day
      AND known.marketplace_id = sale.marketplace_id AND known.currency = sale.currency
      AND known.status <> 'CANCELLED'
GROUP BY sale.connection_id, sale.day, sale.marketplace_id, sale.currency, sale.user_id, sale.orders
HAVING sale.orders > coalesce(sum(known.orders), 0)
"""


def upgrade() -> None:
    """Add the table, and count."""
    owner = sa.ForeignKey("connections.id", ondelete="CASCADE")
    op.create_table(
        "daily_statuses",
        sa.Column("connection_id", sa.Uuid, owner, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("marketplace_id", sa.Text, primary_key=True),
        sa.Column("currency", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("orders", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(_COUNTED)
    op.execute(_GONE)
    if op.get_bind().dialect.name == "postgresql":
        for statement in guarded("daily_statuses", kept=f"{OWN} AND {OWN_CONNECTION}"):
            op.execute(sa.text(statement))


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("daily_statuses")
