"""Live events on a log in memory, and people who write and listen."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from uuid import uuid4

from adapters.system import SystemStopwatch
from domain.events.listener import Limits, Listener
from domain.events.live import Live
from domain.events.model import Event, Kept, Message
from domain.events.ports import Line
from domain.users.model import UserId
from tests.fakes.chance import EvenChance
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW

PATIENCE = 10.0


def somebody() -> UserId:
    return UserId(uuid4())


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.002)


@dataclass
class Desk:
    """``ringing``: whoever writes rings, as the real work does; else the log is only looked at now and then."""

    limits: Limits = field(default_factory=Limits)
    ringing: bool = True
    store: MemoryStore = field(default_factory=MemoryStore)
    live: Live = field(init=False)

    def __post_init__(self) -> None:
        self.live = Live(self.look, (), SystemStopwatch(), EvenChance(), self.limits)

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    def write(self, user_id: UserId, number: int = 1, ringing: bool = True) -> list[int]:
        """So many events, each in a transaction of its own; their ids."""
        ids = []
        for _ in range(number):
            with MemoryWork(self.store) as work:
                work.outbox.append(Event(user_id, "sync.progress", NOW, {}))
                work.commit()
                ids.append(work.events.span()[1])
            if ringing:
                self.live.ring()
        return ids

    def forget_all(self) -> None:
        with MemoryWork(self.store) as work:
            work.outbox.forget_before(NOW.replace(year=2100))
            work.commit()

    def join(
        self,
        user_id: UserId,
        since: int | None = None,
        welcome: Callable[[], bool] = lambda: True,
        line: Line | None = None,
    ) -> Listener:
        return self.live.join(user_id, since, welcome, line)


@dataclass
class Reader:
    """Somebody who listens in a thread of their own."""

    listener: Listener
    heard: list[Message] = field(default_factory=list)
    _thread: Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def ids(self) -> list[int]:
        """Of the events."""
        return [message.id for message in tuple(self.heard) if isinstance(message, Kept)]

    def wait_for(self, number: int) -> None:
        """Until so many events have been heard."""
        until(lambda: len(self.ids) == number)

    def gone(self) -> bool:
        """Whether the stream has ended."""
        return not self._thread.is_alive()

    def _read(self) -> None:
        with suppress(GeneratorExit):
            for message in self.listener.messages():
                self.heard.append(message)
