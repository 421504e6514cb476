"""API keys, and how often Amazon was called."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import UtcDateTime
from adapters.sql.wall import OWN, OWN_CONNECTION, USER, WEB, guarded

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_used_at", UtcDateTime),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_table(
        "api_usage",
        sa.Column(
            "connection_id", sa.Uuid, sa.ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("operation", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("seller_id", sa.Text, nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("gets", sa.BigInteger, nullable=False),
        sa.Column("throttled", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_api_usage_user_id_day", "api_usage", ["user_id", "day"])
    if op.get_bind().dialect.name == "postgresql":
        for statement in (
            *guarded("api_keys"),
            *guarded("api_usage", kept=f"{OWN} AND {OWN_CONNECTION}"),
        ):
            op.execute(sa.text(statement))
        # Until a user is named: who calls is found by the key.
        op.execute(
            sa.text(
                f"CREATE POLICY before_a_user_is_named ON api_keys FOR SELECT TO {WEB} USING ({USER} IS NULL)"
            )
        )


def downgrade() -> None:
    """Drop them: keys stop working, and the counts are forgotten."""
    op.drop_table("api_usage")
    op.drop_table("api_keys")
