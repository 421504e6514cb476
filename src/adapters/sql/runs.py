"""Runs as rows."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from adapters.sql.rows import failure_of, failure_values
from adapters.sql.tables import sync_runs
from domain.connections.model import ConnectionId
from domain.sync.model import Progress, Resource, Run, RunId, RunStatus
from domain.users.model import UserId

_UNDER_WAY = [status.value for status in RunStatus if status.under_way]


def under_way() -> ColumnElement[bool]:
    """Whether a run in the table will still do something."""
    return sync_runs.c.status.in_(_UNDER_WAY)


def progress_values(progress: Progress) -> dict[str, Any]:
    """The columns of a run's progress."""
    return {
        "pages": progress.pages,
        "records": progress.records,
        "total_estimate": progress.total_estimate,
        "changed": progress.changed,
    }


def run_values(run: Run) -> dict[str, Any]:
    """All columns of a run."""
    return {
        "id": run.id,
        "connection_id": run.connection_id,
        "user_id": run.user_id,
        "resource": run.resource.value,
        "status": run.status.value,
        **progress_values(run.progress),
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "waiting_until": run.waiting_until,
        **failure_values(run.error),
    }


def run_of(row: Mapping[Any, Any]) -> Run:
    """The run in a row, which is given by the names of the columns."""
    return Run(
        id=RunId(row["id"]),
        connection_id=ConnectionId(row["connection_id"]),
        user_id=UserId(row["user_id"]),
        resource=Resource(row["resource"]),
        status=RunStatus(row["status"]),
        progress=Progress(row["pages"], row["records"], row["total_estimate"], row["changed"]),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        waiting_until=row["waiting_until"],
        error=failure_of(row),
    )
