"""Threads that carry claimed work out: at most so many at once, and all of them gone soon after they are asked."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Lock, Thread, current_thread

from domain.acting import in_background
from domain.errors import PortsideError
from domain.operations.tracing import Span, Tracing, Unfollowed
from domain.sync.model import Lease, Task
from domain.sync.run import Runner
from domain.sync.shift import Shift
from entrypoints import logs

log = logging.getLogger(__name__)

#: Leases are prolonged this often, in seconds: several times in the life of one.
_BEAT_SECONDS = 4.0


class Workers:
    """Claims what is due while it has a free place, and works on it in threads of its own.

    It looks for due work with every tick, and while there is more than it has places for, as soon as some are free.
    """

    def __init__(
        self,
        shift: Shift,
        runner: Runner,
        places: int,
        stopping: Event,
        beat_seconds: float = _BEAT_SECONDS,
        tracing: Tracing | None = None,
    ) -> None:
        self._shift = shift
        self._runner = runner
        self._places = places
        self._stopping = stopping
        self._beat_seconds = beat_seconds
        self._tracing = tracing or Unfollowed()
        self._lock = Lock()
        self._busy: dict[Thread, Lease | None] = {}  # None: its run is over, its place is free
        self._filling = Lock()
        self._more = False  # the last look found as much as there was place for
        self._last_beat = time.monotonic()

    def tick(self) -> None:
        """Prolong the leases of what is under way, and fill the free places with what is due."""
        leases = self._leases()
        if leases and time.monotonic() - self._last_beat >= self._beat_seconds:
            self._shift.beat(leases)
            self._last_beat = time.monotonic()
        self._fill()

    def wait(self, seconds: float) -> bool:
        """Wait for the threads to finish, all together; says whether they have."""
        deadline = time.monotonic() + seconds
        # Somebody may just be claiming: those threads are yet to come.
        if not self._filling.acquire(timeout=seconds):
            return False
        self._filling.release()
        while (threads := self._threads()) and time.monotonic() < deadline:
            threads[0].join(max(0.0, deadline - time.monotonic()))
        return not threads

    def _fill(self, at_least: int = 1) -> None:
        """Take as much of what is due as there are free places, if there are so many."""
        with self._filling:
            free = self._places - len(self._leases())
            if free < max(at_least, 1) or self._stopping.is_set():
                return
            tasks = self._shift.claim(free)
            self._more = len(tasks) == free
            for task in tasks:
                self._begin(task)

    def _begin(self, task: Task) -> None:
        # Daemons, because a thread that hangs in a call must not keep the process from ending: its lease runs out.
        thread = Thread(target=self._work, args=(task,), name=f"run-{task.run.id}", daemon=True)
        with self._lock:
            self._busy[thread] = task.lease
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads to give: the lease runs out, and others have it
            with self._lock:
                del self._busy[thread]
            raise

    def _work(self, task: Task) -> None:
        ids = {"run_id": task.run.id, "connection_id": task.lease.connection_id, "user_id": task.user_id}
        with (
            logs.bind(**ids),
            in_background(),
            self._followed(task) as span,
            logs.bind(trace_id=span.trace_id),
        ):
            self._runner.run(task, self._stopping.is_set)
        with self._lock:
            self._busy[current_thread()] = None
        if self._more:
            # Where a queue is waiting, free places don't wait for the next tick; a look for one alone costs too much.
            unless_away(lambda: self._fill(at_least=self._places // 4))()

    def _followed(self, task: Task) -> AbstractContextManager[Span]:
        resource = task.lease.resource.value
        facts = {"portside.resource": resource, "portside.run_id": str(task.run.id)}
        facts |= {"portside.connection_id": str(task.lease.connection_id)}
        return self._tracing.span(f"sync {resource}", facts)

    def _leases(self) -> list[Lease]:
        with self._lock:
            # A thread is in here before it is started.
            alive = {
                each: lease for each, lease in self._busy.items() if each.is_alive() or each.ident is None
            }
            self._busy = alive
            return [lease for lease in alive.values() if lease is not None]

    def _threads(self) -> list[Thread]:
        with self._lock:
            return [thread for thread in self._busy if thread.is_alive()]


def heard(job: Callable[[], object]) -> Callable[[], None]:
    """A job that reads a queue: why it can't be read is one line, for an operator to mend."""

    def run() -> None:
        try:
            job()
        except PortsideError as error:
            log.warning("the notifications queue could not be read: %s", error)

    return run


def unless_away(job: Callable[[], object]) -> Callable[[], None]:
    """A job of the clock, done in the background: an error is logged, and the next tick tries again."""

    def run() -> None:
        try:
            with in_background():
                job()
        except Exception:
            log.exception("a scheduled job failed; it is tried again with the next tick")

    return run
