"""One claimed run, page by page: fetch, then keep the page, its figures, the cursor and the progress together."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.clock import Clock
from domain.connections.health import Health
from domain.connections.model import Connection
from domain.connections.participations import Memberships
from domain.errors import LeaseLost, RateLimited, ReauthorizationRequired, Unavailable, UsagePlanEmpty
from domain.events.model import Event
from domain.gateway.ports import Chance
from domain.sync.failures import failure_of
from domain.sync.model import Cursor, Progress, Resource, Task
from domain.sync.ports import SyncWork
from domain.sync.schedule import next_run, next_try
from domain.sync.steps import Puller, Step

log = logging.getLogger(__name__)


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

    def run(self, task: Task, stopping: Callable[[], bool]) -> None:
        """Work on the task. Never raises: whatever happens is kept with the run, or the lease is somebody else's."""
        try:
            self._pages(task, stopping)
        except LeaseLost:
            log.warning("lease lost, what was not committed is dropped", extra=_about(task))
        except Unavailable:
            log.warning(
                "the database is away; the lease runs out by itself", exc_info=True, extra=_about(task)
            )

    def _pages(self, task: Task, stopping: Callable[[], bool]) -> None:
        cursor, progress = task.cursor, task.run.progress
        puller = self.pullers[task.lease.resource]
        try:
            steps = puller.steps(self._connection(task), cursor, self.clock.now)
            while True:
                if stopping():
                    return self._release(task)
                step = next(steps)
                progress = self._keep(task, step, progress.after(step.records, step.total_estimate))
                # Only now: a page that could not be kept has to be fetched again.
                cursor = step.cursor
                if step.again_at is not None:
                    return self._park(task, step.again_at)
                if step.finished:
                    return None
        except UsagePlanEmpty as error:
            self._park(task, error.until)
        except RateLimited as error:
            self._park(task, self.clock.now() + timedelta(seconds=error.retry_after))
        except LeaseLost:
            raise
        except Unavailable:
            self._release(task)
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
            if step.finished:
                due = step.next_at or next_run(now, self.interval, self.chance)
                work.sync.finish(task.lease, step.cursor, progress, now, due, step.complete_until)
            else:
                work.sync.advance(task.lease, step.cursor, progress, now + self.lease_time)
            step.save(work)
            work.connections.touch(task.lease.connection_id, now)
            if step.finished:
                work.connections.synced(
                    task.lease.connection_id, now, work.sync.failing(task.lease.connection_id)
                )
            work.outbox.append(self._event(task, "completed" if step.finished else "progress", progress, now))
            work.commit()
        return progress

    def _park(self, task: Task, until: datetime) -> None:
        with self.work() as work:
            work.sync.park(task.lease, until)
            work.commit()
        log.info("run waits for a usage plan", extra={**_about(task), "waiting_until": until.isoformat()})

    def _release(self, task: Task) -> None:
        with self.work() as work:
            work.sync.release(task.lease, self.clock.now())
            work.commit()

    def _fail(self, task: Task, cursor: Cursor, progress: Progress, error: Exception) -> None:
        now = self.clock.now()
        failure = failure_of(error, now)
        expected = failure.code != "internal_error"
        log.warning(
            "run failed: %s", failure.message, exc_info=None if expected else error, extra=_about(task)
        )
        due = next_try(now, self.interval, task.failures + 1, self.chance)
        with self.work() as work:
            work.sync.fail(task.lease, cursor, failure, due)
            work.connections.degraded(task.lease.connection_id, failure)
            work.outbox.append(self._event(task, "failed", progress, now))
            work.commit()

    def _event(self, task: Task, what: str, progress: Progress, now: datetime) -> Event:
        data = {
            "run_id": str(task.run.id),
            "connection_id": str(task.lease.connection_id),
            "resource": task.lease.resource.value,
            "pages": progress.pages,
            "records": progress.records,
            "total_estimate": progress.total_estimate,
        }
        return Event(task.user_id, f"sync.{what}", now, data)


def _about(task: Task) -> dict[str, object]:
    return {
        "run_id": str(task.run.id),
        "connection_id": str(task.lease.connection_id),
        "resource": task.lease.resource.value,
    }
