"""Taking due work, in SQL: a handful of statements, however many rows are due, in any number of processes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from adapters.sql.dialect import one_of
from adapters.sql.runs import run_of, run_values, under_way
from adapters.sql.tables import connections, sync_resources, sync_runs
from domain.connections.model import ConnectionId, ConnectionStatus
from domain.sync.model import Lease, Progress, Resource, Run, RunId, RunStatus, Task
from domain.sync.schedule import HURRIED_FOR, SERVED_LATELY
from domain.users.model import UserId

_USABLE = [status.value for status in ConnectionStatus if status.usable]
#: What goes on at once when it has been begun.
_HURRIED = [each.value for each in Resource if each.hurries]
#: Rows that another process is just claiming are skipped: looking further down the list makes up for them.
_LOOK_FURTHER = 4

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
        attempts=sync_resources.c.attempts + 1,
        nudged_at=None,
    )
)


def claim(database: Connection, now: datetime, owner: str, until: datetime, limit: int) -> list[Task]:
    """Take up to ``limit`` due rows that nobody holds; ``domain.sync.ports.SyncBook.claim`` says how."""
    rows = database.execute(_due(now, limit)).mappings().all()
    known = _open_runs(database, rows)
    tasks = [_task(row, known.get(row["run_id"]), now, owner) for row in rows]
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
    """The due rows, locked, in the order in which they are to be worked on."""
    row = sync_resources.c
    due = and_(row.next_run_at <= now, or_(row.lease_until.is_(None), row.lease_until <= now))
    ranked = _ranked(now).where(due).subquery("ranked")
    in_order = (
        ranked.c.hurry.desc(),
        ranked.c.turn,
        ranked.c.next_run_at,
        ranked.c.connection_id,
        ranked.c.resource,
    )
    first = select(ranked).order_by(*in_order).limit(limit * _LOOK_FURTHER).subquery("first")
    return (
        select(sync_resources)
        .join(first, and_(first.c.connection_id == row.connection_id, first.c.resource == row.resource))
        # A row may be taken between the ranking and the lock, so the locked row is asked once more.
        .where(due)
        .order_by(
            first.c.hurry.desc(),
            first.c.turn,
            first.c.next_run_at,
            first.c.connection_id,
            first.c.resource,
        )
        .limit(limit)
        .with_for_update(of=sync_resources, skip_locked=True)
    )


def _open_runs(database: Connection, rows: Sequence[RowMapping]) -> dict[UUID, Run]:
    """The open runs of rows that are locked, by their ids.

    A question of its own, asked after the rows were locked: a run that was queued while they were being looked for is
    seen by this one only.
    """
    ids = [row["run_id"] for row in rows if row["run_id"] is not None]
    if not ids:
        return {}
    found = database.execute(select(sync_runs).where(sync_runs.c.id.in_(ids), under_way())).mappings()
    return {row["id"]: run_of(row) for row in found}


def _ranked(now: datetime) -> Select[Any]:
    """Rows of usable connections with their turn: a user's first, second, … after what the user has or had lately.

    So a user with forty connections takes no more than every other user does, whatever is due since when. What a user
    has begun comes before what else is due of that user; and before everybody's turns, where its page token lives for
    seconds only. It asks for a few pages and waits for its plan again, so nobody is kept waiting for long; and as long as
    such work is due, none is begun anew, so there is never more of it than can be done. Where nothing was kept for a
    while, as when Amazon throttles it, it waits for its turn.
    """
    row = sync_resources.c
    served = (
        select(row.user_id, func.count().label("served"))
        .where(or_(row.lease_until > now, row.synced_at > now - SERVED_LATELY))
        .group_by(row.user_id)
        .subquery("served")
    )
    is_begun = and_(sync_runs.c.started_at.is_not(None), under_way())
    begun = case((is_begun, 0), else_=1)
    fresh = connections.c.last_used_at > now - HURRIED_FOR
    hurry = case((and_(is_begun, fresh, one_of(row.resource, _HURRIED)), 1), else_=0)
    place = func.row_number().over(
        partition_by=row.user_id, order_by=(begun, row.next_run_at, row.connection_id, row.resource)
    )
    return (
        select(
            row.connection_id,
            row.resource,
            row.next_run_at,
            (place + func.coalesce(served.c.served, 0)).label("turn"),
            hurry.label("hurry"),
        )
        .join(connections, connections.c.id == row.connection_id)
        .outerjoin(served, served.c.user_id == row.user_id)
        .outerjoin(sync_runs, sync_runs.c.id == row.run_id)
        .where(connections.c.status.in_(_USABLE))
    )


def _task(row: RowMapping, opened: Run | None, now: datetime, owner: str) -> Task:
    lease = Lease(
        ConnectionId(row["connection_id"]), Resource(row["resource"]), owner, row["lease_epoch"] + 1
    )
    user_id = UserId(row["user_id"])
    if opened is None:
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
        run = replace(
            opened, status=RunStatus.RUNNING, started_at=opened.started_at or now, waiting_until=None
        )
    return Task(lease, user_id, row["cursor"], run, row["failures"], row["faults"], row["attempts"] + 1)


def _lease_values(task: Task, until: datetime) -> dict[str, object]:
    return {
        "of_connection": task.lease.connection_id,
        "of_resource": task.lease.resource.value,
        "owner": task.lease.owner,
        "epoch": task.lease.epoch,
        "until": until,
        "run": task.run.id,
    }
