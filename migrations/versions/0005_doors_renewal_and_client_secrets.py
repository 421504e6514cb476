"""Connections by every door, tokens renewed ahead of time, and the installation's own client secrets."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import Json, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_GRANT = ["user_id", "provider", "seller_id", "region"]
_OLD_GRANT = "uq_connections_user_id_provider_seller_id_region"
_BELONGINGS = (
    "order_items",
    "orders",
    "daily_sales",
    "daily_sku_sales",
    "inventory_items",
    "sync_resources",
    "sync_runs",
    "tokens",
)


def upgrade() -> None:
    """Add the columns and the table."""
    with op.batch_alter_table("connections") as batch:
        batch.add_column(sa.Column("participating_ids", Json, nullable=False, server_default="[]"))
        batch.add_column(sa.Column("chosen_ids", Json))
        batch.add_column(sa.Column("lwa_client_id", sa.Text))
        batch.add_column(sa.Column("iam_role_arn", sa.Text))
        batch.add_column(sa.Column("erasing_at", UtcDateTime))
        batch.drop_constraint(_OLD_GRANT, type_="unique")
    # Where Amazon has been asked, what is synced is what it named.
    op.execute(
        "UPDATE connections SET participating_ids = marketplace_ids WHERE participations_at IS NOT NULL"
    )
    with op.batch_alter_table("connections") as batch:
        batch.alter_column("participating_ids", server_default=None)
    still_there = sa.text("erasing_at IS NULL")
    op.create_index(
        "uq_connections_grant",
        "connections",
        _GRANT,
        unique=True,
        sqlite_where=still_there,
        postgresql_where=still_there,
    )
    # Consents under way end with the upgrade: they live for ten minutes.
    op.execute("DELETE FROM consent_states")
    with op.batch_alter_table("consent_states") as batch:
        batch.add_column(sa.Column("door", sa.Text, nullable=False))
    with op.batch_alter_table("tokens") as batch:
        batch.add_column(sa.Column("client_secret", sa.Text))
        batch.add_column(sa.Column("renew_at", UtcDateTime))
    op.execute("UPDATE tokens SET renew_at = access_expires_at")
    op.create_index("ix_tokens_renew_at", "tokens", ["renew_at"])
    with op.batch_alter_table("audit_log") as batch:
        batch.alter_column("user_id", existing_type=sa.Uuid, nullable=True)
    op.create_index("ix_audit_log_at_id", "audit_log", ["at", "id"])
    op.create_table(
        "client_secrets",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("secret", sa.Text),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("refused_at", UtcDateTime),
    )


def downgrade() -> None:
    """Drop them: connections with a client of their own, half-erased ones and the installation's deeds go along."""
    op.drop_table("client_secrets")
    op.drop_index("ix_audit_log_at_id", "audit_log")
    op.execute("DELETE FROM audit_log WHERE user_id IS NULL")
    with op.batch_alter_table("audit_log") as batch:
        batch.alter_column("user_id", existing_type=sa.Uuid, nullable=False)
    op.drop_index("ix_tokens_renew_at", "tokens")
    with op.batch_alter_table("tokens") as batch:
        batch.drop_column("renew_at")
        batch.drop_column("client_secret")
    with op.batch_alter_table("consent_states") as batch:
        batch.drop_column("door")
    connections = sa.table("connections", *map(sa.column, ("id", "erasing_at", "lwa_client_id")))
    leaving = sa.or_(connections.c.erasing_at.is_not(None), connections.c.lwa_client_id.is_not(None))
    # References are not followed while SQLite changes a schema: what belongs to the connections is named.
    for name in _BELONGINGS:
        table = sa.table(name, sa.column("connection_id"))
        op.execute(
            sa.delete(table).where(table.c.connection_id.in_(sa.select(connections.c.id).where(leaving)))
        )
    op.execute(sa.delete(connections).where(leaving))
    op.drop_index("uq_connections_grant", "connections")
    with op.batch_alter_table("connections") as batch:
        for name in ("erasing_at", "iam_role_arn", "lwa_client_id", "chosen_ids", "participating_ids"):
            batch.drop_column(name)
        batch.create_unique_constraint(_OLD_GRANT, _GRANT)
