"""Runs as rows, and what screens ask of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, tuple_

from adapters.sql.erasing import still_there, visible
from adapters.sql.rows import failure_of, failure_values
from adapters.sql.tables import connections, sync_resources, sync_runs
from domain.connections.model import ConnectionId, Failure
from domain.errors import NotFound
from domain.sync.model import Progress, Resource, ResourceState, Run, RunId, RunStatus
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


def progress_of(row: Mapping[Any, Any]) -> Progress:
    """The progress in a run's row."""
    return Progress(row["pages"], row["records"], row["total_estimate"], row["changed"])


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
        progress=progress_of(row),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        waiting_until=row["waiting_until"],
        error=failure_of(row),
    )


def find(database: Connection, user_id: UserId, run_id: RunId) -> Run:
    """One run of the user.

    Raises:
        NotFound: none, or somebody else's.
    """
    kept = visible(sync_runs.c.connection_id, user_id)
    found = select(sync_runs).where(sync_runs.c.user_id == user_id, sync_runs.c.id == run_id, kept)
    row = database.execute(found).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such run.")
    return run_of(row)


def newest(
    database: Connection,
    user_id: UserId,
    connection_id: ConnectionId | None,
    resource: Resource | None,
    status: RunStatus | None,
    before: tuple[datetime, RunId] | None,
    limit: int,
) -> list[Run]:
    """The user's runs, the newest first; ``domain.sync.ports.SyncBook.runs`` says which."""
    run = sync_runs.c
    found = select(sync_runs).where(run.user_id == user_id, visible(run.connection_id, user_id))
    if connection_id is not None:
        found = found.where(run.connection_id == connection_id)
    if resource is not None:
        found = found.where(run.resource == resource.value)
    if status is not None:
        found = found.where(run.status == status.value)
    if before is not None:
        key = (run.created_at, run.id)
        found = found.where(tuple_(*key) < tuple_(*before, types=[column.type for column in key]))
    in_order = found.order_by(run.created_at.desc(), run.id.desc()).limit(limit)
    return [run_of(row) for row in database.execute(in_order).mappings()]


def states(database: Connection, user_id: UserId) -> list[ResourceState]:
    """How all resources of the user's connections are doing, by connection (oldest first) and name."""
    row, run = sync_resources.c, sync_runs.c
    told = (
        *(run.status, run.finished_at, run.waiting_until),
        *(run.pages, run.records, run.total_estimate, run.changed),
        *(run.error_code, run.error_message, run.error_at, run.error_request_id),
    )
    found = (
        select(sync_resources, *told)
        .join(connections, connections.c.id == row.connection_id)
        .outerjoin(sync_runs, run.id == row.run_id)
        .where(row.user_id == user_id, still_there())
        .order_by(connections.c.connected_at, connections.c.id, row.resource)
    )
    return [_state(state) for state in database.execute(found).mappings()]


def _state(row: Mapping[Any, Any]) -> ResourceState:
    status = RunStatus(row["status"]) if row["status"] is not None else None
    return ResourceState(
        connection_id=ConnectionId(row["connection_id"]),
        resource=Resource(row["resource"]),
        status=status,
        last_run_at=row["finished_at"],
        next_run_at=row["next_run_at"],
        records=row["records"] or 0,
        synced_at=row["synced_at"],
        complete_until=row["complete_until"],
        set_aside=_set_aside(row),
        run_id=RunId(row["run_id"]) if status is not None else None,
        progress=progress_of(row) if status is not None and status.under_way else None,
        waiting_until=row["waiting_until"],
        error=failure_of(row),
        quiet=max(row["quiet"], 0),
    )


def _set_aside(row: Mapping[Any, Any]) -> Failure | None:
    if row["set_aside_at"] is None:
        return None
    gone = Failure("internal_error", "The run that told the cause is not kept any more.", row["set_aside_at"])
    return failure_of(row) or gone
