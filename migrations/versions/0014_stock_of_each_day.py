"""What the stock came to at the end of each day."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import UtcDateTime
from adapters.sql.wall import OWN, OWN_CONNECTION, guarded

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; the next inventory run of each connection begins it."""
    owner = sa.ForeignKey("connections.id", ondelete="CASCADE")
    op.create_table(
        "stock_days",
        sa.Column("connection_id", sa.Uuid, owner, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("counted_at", UtcDateTime, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("skus", "quantity", "low", "out")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        for statement in guarded("stock_days", kept=f"{OWN} AND {OWN_CONNECTION}"):
            op.execute(sa.text(statement))


def downgrade() -> None:
    """Drop it again; what the stock was is forgotten."""
    op.drop_table("stock_days")
