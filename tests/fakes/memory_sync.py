"""What is due and who works on it, in memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from domain.connections.model import ConnectionId, Failure
from domain.errors import LeaseLost, NotFound
from domain.sync.model import (
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
from tests.fakes.memory_store import ResourceRow, Tables

_NEVER = datetime.max.replace(tzinfo=UTC)


class MemorySyncBook:
    """One row per connection and resource, and all runs."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def ensure(
        self, connection_id: ConnectionId, user_id: UserId, resources: Sequence[Resource], due_at: datetime
    ) -> None:
        for resource in resources:
            row = self._tables.resources.get((connection_id, resource))
            if row is None:
                row = ResourceRow(connection_id, resource, user_id, {}, due_at)
            elif row.lease_owner is None:
                row = replace(row, next_run_at=min(row.next_run_at or due_at, due_at))
            self._keep(replace(row, failures=0))

    def restart(self, connection_id: ConnectionId, resource: Resource, due_at: datetime) -> None:
        row = self._tables.resources.get((connection_id, resource))
        if row is not None and row.next_run_at is not None:
            epoch = row.lease_epoch + 1
            self._keep(replace(_given_back(row), cursor={}, next_run_at=due_at, lease_epoch=epoch))

    def stop(self, connection_id: ConnectionId, failure: Failure) -> None:
        for row in list(self._tables.resources.values()):
            if row.connection_id == connection_id:
                voided = replace(_given_back(row), next_run_at=None, lease_epoch=row.lease_epoch + 1)
                self._keep(voided)
        for run in list(self._tables.runs.values()):
            if run.connection_id == connection_id and run.status.under_way:
                self._end(run, RunStatus.FAILED, failure.at, failure)

    def request(self, connection_id: ConnectionId, resource: Resource, run: Run) -> Run:
        row = self._tables.resources.get((connection_id, resource))
        if row is None or row.next_run_at is None:
            raise NotFound("This connection is not synced.")
        open_run = self._open_run(row)
        if open_run is not None:
            return open_run
        self._tables.runs[run.id] = run
        self._keep(replace(row, run_id=run.id, next_run_at=min(row.next_run_at, run.created_at)))
        return run

    def claim(self, now: datetime, owner: str, until: datetime, limit: int) -> list[Task]:
        due = sorted(
            (row for row in self._tables.resources.values() if self._is_due(row, now)), key=_due_order
        )
        turns = Counter(
            row.user_id
            for row in self._tables.resources.values()
            if row.lease_until is not None and row.lease_until > now
        )
        in_turn = []
        for row in due:
            in_turn.append((turns[row.user_id], row))
            turns[row.user_id] += 1
        in_turn.sort(key=lambda pair: pair[0])  # stable: within a turn the oldest stays first
        return [self._leased(row, now, owner, until) for _turn, row in in_turn[:limit]]

    def beat(self, leases: Sequence[Lease], until: datetime) -> None:
        for lease in leases:
            row = self._tables.resources.get((lease.connection_id, lease.resource))
            if row is not None and _holds(lease, row):
                self._keep(replace(row, lease_until=until))

    def advance(self, lease: Lease, cursor: Cursor, progress: Progress, until: datetime) -> None:
        row = self._held(lease)
        self._keep(replace(row, cursor=dict(cursor), lease_until=until))
        self._change_run(row, progress=progress)

    def park(self, lease: Lease, waiting_until: datetime) -> None:
        row = self._held(lease)
        self._keep(replace(_given_back(row), next_run_at=waiting_until))
        self._change_run(row, status=RunStatus.WAITING, waiting_until=waiting_until)

    def finish(
        self,
        lease: Lease,
        cursor: Cursor,
        progress: Progress,
        now: datetime,
        next_run_at: datetime,
        complete_until: datetime | None,
    ) -> None:
        row = self._held(lease)
        done = replace(
            _given_back(row),
            cursor=dict(cursor),
            next_run_at=next_run_at,
            failures=0,
            synced_at=now,
            complete_until=complete_until or row.complete_until,
        )
        self._keep(done)
        self._end(self._change_run(row, progress=progress), RunStatus.SUCCEEDED, now, None)

    def fail(self, lease: Lease, cursor: Cursor, failure: Failure, next_run_at: datetime) -> None:
        row = self._held(lease)
        failures = row.failures + 1
        self._keep(replace(_given_back(row), cursor=dict(cursor), next_run_at=next_run_at, failures=failures))
        self._end(self._change_run(row), RunStatus.FAILED, failure.at, failure)

    def release(self, lease: Lease, due_at: datetime) -> None:
        row = self._held(lease)
        self._keep(replace(_given_back(row), next_run_at=due_at))
        self._change_run(row, status=RunStatus.QUEUED, waiting_until=None)

    def failing(self, connection_id: ConnectionId) -> bool:
        rows = self._tables.resources.values()
        return any(row.connection_id == connection_id and row.failures > 0 for row in rows)

    def run(self, user_id: UserId, run_id: RunId) -> Run:
        run = self._tables.runs.get(run_id)
        if run is None or run.user_id != user_id or not self._still_there(run.connection_id):
            raise NotFound("There is no such run.")
        return run

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
        chosen = [
            run
            for run in self._tables.runs.values()
            if run.user_id == user_id
            and self._still_there(run.connection_id)
            and connection_id in (None, run.connection_id)
            and resource in (None, run.resource)
            and status in (None, run.status)
            and (before is None or (run.created_at, run.id) < before)
        ]
        return sorted(chosen, key=lambda run: (run.created_at, run.id), reverse=True)[:limit]

    def states(self, user_id: UserId) -> list[ResourceState]:
        kept = self._tables.resources.values()
        rows = [row for row in kept if row.user_id == user_id and self._still_there(row.connection_id)]
        connected_at = {one.id: one.connected_at for one in self._tables.connections.values()}
        rows.sort(key=lambda row: (connected_at[row.connection_id], row.connection_id, row.resource.value))
        return [self._state(row) for row in rows]

    def _still_there(self, connection_id: ConnectionId) -> bool:
        return self._tables.connections[connection_id].erasing_at is None

    def _state(self, row: ResourceRow) -> ResourceState:
        run = self._tables.runs[row.run_id] if row.run_id else None
        return ResourceState(
            connection_id=row.connection_id,
            resource=row.resource,
            status=run.status if run else None,
            last_run_at=run.finished_at if run else None,
            next_run_at=row.next_run_at,
            records=run.progress.records if run else 0,
            synced_at=row.synced_at,
            complete_until=row.complete_until,
        )

    def _is_due(self, row: ResourceRow, now: datetime) -> bool:
        connection = self._tables.connections.get(row.connection_id)
        free = row.lease_until is None or row.lease_until <= now
        due = row.next_run_at is not None and row.next_run_at <= now
        return due and free and connection is not None and connection.status.usable

    def _leased(self, row: ResourceRow, now: datetime, owner: str, until: datetime) -> Task:
        run = self._open_run(row) or Run(
            RunId(uuid4()),
            row.connection_id,
            row.user_id,
            row.resource,
            RunStatus.QUEUED,
            Progress(),
            now,
        )
        run = replace(run, status=RunStatus.RUNNING, started_at=run.started_at or now, waiting_until=None)
        self._tables.runs[run.id] = run
        epoch = row.lease_epoch + 1
        self._keep(replace(row, lease_owner=owner, lease_epoch=epoch, lease_until=until, run_id=run.id))
        lease = Lease(row.connection_id, row.resource, owner, epoch)
        return Task(lease, row.user_id, row.cursor, run, row.failures)

    def _open_run(self, row: ResourceRow) -> Run | None:
        run = self._tables.runs.get(row.run_id) if row.run_id else None
        return run if run is not None and run.status.under_way else None

    def _held(self, lease: Lease) -> ResourceRow:
        row = self._tables.resources.get((lease.connection_id, lease.resource))
        if row is None or not _holds(lease, row):
            raise LeaseLost("Another worker has taken this over.")
        return row

    def _keep(self, row: ResourceRow) -> None:
        self._tables.resources[row.connection_id, row.resource] = row

    def _change_run(self, row: ResourceRow, **changes: object) -> Run:
        """A row that is held has a run: claiming made it."""
        assert row.run_id is not None
        # mypy can't follow keyword names into replace(); the callers name fields of Run.
        run = replace(self._tables.runs[row.run_id], **changes)  # type: ignore[arg-type]
        self._tables.runs[run.id] = run
        return run

    def _end(self, run: Run, status: RunStatus, at: datetime, failure: Failure | None) -> None:
        ended = replace(run, status=status, finished_at=at, waiting_until=None, error=failure)
        self._tables.runs[run.id] = ended


def _due_order(row: ResourceRow) -> tuple[datetime, ConnectionId, str]:
    return (row.next_run_at or _NEVER, row.connection_id, row.resource.value)


def _holds(lease: Lease, row: ResourceRow) -> bool:
    return (row.lease_owner, row.lease_epoch) == (lease.owner, lease.epoch)


def _given_back(row: ResourceRow) -> ResourceRow:
    return replace(row, lease_owner=None, lease_until=None)
