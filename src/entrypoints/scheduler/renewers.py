"""Threads that renew access tokens ahead of time: few of them, and a bounded number of tokens a tick."""

import time
from collections.abc import Sequence
from threading import Event, Thread

from domain.tokens.model import DueClaim
from domain.tokens.renewals import Renewals
from entrypoints.scheduler.workers import unless_away

_THREADS = 4
#: What one thread takes with it at a tick. All threads together are the pace at which a backlog goes down.
_EACH = 8


class Renewers:
    """Fills its free threads with due tokens. Whoever needs a token at once does not come this way."""

    def __init__(
        self, renewals: Renewals, stopping: Event, threads: int = _THREADS, each: int = _EACH
    ) -> None:
        self._renewals = renewals
        self._stopping = stopping
        self._places = threads
        self._each = each
        self._busy: list[Thread] = []

    def tick(self) -> None:
        """Claim as much as there are free threads for, and share it out among them."""
        self._busy = [thread for thread in self._busy if thread.is_alive()]
        free = self._places - len(self._busy)
        if free <= 0 or self._stopping.is_set():
            return
        due = self._renewals.claim(free * self._each)
        for number in range(min(free, len(due))):
            self._begin(due[number::free])

    def wait(self, seconds: float) -> bool:
        """Wait for the threads to finish, all together; says whether they have."""
        deadline = time.monotonic() + seconds
        for thread in self._busy:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._busy)

    def _begin(self, due: Sequence[DueClaim]) -> None:
        renew = unless_away(lambda: self._renewals.carry_out(due, self._stopping.is_set))
        # A daemon, because a thread that hangs in an exchange must not keep the process from ending.
        thread = Thread(target=renew, name="renewals", daemon=True)
        self._busy.append(thread)
        thread.start()
