"""The outbox of live events, and the buckets of Amazon's usage plans."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import Growing, Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "events",
        sa.Column("id", Growing, primary_key=True, autoincrement=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("data", Json, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_index("ix_events_user_id_id", "events", ["user_id", "id"])
    op.create_table(
        "usage_buckets",
        sa.Column("application", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("seller_id", sa.Text, primary_key=True),
        sa.Column("operation", sa.Text, primary_key=True),
        sa.Column("level", sa.Double),
        sa.Column("at", sa.Double),
        sa.Column("rate", sa.Double),
    )


def downgrade() -> None:
    """Drop them: listeners start afresh, and every bucket counts as full."""
    op.drop_table("usage_buckets")
    op.drop_table("events")
