"""What is synced of a connection, when, by whom, and each attempt at it."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "connection_id", sa.Uuid, sa.ForeignKey("connections.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("total_estimate", sa.BigInteger),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("started_at", UtcDateTime),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("waiting_until", UtcDateTime),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_at", UtcDateTime),
        sa.Column("error_request_id", sa.Text),
    )
    op.create_index("ix_sync_runs_user_id_created_at_id", "sync_runs", ["user_id", "created_at", "id"])
    op.create_index("ix_sync_runs_connection_id_status", "sync_runs", ["connection_id", "status"])
    op.create_table(
        "sync_resources",
        sa.Column(
            "connection_id", sa.Uuid, sa.ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("resource", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("cursor", Json, nullable=False),
        sa.Column("next_run_at", UtcDateTime),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_epoch", sa.BigInteger, nullable=False),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("run_id", sa.Uuid, sa.ForeignKey("sync_runs.id", ondelete="SET NULL")),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("synced_at", UtcDateTime),
        sa.Column("complete_until", UtcDateTime),
    )
    for column in ("next_run_at", "lease_until", "user_id", "run_id"):
        op.create_index(f"ix_sync_resources_{column}", "sync_resources", [column])


def downgrade() -> None:
    """Drop them: every connection begins its sync anew."""
    op.drop_table("sync_resources")
    op.drop_table("sync_runs")
