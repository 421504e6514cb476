"""What is due, and how each run went."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, Uuid

from adapters.sql.tables.base import connection_column, metadata
from adapters.sql.types import Json, UtcDateTime

sync_runs = Table(
    "sync_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    connection_column(primary_key=False),
    Column("user_id", Uuid, nullable=False),
    Column("resource", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("total_estimate", BigInteger),  # records; a guess
    Column("changed", BigInteger, nullable=False),  # records that were new, or other than before
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("waiting_until", UtcDateTime),  # while the run waits for a usage plan
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_at", UtcDateTime),
    Column("error_request_id", Text),
    Index(None, "user_id", "created_at", "id"),
    Index(None, "connection_id", "status"),
)

sync_resources = Table(
    "sync_resources",
    metadata,
    connection_column(),
    Column("resource", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("cursor", Json, nullable=False),  # only the resource's puller knows the meaning
    Column("next_run_at", UtcDateTime, index=True),  # NULL: stopped, or set aside
    Column("lease_owner", Text),
    Column("lease_epoch", BigInteger, nullable=False),  # of the latest lease; never shrinks
    Column("lease_until", UtcDateTime, index=True),
    Column("run_id", Uuid, ForeignKey("sync_runs.id", ondelete="SET NULL")),  # the latest run
    Column("failures", Integer, nullable=False),  # runs that failed in a row
    Column("faults", Integer, nullable=False),  # those of them that were the work's own
    Column(
        "quiet", Integer, nullable=False
    ),  # good runs in a row that brought nothing new; -1: somebody has asked since
    Column("attempts", Integer, nullable=False),  # claims since a page was last kept
    Column("set_aside_at", UtcDateTime),  # failed for good; the latest run says of what
    Column("nudged_at", UtcDateTime),  # asked for while somebody worked on it: due again then
    Column("synced_at", UtcDateTime, index=True),  # when a run last succeeded
    Column("complete_until", UtcDateTime),  # up to when the data is known to be complete
    Column("complete_from", UtcDateTime),  # since when, of a store; NULL: not known, or kept elsewhere
    Index(None, "user_id"),
    Index(None, "run_id"),
)
