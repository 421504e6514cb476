"""Taking due work, in SQL: a handful of statements, however many rows are due, in any number of processes."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from adapters.sql.runs import run_of, run_values, under_way
from adapters.sql.tables import connections, sync_resources, sync_runs
from domain.connections.model import ConnectionId, ConnectionStatus
from domain.sync.model import Lease, Progress, Resource, Run, RunId, RunStatus, Task
from domain.users.model import UserId

_USABLE = [status.value for status in ConnectionStatus if status.usable]
#: Rows that another process is just claiming are skipped: looking further down the list makes up for them.
_LOOK_FURTHER = 4
#: What the columns of an open run are called beside those of its resource.
_OPEN = {f"open_{column.name}": column for column in sync_runs.c}

_CONTINUE = (
    update(sync_runs)
    .where(sync_runs.c.id == bindparam("of_run"))
    .values(status=RunStatus.RUNNING.value, started_at=bindparam("began"), waiting_until=None)
)
_LEASE = (
    update(sync_resources)
    .where(
        sync_resources.c.connection_id == bindparam("of_connection"),
        sync_resources.c.resource == bindparam("of_resource"),
    )
    .values(
        lease_owner=bindparam("owner"),
        lease_epoch=bindparam("epoch"),
        lease_until=bindparam("until"),
        run_id=bindparam("run"),
    )
)


def claim(database: Connection, now: datetime, owner: str, until: datetime, limit: int) -> list[Task]:
    """Take up to ``limit`` due rows that nobody holds; ``domain.sync.ports.SyncBook.claim`` says how."""
    rows = database.execute(_due(now, limit)).mappings().all()
    known = {row["open_id"] for row in rows} - {None}
    tasks = [_task(row, now, owner) for row in rows]
    fresh = [run_values(task.run) for task in tasks if task.run.id not in known]
    continued = [
        {"of_run": task.run.id, "began": task.run.started_at} for task in tasks if task.run.id in known
    ]
    if fresh:
        database.execute(insert(sync_runs), fresh)
    if continued:
        database.execute(_CONTINUE, continued)
    if tasks:
        database.execute(_LEASE, [_lease_values(task, until) for task in tasks])
    return tasks


def _due(now: datetime, limit: int) -> Select[Any]:
    """The due rows with their open runs, locked, in the order in which they are to be worked on."""
    row = sync_resources.c
    due = and_(row.next_run_at <= now, or_(row.lease_until.is_(None), row.lease_until <= now))
    ranked = _ranked(now).where(due).subquery("ranked")
    in_order = (ranked.c.turn, ranked.c.next_run_at, ranked.c.connection_id, ranked.c.resource)
    first = select(ranked).order_by(*in_order).limit(limit * _LOOK_FURTHER).subquery("first")
    return (
        select(sync_resources, *[column.label(name) for name, column in _OPEN.items()])
        .join(first, and_(first.c.connection_id == row.connection_id, first.c.resource == row.resource))
        .outerjoin(sync_runs, and_(sync_runs.c.id == row.run_id, under_way()))
        # A row may be taken between the ranking and the lock, so the locked row is asked once more.
        .where(due)
        .order_by(first.c.turn, first.c.next_run_at, first.c.connection_id, first.c.resource)
        .limit(limit)
        .with_for_update(of=sync_resources, skip_locked=True)
    )


def _ranked(now: datetime) -> Select[Any]:
    """Rows of usable connections with their turn: a user's first, second, … after the leases the user holds already.

    So a user with forty connections takes no more than every other user does, whatever is due since when.
    """
    row = sync_resources.c
    held = (
        select(row.user_id, func.count().label("leases"))
        .where(row.lease_until > now)
        .group_by(row.user_id)
        .subquery("held")
    )
    place = func.row_number().over(
        partition_by=row.user_id, order_by=(row.next_run_at, row.connection_id, row.resource)
    )
    return (
        select(
            row.connection_id,
            row.resource,
            row.next_run_at,
            (place + func.coalesce(held.c.leases, 0)).label("turn"),
        )
        .join(connections, connections.c.id == row.connection_id)
        .outerjoin(held, held.c.user_id == row.user_id)
        .where(connections.c.status.in_(_USABLE))
    )


def _task(row: RowMapping, now: datetime, owner: str) -> Task:
    lease = Lease(
        ConnectionId(row["connection_id"]), Resource(row["resource"]), owner, row["lease_epoch"] + 1
    )
    user_id = UserId(row["user_id"])
    if row["open_id"] is None:
        run = Run(
            id=RunId(uuid4()),
            connection_id=lease.connection_id,
            user_id=user_id,
            resource=lease.resource,
            status=RunStatus.RUNNING,
            progress=Progress(),
            created_at=now,
            started_at=now,
        )
    else:
        opened = run_of({column.name: row[name] for name, column in _OPEN.items()})
        run = replace(
            opened, status=RunStatus.RUNNING, started_at=opened.started_at or now, waiting_until=None
        )
    return Task(lease, user_id, row["cursor"], run, row["failures"])


def _lease_values(task: Task, until: datetime) -> dict[str, object]:
    return {
        "of_connection": task.lease.connection_id,
        "of_resource": task.lease.resource.value,
        "owner": task.lease.owner,
        "epoch": task.lease.epoch,
        "until": until,
        "run": task.run.id,
    }
