"""What was done to the user's connections and account, by whom, from where."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from entrypoints.http import paging
from entrypoints.http.context import services, user
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import query
from entrypoints.http.shapes import entry_json

bp = Blueprint("audit", __name__)


class AuditQuery(PageQuery):
    """Which entries."""

    connection_id: UUID | None = None


@bp.get("/api/v1/audit")
def audit() -> ResponseReturnValue:
    """The user's own entries, the newest first."""
    asked = query(AuditQuery)
    found = services().journal.of(
        user().id,
        connection_id=asked.connection_id,
        before=paging.decode_mark(asked.cursor),
        limit=asked.limit + 1,
    )
    return paging.newest_first(found, asked.limit, lambda entry: (entry.at, entry.id), entry_json)
