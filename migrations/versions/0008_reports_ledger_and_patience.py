"""Reports with their documents, the ledger of completeness, and what the schedule learns of each resource."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from adapters.sql.types import Json, UtcDateTime
from adapters.sql.wall import OWN, OWN_CONNECTION, guarded

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_GUARDED = ("reports", "report_parts", "ledger_days")


def _connection(primary_key: bool = False) -> sa.Column[UUID]:
    owner = sa.ForeignKey("connections.id", ondelete="CASCADE")
    return sa.Column("connection_id", sa.Uuid, owner, nullable=False, primary_key=primary_key)


def upgrade() -> None:
    """Create the tables and columns, and give every connection that is synced a schedule for its reports."""
    _schedule_columns()
    _order_columns()
    _create_reports()
    _create_ledger()
    if op.get_bind().dialect.name == "postgresql":
        for table in _GUARDED:
            for statement in guarded(table, kept=f"{OWN} AND {OWN_CONNECTION}"):
                op.execute(sa.text(statement))
    op.execute(
        "INSERT INTO sync_resources"
        " (connection_id, resource, user_id, cursor, next_run_at, lease_epoch, failures, faults, quiet, attempts)"
        " SELECT connection_id, 'reports', user_id, '{}', next_run_at, 0, 0, 0, 0, 0 FROM sync_resources"
        " WHERE resource = 'orders'"
    )


def downgrade() -> None:
    """Drop them again. Reports that were stored are lost."""
    op.execute("DELETE FROM sync_resources WHERE resource = 'reports'")
    op.execute("DELETE FROM sync_runs WHERE resource = 'reports'")
    for table in reversed(_GUARDED):
        if table != "reports":
            op.drop_table(table)
    op.drop_table("reports")
    with op.batch_alter_table("orders") as batch:
        for name in ("source", "goods_minor", "on_amazon"):
            batch.drop_column(name)
    with op.batch_alter_table("order_items") as batch:
        batch.drop_column("goods_minor")
    with op.batch_alter_table("connections") as batch:
        for name in ("purged_at", "purged_before"):
            batch.drop_column(name)
    with op.batch_alter_table("sync_runs") as batch:
        batch.drop_column("changed")
    op.drop_index("ix_sync_resources_synced_at", "sync_resources")
    with op.batch_alter_table("sync_resources") as batch:
        for name in ("faults", "quiet", "attempts", "set_aside_at", "nudged_at"):
            batch.drop_column(name)


def _schedule_columns() -> None:
    with op.batch_alter_table("sync_resources") as batch:
        batch.add_column(sa.Column("faults", sa.Integer, nullable=False, server_default="0"))
        batch.add_column(sa.Column("quiet", sa.Integer, nullable=False, server_default="0"))
        batch.add_column(sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
        batch.add_column(sa.Column("set_aside_at", UtcDateTime))
        batch.add_column(sa.Column("nudged_at", UtcDateTime))
    with op.batch_alter_table("sync_resources") as batch:
        batch.alter_column("faults", server_default=None)
        batch.alter_column("quiet", server_default=None)
        batch.alter_column("attempts", server_default=None)
    op.create_index("ix_sync_resources_synced_at", "sync_resources", ["synced_at"])
    with op.batch_alter_table("sync_runs") as batch:
        batch.add_column(sa.Column("changed", sa.BigInteger, nullable=False, server_default="0"))
    with op.batch_alter_table("sync_runs") as batch:
        batch.alter_column("changed", server_default=None)


def _order_columns() -> None:
    with op.batch_alter_table("order_items") as batch:
        batch.add_column(sa.Column("goods_minor", sa.BigInteger))
    with op.batch_alter_table("connections") as batch:
        batch.add_column(sa.Column("purged_at", UtcDateTime))
        batch.add_column(sa.Column("purged_before", UtcDateTime))
    with op.batch_alter_table("orders") as batch:
        batch.add_column(sa.Column("source", sa.Text, nullable=False, server_default="api"))
        batch.add_column(sa.Column("goods_minor", sa.BigInteger))
        batch.add_column(sa.Column("on_amazon", sa.Boolean, nullable=False, server_default=sa.true()))
    with op.batch_alter_table("orders") as batch:
        batch.alter_column("source", server_default=None)
        batch.alter_column("on_amazon", server_default=None)


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid, primary_key=True),
        _connection(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("report_type", sa.Text, nullable=False),
        sa.Column("marketplace_ids", Json, nullable=False),
        sa.Column("data_start", UtcDateTime),
        sa.Column("data_end", UtcDateTime),
        sa.Column("options", Json, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("next_look_at", UtcDateTime),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("amazon_id", sa.Text),
        sa.Column("document_id", sa.Text),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("media", sa.Text),
        sa.Column("parts", sa.Integer),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.Column("place_part", sa.Integer, nullable=False),
        sa.Column("place_line", sa.Integer, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_at", UtcDateTime),
        sa.Column("error_request_id", sa.Text),
    )
    op.create_index("ix_reports_user_id_created_at_id", "reports", ["user_id", "created_at", "id"])
    op.create_index("ix_reports_connection_id_status", "reports", ["connection_id", "status"])
    op.create_index("ix_reports_finished_at", "reports", ["finished_at"])
    _index_of_some("ix_reports_open", "reports", "status", "status IN ('pending', 'processing')")
    op.create_table(
        "report_parts",
        sa.Column("report_id", sa.Uuid, sa.ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        _connection(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_report_parts_connection_id", "report_parts", ["connection_id"])
    op.create_index("ix_report_parts_user_id", "report_parts", ["user_id"])


def _create_ledger() -> None:
    op.create_table(
        "ledger_days",
        _connection(primary_key=True),
        sa.Column("marketplace_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("amazon_orders", sa.BigInteger, nullable=False),
        sa.Column("amazon_units", sa.BigInteger, nullable=False),
        sa.Column("amazon_goods_minor", sa.BigInteger, nullable=False),
        sa.Column("own_orders", sa.BigInteger),
        sa.Column("own_units", sa.BigInteger),
        sa.Column("own_goods_minor", sa.BigInteger),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("repairs", sa.Integer, nullable=False),
        sa.Column("settled_at", UtcDateTime),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ledger_days_user_id_verdict", "ledger_days", ["user_id", "verdict"])
    op.create_index("ix_ledger_days_connection_id_verdict", "ledger_days", ["connection_id", "verdict"])
    _index_of_some("ix_ledger_days_incomplete", "ledger_days", "verdict", "verdict IN ('gap', 'lasting')")


def _index_of_some(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
