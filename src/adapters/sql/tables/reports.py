"""Reports, their documents, and the ledger that says what is known to be complete."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from adapters.sql.tables.base import connection_column, metadata
from adapters.sql.types import Json, UtcDateTime

#: The few rows of long tables that those who watch the installation want counted; a migration says the same.
OPEN_REPORTS = "status IN ('pending', 'processing')"
INCOMPLETE_DAYS = "verdict IN ('gap', 'lasting')"

reports = Table(
    "reports",
    metadata,
    Column("id", Uuid, primary_key=True),
    connection_column(primary_key=False),
    Column("user_id", Uuid, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("report_type", Text, nullable=False),
    Column("marketplace_ids", Json, nullable=False),
    Column("data_start", UtcDateTime),
    Column("data_end", UtcDateTime),
    Column("options", Json, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_look_at", UtcDateTime),  # NULL: nothing more to be done
    Column("asked_at", UtcDateTime),  # written before Amazon is asked
    Column("amazon_id", Text),
    Column("document_id", Text),
    Column("looks", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("media", Text),
    Column("parts", Integer),  # NULL until the whole document is stored
    Column("size", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("place_part", Integer, nullable=False),  # how far it has been imported
    Column("place_line", Integer, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),
    Index(None, "user_id", "created_at", "id"),
    Index("ix_reports_connection_id_status", "connection_id", "status"),
    Index("ix_reports_finished_at", "finished_at"),
    Index("ix_reports_open", "status", sqlite_where=text(OPEN_REPORTS), postgresql_where=text(OPEN_REPORTS)),
)

report_parts = Table(
    "report_parts",
    metadata,
    Column("report_id", Uuid, ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    connection_column(primary_key=False),
    Column("user_id", Uuid, nullable=False),
    Column("data", LargeBinary, nullable=False),  # packed
    Index(None, "connection_id"),
    Index(None, "user_id"),
)

ledger_days = Table(
    "ledger_days",
    metadata,
    connection_column(),
    Column("marketplace_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("currency", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),  # when Amazon counted
    Column("amazon_orders", BigInteger, nullable=False),
    Column("amazon_units", BigInteger, nullable=False),
    Column("amazon_goods_minor", BigInteger, nullable=False),
    Column("own_orders", BigInteger),  # NULL until the two were compared
    Column("own_units", BigInteger),
    Column("own_goods_minor", BigInteger),
    Column("verdict", Text, nullable=False),
    Column("repairs", Integer, nullable=False),
    Column("settled_at", UtcDateTime),
    Index("ix_ledger_days_user_id_verdict", "user_id", "verdict"),
    Index("ix_ledger_days_connection_id_verdict", "connection_id", "verdict"),
    Index(
        "ix_ledger_days_incomplete",
        "verdict",
        sqlite_where=text(INCOMPLETE_DAYS),
        postgresql_where=text(INCOMPLETE_DAYS),
    ),
    sqlite_with_rowid=False,
)
