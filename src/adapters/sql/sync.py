"""The sync book, in SQL: what is due, who works on it, and how each attempt went.

Locks are always taken in the same order: a resource's row first, then its run, then whatever a page changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from adapters.sql import claims, runs
from adapters.sql.dialect import insert_into
from adapters.sql.rows import failure_values
from adapters.sql.runs import progress_values, run_of, run_values, under_way
from adapters.sql.tables import sync_resources, sync_runs
from domain.connections.model import ConnectionId, Failure
from domain.errors import LeaseLost, NotFound
from domain.sync.model import (
    ASKED,
    Cursor,
    Lease,
    Progress,
    Resource,
    ResourceState,
    Run,
    RunId,
    RunStatus,
    Task,
)
from domain.users.model import UserId

#: A resource's row when nobody works on it. The epoch stays: the next lease counts on from it.
_FREE: dict[str, Any] = {"lease_owner": None, "lease_until": None, "nudged_at": None}
#: A resource's row when everything that went wrong is forgotten.
_WELL: dict[str, Any] = {"failures": 0, "faults": 0, "attempts": 0, "set_aside_at": None}
#: How quiet a resource is once that is forgotten: who has asked still waits.
_STIRRED = case((sync_resources.c.quiet == ASKED, ASKED), else_=0)
_LOST = "Another worker has taken this over."

_BEAT = (
    update(sync_resources)
    .where(
        sync_resources.c.connection_id == bindparam("of_connection"),
        sync_resources.c.resource == bindparam("of_resource"),
        sync_resources.c.lease_owner == bindparam("owner"),
        sync_resources.c.lease_epoch == bindparam("epoch"),
    )
    .values(lease_until=bindparam("until"))
)


class SqlSyncBook:
    """One row per connection and resource, and all runs."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def ensure(
        self, connection_id: ConnectionId, user_id: UserId, resources: Sequence[Resource], due_at: datetime
    ) -> None:
        """Schedule these resources; a row that is due earlier already, or is being worked on, keeps its time."""
        new = insert_into(self._database, sync_resources)
        row = sync_resources.c
        keeps_its_time = and_(
            row.next_run_at.is_not(None),
            or_(row.lease_owner.is_not(None), row.next_run_at < new.excluded.next_run_at),
        )
        known = {
            "next_run_at": case((keeps_its_time, row.next_run_at), else_=new.excluded.next_run_at),
            "quiet": _STIRRED,
            **_WELL,
        }
        values: list[dict[str, Any]] = [
            {
                "connection_id": connection_id,
                "resource": resource.value,
                "user_id": user_id,
                "cursor": {},
                "next_run_at": due_at,
                "lease_epoch": 0,
                "quiet": 0,
                **_WELL,
            }
            for resource in sorted(resources)
        ]
        statement = new.on_conflict_do_update(index_elements=[row.connection_id, row.resource], set_=known)
        self._database.execute(statement, values)

    def due_now(self, connection_id: ConnectionId, resource: Resource, at: datetime) -> None:
        """Due at ``at``, if not earlier; where somebody works on it, when they give it back."""
        row = sync_resources.c
        mine = and_(row.connection_id == connection_id, row.resource == resource.value)
        held, then = row.lease_owner.is_not(None), literal(at, row.nudged_at.type)
        sooner = {
            "next_run_at": case((or_(held, row.next_run_at < at), row.next_run_at), else_=then),
            "nudged_at": case((and_(held, row.nudged_at < at), row.nudged_at), (held, then), else_=None),
        }
        self._database.execute(
            update(sync_resources).where(mine, row.next_run_at.is_not(None)).values(sooner)
        )

    def restart(self, connection_id: ConnectionId, resource: Resource, due_at: datetime) -> None:
        """The resource begins anew, unless it has stopped; a lease on it is void."""
        row = sync_resources.c
        mine = and_(row.connection_id == connection_id, row.resource == resource.value)
        anew = {
            "cursor": {},
            "next_run_at": due_at,
            "lease_epoch": row.lease_epoch + 1,
            "quiet": _STIRRED,
            **_WELL,
            **_FREE,
        }
        goes_on = or_(row.next_run_at.is_not(None), row.set_aside_at.is_not(None))
        self._database.execute(update(sync_resources).where(mine, goes_on).values(anew))

    def stop(self, connection_id: ConnectionId, failure: Failure) -> list[Run]:
        """Nothing of this connection is due any more; leases are void, open runs fail. Returns these."""
        row = sync_resources.c
        stopped = {
            "next_run_at": None,
            "set_aside_at": None,
            "lease_epoch": row.lease_epoch + 1,
            **_FREE,
        }
        self._database.execute(
            update(sync_resources).where(row.connection_id == connection_id).values(stopped)
        )
        ended = update(sync_runs).where(sync_runs.c.connection_id == connection_id, under_way())
        failed = ended.values(_failed(failure)).returning(sync_runs)
        stopped_runs = [run_of(row) for row in self._database.execute(failed).mappings()]
        return sorted(stopped_runs, key=lambda run: run.resource)

    def request(self, connection_id: ConnectionId, resource: Resource, run: Run) -> Run:
        """Queue ``run``, unless a run is under way: then that one.

        Raises:
            NotFound: the connection has no such resource, or its schedule has stopped.
        """
        row = sync_resources.c
        mine = and_(row.connection_id == connection_id, row.resource == resource.value)
        scheduled = select(row.run_id, row.next_run_at, row.set_aside_at).where(mine).with_for_update()
        found = self._database.execute(scheduled).one_or_none()
        if found is None or (found.next_run_at is None and found.set_aside_at is None):
            raise NotFound("This connection is not synced.")
        opened = select(sync_runs).where(sync_runs.c.id == found.run_id, under_way())
        known = self._database.execute(opened).mappings().one_or_none()
        values: dict[str, Any] = {"quiet": ASKED}
        if known is None:
            self._database.execute(insert(sync_runs), run_values(run))
            values["run_id"] = run.id
            values["next_run_at"] = min(found.next_run_at or run.created_at, run.created_at)
        if found.set_aside_at is not None:
            values |= _WELL
        self._database.execute(update(sync_resources).where(mine).values(values))
        return run if known is None else run_of(known)

    def claim(self, now: datetime, owner: str, until: datetime, limit: int) -> list[Task]:
        """Take up to ``limit`` due rows that nobody holds."""
        return claims.claim(self._database, now, owner, until, limit)

    def beat(self, leases: Sequence[Lease], until: datetime) -> None:
        """Prolong these leases; those that are lost already stay lost."""
        if not leases:
            return
        # A row that is locked is passed over: its page prolongs the lease itself, and no other lease may wait for it.
        held = select(sync_resources.c.connection_id, sync_resources.c.resource).where(
            or_(*map(_held, leases))
        )
        free = {tuple(each) for each in self._database.execute(held.with_for_update(skip_locked=True))}
        beating = [lease for lease in leases if (lease.connection_id, lease.resource) in free]
        if beating:
            self._database.execute(_BEAT, [_lease_values(lease, until) for lease in beating])

    def hold(self, lease: Lease) -> int:
        """Prove the lease, and lock its row; returns how many good runs in a row brought nothing new, or ``ASKED``."""
        row = sync_resources.c
        found = self._database.execute(select(row.quiet).where(_held(lease)).with_for_update()).one_or_none()
        if found is None:
            raise LeaseLost(_LOST)
        quiet: int = found.quiet
        return quiet

    def advance(self, lease: Lease, cursor: Cursor, progress: Progress, until: datetime) -> None:
        """A page is done: keep cursor and progress, prolong the lease."""
        run_id = self._change(lease, {"cursor": dict(cursor), "lease_until": until, "attempts": 0})
        self._change_run(run_id, progress_values(progress))

    def park(self, lease: Lease, waiting_until: datetime) -> None:
        """Give the lease back and come again at ``waiting_until``."""
        run_id = self._change(lease, {"next_run_at": _due(waiting_until), "attempts": 0, **_FREE})
        self._change_run(run_id, {"status": RunStatus.WAITING.value, "waiting_until": waiting_until})

    def finish(
        self,
        lease: Lease,
        cursor: Cursor,
        progress: Progress,
        now: datetime,
        next_run_at: datetime,
        complete_until: datetime | None,
        quiet: int = 0,
        complete_from: datetime | None = None,
    ) -> None:
        """The run has succeeded: failures are forgotten, the lease given back."""
        values = {
            "cursor": dict(cursor),
            "next_run_at": _due(next_run_at),
            "synced_at": now,
            "quiet": quiet,
            **_WELL,
            **_FREE,
        }
        if complete_until is not None:
            values["complete_until"] = complete_until
        if complete_from is not None:
            values["complete_from"] = complete_from
        run_id = self._change(lease, values)
        ended = {"status": RunStatus.SUCCEEDED.value, "finished_at": now, "waiting_until": None}
        self._change_run(run_id, {**ended, **progress_values(progress)})

    def fail(
        self, lease: Lease, cursor: Cursor, failure: Failure, next_run_at: datetime | None, own: bool = False
    ) -> None:
        """The run has failed: failures grow by one, the lease is given back. Without a next time it is set aside."""
        row = sync_resources.c
        values = {
            "cursor": dict(cursor),
            "next_run_at": None if next_run_at is None else _due(next_run_at),
            "set_aside_at": failure.at if next_run_at is None else None,
            "failures": row.failures + 1,
            "faults": row.faults + int(own),
            "attempts": 0,
            **_FREE,
        }
        self._change_run(self._change(lease, values), _failed(failure))

    def release(self, lease: Lease, due_at: datetime) -> None:
        """The lease is given back, the run is queued again for whoever comes."""
        run_id = self._change(lease, {"next_run_at": _due(due_at), "attempts": 0, **_FREE})
        self._change_run(run_id, {"status": RunStatus.QUEUED.value, "waiting_until": None})

    def failing(self, connection_id: ConnectionId) -> bool:
        """Whether any resource of the connection ended its latest run in failure."""
        row = sync_resources.c
        failed = select(func.count()).where(row.connection_id == connection_id, row.failures > 0)
        return self._database.scalar(failed) != 0

    def run(self, user_id: UserId, run_id: RunId) -> Run:
        """Raises NotFound: none, or somebody else's."""
        return runs.find(self._database, user_id, run_id)

    def runs(
        self,
        user_id: UserId,
        *,
        connection_id: ConnectionId | None = None,
        resource: Resource | None = None,
        status: RunStatus | None = None,
        before: tuple[datetime, RunId] | None = None,
        limit: int = 50,
    ) -> list[Run]:
        """The user's runs, the newest first, older than ``before`` when given."""
        return runs.newest(self._database, user_id, connection_id, resource, status, before, limit)

    def states(self, user_id: UserId) -> list[ResourceState]:
        """All resources of the user's connections, by connection (oldest first) and name."""
        return runs.states(self._database, user_id)

    def _change(self, lease: Lease, values: dict[str, Any]) -> UUID:
        """Change the row that the lease is for; returns the run that it belongs to.

        On PostgreSQL the row stays locked until the commit, so that no later claimer can be quicker than this page.

        Raises:
            LeaseLost: the row has another owner or a newer epoch.
        """
        changed = update(sync_resources).where(_held(lease)).values(values).returning(sync_resources.c.run_id)
        found = self._database.execute(changed).one_or_none()
        if found is None:
            raise LeaseLost(_LOST)
        run_id: UUID = found.run_id
        return run_id

    def _change_run(self, run_id: UUID, values: dict[str, Any]) -> None:
        self._database.execute(update(sync_runs).where(sync_runs.c.id == run_id).values(values))


def _held(lease: Lease) -> ColumnElement[bool]:
    row = sync_resources.c
    return and_(
        row.connection_id == lease.connection_id,
        row.resource == lease.resource.value,
        row.lease_owner == lease.owner,
        row.lease_epoch == lease.epoch,
    )


def _due(at: datetime) -> ColumnElement[datetime]:
    """When a row is due that is given back: at this time, or when somebody asked meanwhile, if that is earlier."""
    nudged_at = sync_resources.c.nudged_at
    return case((nudged_at < at, nudged_at), else_=literal(at, nudged_at.type))


def _lease_values(lease: Lease, until: datetime) -> dict[str, object]:
    return {
        "of_connection": lease.connection_id,
        "of_resource": lease.resource.value,
        "owner": lease.owner,
        "epoch": lease.epoch,
        "until": until,
    }


def _failed(failure: Failure) -> dict[str, Any]:
    ended = {"status": RunStatus.FAILED.value, "finished_at": failure.at, "waiting_until": None}
    return {**ended, **failure_values(failure)}
