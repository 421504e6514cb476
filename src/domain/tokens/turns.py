"""Turns: threads that want the same thing come one after the other, those that want different things don't meet."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID


@dataclass
class _Queue:
    lock: Lock = field(default_factory=Lock)
    people: int = 0  # who has the turn, and who waits for it


class Turns:
    """One queue a connection, for as long as somebody stands in it."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._queues: dict[UUID, _Queue] = {}

    def __len__(self) -> int:
        """How many queues there are at the moment."""
        with self._guard:
            return len(self._queues)

    @contextmanager
    def of(self, connection_id: UUID) -> Iterator[None]:
        """Wait for the turn; it is over when the block ends."""
        with self._guard:
            queue = self._queues.setdefault(connection_id, _Queue())
            queue.people += 1
        try:
            with queue.lock:
                yield
        finally:
            with self._guard:
                queue.people -= 1
                if queue.people == 0:
                    del self._queues[connection_id]
