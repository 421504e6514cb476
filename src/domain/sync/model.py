"""What is synced, how far, and each attempt at it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.channels.table import Resource as Resource  # noqa: PLC0414 - a sync's own word, told on
from domain.connections.model import ConnectionId, Failure
from domain.users.model import UserId

RunId = NewType("RunId", UUID)

#: Instead of a number of quiet runs: somebody has asked since a run was last good, and waits to hear of the next end.
ASKED = -1

#: How far a resource is; plain JSON values, of which only that resource knows the meaning.
Cursor = Mapping[str, object]


class RunStatus(StrEnum):
    """Where an attempt stands."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"  # for a usage plan
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def under_way(self) -> bool:
        """Whether this attempt will still do something."""
        return self in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)


@dataclass(frozen=True)
class Progress:
    """How much of a run is done. ``total_estimate`` counts records, and is a guess.

    ``changed`` counts the records that were new, or other than what was kept.
    """

    pages: int = 0
    records: int = 0
    total_estimate: int | None = None
    changed: int = 0

    def after(self, records: int, estimate: int | None, to_come: int | None = None) -> "Progress":
        """With one more page; a new estimate, of all or of what is still to come, replaces the old one.

        There are never fewer in all than have come already.
        """
        records += self.records
        if to_come is not None:
            estimate = records + to_come
        elif estimate is None:
            estimate = self.total_estimate
        total = None if estimate is None else max(estimate, records)
        return replace(self, pages=self.pages + 1, records=records, total_estimate=total)


@dataclass(frozen=True)
class Run:
    """One attempt to bring one resource of one connection up to date."""

    id: RunId
    connection_id: ConnectionId
    user_id: UserId
    resource: Resource
    status: RunStatus
    progress: Progress
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    waiting_until: datetime | None = None
    error: Failure | None = None


@dataclass(frozen=True)
class Lease:
    """The right to work on one resource. A commit under an older epoch than the row's is refused."""

    connection_id: ConnectionId
    resource: Resource
    owner: str
    epoch: int


@dataclass(frozen=True)
class Task:
    """Claimed work: the lease, where to go on, and the run it belongs to."""

    lease: Lease
    user_id: UserId
    cursor: Cursor
    run: Run
    failures: int  # runs that failed in a row before this one
    faults: int = 0  # those of them that were the work's own
    attempts: int = 1  # claims since a page was last kept, this one included


@dataclass(frozen=True)
class ResourceState:
    """How one resource of one connection is doing, for screens."""

    connection_id: ConnectionId
    resource: Resource
    status: RunStatus | None  # of the latest run; None before the first
    last_run_at: datetime | None  # when the latest run ended
    next_run_at: datetime | None  # None: stopped, or set aside
    records: int  # of the latest run
    synced_at: datetime | None  # when a run last succeeded
    complete_until: datetime | None
    set_aside: Failure | None = None  # since when it is not tried any more, and why
    run_id: RunId | None = None  # the latest run; None before the first
    progress: Progress | None = None  # of the latest run, while it is under way
    waiting_until: datetime | None = None  # while it waits
    error: Failure | None = None  # the latest run's
    quiet: int = 0  # good runs in a row that brought nothing new
