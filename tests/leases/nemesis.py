"""What happens to processes: they stand still for longer than their lease, they are killed, they are asked to leave."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from threading import Timer

from tests.leases.worker import Post, main

#: A process is made of one that has read all the code already: being born again takes no time.
_nursery = get_context("forkserver")
_nursery.set_forkserver_preload(["tests.leases.worker"])

_PAUSE = (0.1, 0.5)
#: So many always go on working.
_UNHARMED = 2
#: On a machine that is busy with other things, less happens in the same time: it goes on for so long at most.
_PATIENCE = 90.0
#: How often it strikes one that is just working, rather than anyone.
_AIMED = 0.8


@dataclass(frozen=True)
class Habits:
    """Kinds of harm, and how often one comes as compared with the others; for how many leases' time one stands still."""

    kinds: tuple[tuple[str, int], ...]
    standstill: tuple[float, float]


ALL_KINDS = Habits((("stop", 6), ("kill", 3), ("leave", 1)), (0.7, 2.2))
#: Nobody dies, everybody comes back too late.
SLEEP = Habits((("stop", 1),), (1.4, 2.2))


@dataclass
class Nemesis:
    """Has so many processes at work, and harms them by chance."""

    post: Post
    count: int
    lease_seconds: float
    chance: random.Random
    habits: Habits
    holders: Callable[[], list[str]]  # those who hold a lease or a claim now
    done: Counter[str] = field(default_factory=Counter)
    _processes: list[BaseProcess] = field(default_factory=list, repr=False)
    _still: dict[int, Timer] = field(default_factory=dict, repr=False)  # by process id: what will wake it

    def start(self) -> None:
        """All of them begin to work."""
        self._processes = [self._born() for _ in range(self.count)]

    def rage(self, seconds: float, enough: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
        """Trouble for so long, and on until there was enough of it; ``meanwhile`` is called between one and the next."""
        begun = time.monotonic()
        while (spent := time.monotonic() - begun) < seconds or (spent < seconds + _PATIENCE and not enough()):
            time.sleep(self.chance.uniform(*_PAUSE))
            self._strike()
            meanwhile()

    def calm(self) -> None:
        """Everybody is alive, and moves."""
        self._wake_all()
        self._replace_the_dead()

    def end(self) -> None:
        """Everybody is asked to leave, then nobody is left."""
        self._wake_all()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(10)
            process.kill()
            process.join()

    def _strike(self) -> None:
        # All dice are thrown whether they are needed or not, so that equal seeds bring equal harm.
        names, weights = zip(*self.habits.kinds, strict=True)
        (kind,) = self.chance.choices(names, weights)
        aimed, which = self.chance.random() < _AIMED, self.chance.random()
        still = self.chance.uniform(*self.habits.standstill) * self.lease_seconds
        self._replace_the_dead()
        target = self._target(aimed, which)
        if target is None:
            return
        self.done[kind] += 1
        if kind == "stop":
            _signal(target.pid, signal.SIGSTOP)
            # By a clock of its own: this thread may be waiting for a lock that the one who stands still has.
            waking = self._still[target.pid] = Timer(still, self._wake, (target.pid,))
            waking.start()
        elif kind == "kill":
            target.kill()
            target.join()
        else:
            target.terminate()

    def _target(self, aimed: bool, which: float) -> BaseProcess | None:
        moving = [each for each in self._processes if each.pid not in self._still and each.is_alive()]
        if len(moving) <= _UNHARMED:
            return None
        names = {name.split(":")[1] for name in self.holders()} if aimed else set()
        working = [each for each in moving if str(each.pid) in names]
        return (working or moving)[int(which * len(working or moving))]

    def _wake(self, pid: int) -> None:
        _signal(pid, signal.SIGCONT)
        self._still.pop(pid, None)

    def _wake_all(self) -> None:
        for pid, waking in list(self._still.items()):
            waking.cancel()
            self._wake(pid)

    def _replace_the_dead(self) -> None:
        self._processes = [each if each.is_alive() else self._born() for each in self._processes]

    def _born(self) -> BaseProcess:
        process = _nursery.Process(target=main, args=(self.post,), daemon=True)
        process.start()
        return process


def _signal(pid: int | None, number: signal.Signals) -> None:
    assert pid is not None
    with suppress(ProcessLookupError):  # it was asked to leave, and has just gone
        os.kill(pid, number)
