"""Stretches of SKUs are stored by day and SKU, and the index that had them by SKU goes."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TABLE, _KEY, _DEMAND = "sku_stretches", "pk_sku_stretches", "ix_sku_stretches_demand"
_UNITS = tuple(f"units_{number}" for number in range(8))


def upgrade() -> None:
    """The demand of the stock is looked up by the key. A page of orders no longer changes an index of all days."""
    op.drop_index(_DEMAND, _TABLE)
    _store_by(("connection_id", "day", "sku", "marketplace_id", "currency"))


def downgrade() -> None:
    """Store them as before."""
    _store_by(("connection_id", "day", "marketplace_id", "sku", "currency"))
    columns = ["sku", "stock_pool", "user_id", "day", "connection_id", "units", *_UNITS]
    op.create_index(_DEMAND, _TABLE, columns)


def _store_by(key: tuple[str, ...]) -> None:
    """Store the rows in the order of the key. SQLite can't change the key of a table: they are copied there."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(_KEY, _TABLE, type_="primary")
        op.create_primary_key(_KEY, _TABLE, list(key))
        return
    op.rename_table(_TABLE, f"{_TABLE}_before")
    columns = [
        sa.Column("connection_id", sa.Uuid, sa.ForeignKey("connections.id", ondelete="CASCADE")),
        sa.Column("day", sa.Date, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("marketplace_id", "sku", "currency")),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("stock_pool", sa.Text, nullable=False),
        sa.Column("asin", sa.Text),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("units", "revenue_minor", "orders", *_UNITS)
        ),
    ]
    op.create_table(_TABLE, *columns, sa.PrimaryKeyConstraint(*key), sqlite_with_rowid=False)
    names = ", ".join(column.name for column in columns)
    copied = f"SELECT {names} FROM {_TABLE}_before ORDER BY {', '.join(key)}"  # noqa: S608 - our own words
    op.execute(f"INSERT INTO {_TABLE} ({names}) {copied}")
    op.drop_table(f"{_TABLE}_before")
