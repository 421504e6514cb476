"""One claimed run, page by page: fetch, then keep the page, its figures, the cursor and the progress together."""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.connections.deeds import connection_changed
from domain.connections.health import Health
from domain.connections.model import Connection, ConnectionStatus, Failure
from domain.connections.participations import Memberships
from domain.errors import LeaseLost, RateLimited, ReauthorizationRequired, Unavailable, UsagePlanEmpty
from domain.gateway.ports import Chance
from domain.sync.failures import begun_in_vain, failure_of, is_own
from domain.sync.model import ASKED, Cursor, Progress, Resource, Task
from domain.sync.news import told
from domain.sync.ports import SyncWork
from domain.sync.schedule import (
    ATTEMPTS_AT_MOST,
    FAULTS_AT_MOST,
    next_run,
    next_try,
    pace,
    phase,
)
from domain.sync.steps import Puller, Step

log = logging.getLogger(__name__)

#: What could not be kept, for a reason that passes, is tried again after such a while.
_BREATHER = timedelta(seconds=10)

#: Rounds over chores, most of which find nothing to do.
_BACK_OFFICES = (Resource.REPORTS, Resource.ADS)


def _uncounted(resource: Resource, outcome: str) -> None:
    """Nobody counts what becomes of the runs."""


@dataclass(frozen=True)
class Runner:
    """Carries claimed tasks out, each until it ends, has to wait, or the process is asked to leave."""

    work: Callable[[], SyncWork]
    look: Callable[[], SyncWork]  # the same, for reading only
    pullers: Mapping[Resource, Puller]
    memberships: Memberships
    health: Health
    clock: Clock
    chance: Chance
    interval: timedelta
    lease_time: timedelta
    #: Told what became of a task, once that is kept: ``succeeded``, ``waiting``, ``failed``, ``set_aside``,
    #: ``given_back``, or ``lost``.
    ended: Callable[[Resource, str], None] = _uncounted

    def run(self, task: Task, stopping: Callable[[], bool]) -> None:
        """Work on the task. Never raises: whatever happens is kept with the run, or the lease is somebody else's."""
        try:
            self._pages(task, stopping)
        except LeaseLost:
            self.ended(task.lease.resource, "lost")
            log.warning("lease lost, what was not committed is dropped", extra=_about(task))
        except Unavailable:
            log.warning(
                "the database is away; the lease runs out by itself", exc_info=True, extra=_about(task)
            )

    def _pages(self, task: Task, stopping: Callable[[], bool]) -> None:
        if task.attempts > ATTEMPTS_AT_MOST:
            return self._set_aside(task)
        cursor, progress = task.cursor, task.run.progress
        puller = self.pullers[task.lease.resource]
        try:
            with _closed(puller.steps(self._connection(task), cursor, self.clock.now), task) as steps:
                while True:
                    if stopping():
                        return self._release(task)
                    step = _drawn(steps, task)
                    progress = self._keep(
                        task, step, progress.after(step.records, step.total_estimate, step.to_come)
                    )
                    # Only now: a page that could not be kept has to be fetched again.
                    cursor = step.cursor
                    if step.finished or step.again_at is not None:
                        return None
        except UsagePlanEmpty as error:
            self._park(task, error.until)
        except RateLimited as error:
            self._park(task, self.clock.now() + timedelta(seconds=error.retry_after))
        except LeaseLost:
            raise
        except Unavailable:
            # Somebody who waits for a lock or a token would fetch the same page in vain, again and again.
            self._release(task, timedelta(0) if stopping() else _BREATHER)
        except ReauthorizationRequired as error:
            # Tried against the lease first: a seller who has renewed the consent meanwhile is not revoked again.
            self._release(task)
            self.health.revoked(task.lease.connection_id, str(error))
        except Exception as error:  # noqa: BLE001 - a run never takes its worker along; what it was is kept
            self._fail(task, puller.after_failure(cursor, error), progress, error)

    def _connection(self, task: Task) -> Connection:
        with self.look() as work:
            connection = work.connections.by_id(task.lease.connection_id)
        if task.lease.resource is Resource.ORDERS:
            return self.memberships.refreshed_daily(connection)
        return connection

    def _keep(self, task: Task, step: Step, progress: Progress) -> Progress:
        """Commit the step; returns the progress with what it changed."""
        now = self.clock.now()
        with self.work() as work:
            # The lease is tried first: its row stays locked until the commit, so no newer holder writes meanwhile.
            quiet = work.sync.hold(task.lease)
            changed = step.save(work)
            progress = replace(progress, changed=progress.changed + changed)
            work.connections.touch(task.lease.connection_id, now)
            work.figures.changed(task.user_id)
            if step.finished:
                self._finish(work, task, step, progress, quiet, now)
            else:
                # The lease runs from here: no beat came through while the page was being written.
                until = self.clock.now() + self.lease_time
                work.sync.advance(task.lease, step.cursor, progress, until)
                if step.records or changed:
                    work.outbox.append(told(task.run, "progress", progress, now))
            if step.again_at is not None:
                work.sync.park(task.lease, step.again_at)
            work.commit()
        if step.finished:
            self.ended(task.lease.resource, "succeeded")
        if step.again_at is not None:
            self._waits(task, step.again_at)
        return progress

    def _finish(
        self, work: SyncWork, task: Task, step: Step, progress: Progress, quiet: int, now: datetime
    ) -> None:
        lease, asked = task.lease, quiet == ASKED
        quiet = 0 if progress.changed else max(quiet, 0) + 1
        due = step.next_at or next_run(
            now, pace(self.interval, quiet), phase(lease.connection_id, lease.resource)
        )
        work.sync.finish(
            lease, step.cursor, progress, now, due, step.complete_until, quiet, step.complete_from
        )
        # A look at the reports makes no order and no level of stock any younger.
        synced_at = None if lease.resource is Resource.REPORTS else now
        failing = work.sync.failing(lease.connection_id)
        if work.connections.synced(lease.connection_id, synced_at, failing):
            status = ConnectionStatus.CONNECTED
            work.outbox.append(connection_changed(task.user_id, lease.connection_id, status, now))
        # A look at the chores that found none to do is no news, unless somebody has asked for it and waits; for the
        # others a user may wait without having asked.
        if asked or lease.resource not in _BACK_OFFICES or progress.records or progress.changed:
            work.outbox.append(told(task.run, "completed", progress, now))

    def _park(self, task: Task, until: datetime) -> None:
        with self.work() as work:
            work.sync.park(task.lease, until)
            work.commit()
        self._waits(task, until)

    def _waits(self, task: Task, until: datetime) -> None:
        self.ended(task.lease.resource, "waiting")
        log.info("run waits", extra={**_about(task), "waiting_until": until.isoformat()})

    def _release(self, task: Task, pause: timedelta = timedelta(0)) -> None:
        with self.work() as work:
            work.sync.release(task.lease, self.clock.now() + pause)
            work.commit()
        self.ended(task.lease.resource, "given_back")

    def _fail(self, task: Task, cursor: Cursor, progress: Progress, error: Exception) -> None:
        now = self.clock.now()
        failure = failure_of(error, now)
        expected = failure.code != "internal_error"
        log.warning(
            "run failed: %s", failure.message, exc_info=None if expected else error, extra=_about(task)
        )
        own = is_own(error)
        due = None
        if not own or task.faults + 1 < FAULTS_AT_MOST:
            due = next_try(now, self.interval, task.failures + 1, self.chance)
        self._keep_failure(task, cursor, progress, failure, due, own)

    def _set_aside(self, task: Task) -> None:
        failure = begun_in_vain(task.attempts - 1, self.clock.now())
        self._keep_failure(task, task.cursor, task.run.progress, failure, None, own=True)

    def _keep_failure(
        self,
        task: Task,
        cursor: Cursor,
        progress: Progress,
        failure: Failure,
        due: datetime | None,
        own: bool,
    ) -> None:
        with self.work() as work:
            work.sync.fail(task.lease, cursor, failure, due, own)
            connection_id = task.lease.connection_id
            if work.connections.degraded(connection_id, failure):
                status = ConnectionStatus.DEGRADED
                work.outbox.append(connection_changed(task.user_id, connection_id, status, failure.at))
            work.figures.changed(task.user_id)
            work.outbox.append(told(task.run, "failed", progress, failure.at))
            work.commit()
        self.ended(task.lease.resource, "failed" if due is not None else "set_aside")
        if due is None:
            log.error("work is set aside until somebody asks: %s", failure.message, extra=_about(task))


@contextmanager
def _closed(steps: Iterator[Step], task: Task) -> Iterator[Iterator[Step]]:
    """Close the steps whatever happens: they may hold a stream open. That they can't be closed undoes nothing."""
    try:
        yield steps
    finally:
        if isinstance(steps, Generator):
            try:
                steps.close()
            except Exception:
                log.exception("the steps of a run could not be closed", extra=_about(task))


def _drawn(steps: Iterator[Step], task: Task) -> Step:
    """The next step.

    Raises:
        RuntimeError: there is none, though the one before was not the last.
    """
    step = next(steps, None)
    if step is None:
        name = task.lease.resource.value
        raise RuntimeError(f"The steps of {name} came to an end, and none of them said that it was the last.")
    return step


def _about(task: Task) -> dict[str, object]:
    return {
        "run_id": str(task.run.id),
        "connection_id": str(task.lease.connection_id),
        "resource": task.lease.resource.value,
    }
