"""What was done to the user's connections and account, by whom, from where."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from entrypoints.http import paging
from entrypoints.http.audit_shapes import AuditEntryAnswer, entry_json
from entrypoints.http.context import services, user
from entrypoints.http.described import described, listed
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import query

bp = Blueprint("audit", __name__)


class AuditQuery(PageQuery):
    """Which entries."""

    connection_id: UUID | None = Field(
        default=None, description="Only what was done to this connection, also to one that is gone."
    )


@bp.get("/api/v1/audit")
@described("Audit", listed(AuditEntryAnswer, "The entries."), query=AuditQuery)
def audit() -> ResponseReturnValue:
    """What was done to your connections and keys, by whom, from where; the newest first."""
    asked = query(AuditQuery)
    found = services().journal.of(
        user().id,
        connection_id=asked.connection_id,
        before=paging.decode_mark(asked.cursor),
        limit=asked.limit + 1,
    )
    return paging.newest_first(found, asked.limit, lambda entry: (entry.at, entry.id), entry_json)
