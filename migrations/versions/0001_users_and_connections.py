"""Users, their sessions and log-ins; connections, consents under way and tokens; the audit log."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import Growing, Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _users()
    _connections()
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("connection_id", sa.Uuid),
        sa.Column("details", Json, nullable=False),
    )
    op.create_index("ix_audit_log_user_id_at_id", "audit_log", ["user_id", "at", "id"])


def downgrade() -> None:
    """Drop them, with all that they hold."""
    tables = ("audit_log", "tokens", "consent_states", "connections", "login_attempts", "sessions", "users")
    for table in tables:
        op.drop_table(table)


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False, unique=True),
        sa.Column("first_name", sa.Text),
        sa.Column("last_name", sa.Text),
        sa.Column("password_hash", sa.Text),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_login_at", UtcDateTime),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "login_attempts",
        sa.Column("id", Growing, primary_key=True, autoincrement=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_login_attempts_subject_at", "login_attempts", ["subject", "at"])
    op.create_index("ix_login_attempts_at", "login_attempts", ["at"])


def _connections() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("seller_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("marketplace_id", sa.Text, nullable=False),
        sa.Column("marketplace_ids", Json, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("connected_at", UtcDateTime, nullable=False),
        sa.Column("authorized_at", UtcDateTime, nullable=False),
        sa.Column("participations_at", UtcDateTime),
        sa.Column("last_used_at", UtcDateTime),
        sa.Column("last_synced_at", UtcDateTime),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_at", UtcDateTime),
        sa.Column("error_request_id", sa.Text),
        sa.UniqueConstraint("user_id", "provider", "seller_id", "region"),
    )
    op.create_index(
        "uq_connections_default",
        "connections",
        ["user_id", "provider"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "consent_states",
        sa.Column("state_hash", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("marketplace_id", sa.Text, nullable=False),
        sa.Column("browser_hash", sa.Text, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("expected_seller_id", sa.Text),
    )
    op.create_index("ix_consent_states_expires_at", "consent_states", ["expires_at"])
    op.create_table(
        "tokens",
        sa.Column(
            "connection_id", sa.Uuid, sa.ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("refresh_token", sa.Text),
        sa.Column("access_token", sa.Text),
        sa.Column("access_expires_at", UtcDateTime),
        sa.Column("claim_owner", sa.Text),
        sa.Column("claim_epoch", sa.BigInteger, nullable=False),
        sa.Column("claim_until", UtcDateTime),
    )
