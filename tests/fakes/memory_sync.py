"""What is due and who works on it, in memory."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from operator import itemgetter
from uuid import uuid4

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
from domain.sync.schedule import HURRIED_FOR, SERVED_LATELY
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
            self._keep(_stirred(_well(row)))

    def due_now(self, connection_id: ConnectionId, resource: Resource, at: datetime) -> None:
        row = self._tables.resources.get((connection_id, resource))
        if row is None or row.next_run_at is None:
            return
        if row.lease_owner is not None:
            self._keep(replace(row, nudged_at=min(row.nudged_at or at, at)))
        else:
            self._keep(replace(row, next_run_at=min(row.next_run_at, at)))

    def restart(self, connection_id: ConnectionId, resource: Resource, due_at: datetime) -> None:
        row = self._tables.resources.get((connection_id, resource))
        if row is not None and _scheduled(row):
            epoch = row.lease_epoch + 1
            anew = replace(_given_back(_well(row)), cursor={}, next_run_at=due_at, lease_epoch=epoch)
            self._keep(_stirred(anew))

    def stop(self, connection_id: ConnectionId, failure: Failure) -> list[Run]:
        for row in list(self._tables.resources.values()):
            if row.connection_id == connection_id:
                epoch = row.lease_epoch + 1
                self._keep(replace(_given_back(row), next_run_at=None, set_aside_at=None, lease_epoch=epoch))
        mine = [run for run in self._tables.runs.values() if run.connection_id == connection_id]
        ended = [
            self._end(run, RunStatus.FAILED, failure.at, failure) for run in mine if run.status.under_way
        ]
        return sorted(ended, key=lambda run: run.resource)

    def request(self, connection_id: ConnectionId, resource: Resource, run: Run) -> Run:
        row = self._tables.resources.get((connection_id, resource))
        if row is None or not _scheduled(row):
            raise NotFound("This connection is not synced.")
        row = replace(_well(row) if row.set_aside_at else row, quiet=ASKED)
        open_run = self._open_run(row)
        if open_run is not None:
            self._keep(row)
            return open_run
        self._tables.runs[run.id] = run
        due_at = min(row.next_run_at or run.created_at, run.created_at)
        self._keep(replace(row, run_id=run.id, next_run_at=due_at))
        return run

    def claim(self, now: datetime, owner: str, until: datetime, limit: int) -> list[Task]:
        due: defaultdict[UserId, list[ResourceRow]] = defaultdict(list)
        for row in self._free_and_due(now):
            due[row.user_id].append(row)
        served = self._served(now)
        in_turn = [
            (not self._hurries(row, now), served[user_id] + place, _due_order(row), row)
            for user_id, rows in due.items()
            for place, row in enumerate(sorted(rows, key=self._begun_first))
        ]
        in_turn.sort(key=itemgetter(0, 1, 2))
        return [self._leased(row, now, owner, until) for *_place, row in in_turn[:limit]]

    def _free_and_due(self, now: datetime) -> Iterable[ResourceRow]:
        return [row for row in self._tables.resources.values() if self._is_due(row, now)]

    def _served(self, now: datetime) -> Counter[UserId]:
        return Counter(row.user_id for row in self._tables.resources.values() if _has_or_had(row, now))

    def _begun_first(self, row: ResourceRow) -> tuple[bool, tuple[datetime, ConnectionId, str]]:
        return (not self._is_begun(row), _due_order(row))

    def _hurries(self, row: ResourceRow, now: datetime) -> bool:
        used_at = self._tables.connections[row.connection_id].last_used_at
        is_fresh = used_at is not None and used_at > now - HURRIED_FOR
        return is_fresh and row.resource.hurries and self._is_begun(row)

    def _is_begun(self, row: ResourceRow) -> bool:
        run = self._open_run(row)
        return run is not None and run.started_at is not None

    def beat(self, leases: Sequence[Lease], until: datetime) -> None:
        for lease in leases:
            row = self._tables.resources.get((lease.connection_id, lease.resource))
            if row is not None and _holds(lease, row):
                self._keep(replace(row, lease_until=until))

    def hold(self, lease: Lease) -> int:
        return self._held(lease).quiet

    def advance(self, lease: Lease, cursor: Cursor, progress: Progress, until: datetime) -> None:
        row = self._held(lease)
        self._keep(replace(row, cursor=dict(cursor), lease_until=until, attempts=0))
        self._change_run(row, progress=progress)

    def park(self, lease: Lease, waiting_until: datetime) -> None:
        row = self._held(lease)
        self._keep(replace(_given_back(row), next_run_at=_due(row, waiting_until), attempts=0))
        self._change_run(row, status=RunStatus.WAITING, waiting_until=waiting_until)

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
        row = self._held(lease)
        done = replace(
            _given_back(_well(row)),
            cursor=dict(cursor),
            next_run_at=_due(row, next_run_at),
            quiet=quiet,
            synced_at=now,
            complete_until=complete_until or row.complete_until,
            complete_from=complete_from or row.complete_from,
        )
        self._keep(done)
        self._end(self._change_run(row, progress=progress), RunStatus.SUCCEEDED, now, None)

    def fail(
        self, lease: Lease, cursor: Cursor, failure: Failure, next_run_at: datetime | None, own: bool = False
    ) -> None:
        row = self._held(lease)
        failed = replace(
            _given_back(row),
            cursor=dict(cursor),
            next_run_at=None if next_run_at is None else _due(row, next_run_at),
            set_aside_at=failure.at if next_run_at is None else None,
            failures=row.failures + 1,
            faults=row.faults + own,
            attempts=0,
        )
        self._keep(failed)
        self._end(self._change_run(row), RunStatus.FAILED, failure.at, failure)

    def release(self, lease: Lease, due_at: datetime) -> None:
        row = self._held(lease)
        self._keep(replace(_given_back(row), next_run_at=_due(row, due_at), attempts=0))
        self._change_run(row, status=RunStatus.QUEUED, waiting_until=None)

    def failing(self, connection_id: ConnectionId) -> bool:
        rows = (self._tables.resources.get((connection_id, resource)) for resource in Resource)
        return any(row is not None and row.failures > 0 for row in rows)

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
            set_aside=run.error if run and row.set_aside_at else None,
            run_id=run.id if run else None,
            progress=run.progress if run and run.status.under_way else None,
            waiting_until=run.waiting_until if run else None,
            error=run.error if run else None,
            quiet=max(row.quiet, 0),
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
        leased = replace(
            row,
            lease_owner=owner,
            lease_epoch=epoch,
            lease_until=until,
            run_id=run.id,
            attempts=row.attempts + 1,
            nudged_at=None,
        )
        self._keep(leased)
        lease = Lease(row.connection_id, row.resource, owner, epoch)
        return Task(lease, row.user_id, row.cursor, run, row.failures, row.faults, leased.attempts)

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

    def _end(self, run: Run, status: RunStatus, at: datetime, failure: Failure | None) -> Run:
        ended = replace(run, status=status, finished_at=at, waiting_until=None, error=failure)
        self._tables.runs[run.id] = ended
        return ended


def _due_order(row: ResourceRow) -> tuple[datetime, ConnectionId, str]:
    return (row.next_run_at or _NEVER, row.connection_id, row.resource.value)


def _has_or_had(row: ResourceRow, now: datetime) -> bool:
    held = row.lease_until is not None and row.lease_until > now
    return held or (row.synced_at is not None and row.synced_at > now - SERVED_LATELY)


def _holds(lease: Lease, row: ResourceRow) -> bool:
    return (row.lease_owner, row.lease_epoch) == (lease.owner, lease.epoch)


def _given_back(row: ResourceRow) -> ResourceRow:
    return replace(row, lease_owner=None, lease_until=None, nudged_at=None)


def _well(row: ResourceRow) -> ResourceRow:
    return replace(row, failures=0, faults=0, attempts=0, set_aside_at=None)


def _stirred(row: ResourceRow) -> ResourceRow:
    return replace(row, quiet=min(row.quiet, 0))


def _scheduled(row: ResourceRow) -> bool:
    return row.next_run_at is not None or row.set_aside_at is not None


def _due(row: ResourceRow, at: datetime) -> datetime:
    return at if row.nudged_at is None else min(row.nudged_at, at)
