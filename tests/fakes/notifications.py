"""A queue of Amazon's notifications, in memory."""

from collections.abc import Callable
from itertools import count

from domain.credentials.ports import Notice


class MemoryQueue:
    """Hands every message out until it is deleted; with ``reappear`` those that were handed out come again.

    ``before_deleting`` is called when a message is about to go, so that a test can have the process end there.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, str] = {}
        self._out: set[str] = set()
        self._receipts = count(1)
        self.before_deleting: Callable[[], None] = _nothing

    def put(self, *bodies: str) -> None:
        """Amazon sends these."""
        for body in bodies:
            self.waiting[f"receipt-{next(self._receipts)}"] = body

    def reappear(self) -> None:
        """Nobody has deleted them in time: they are handed out once more."""
        self._out.clear()

    def receive(self) -> list[Notice]:
        found = [Notice(receipt, body) for receipt, body in self.waiting.items() if receipt not in self._out]
        self._out |= {notice.receipt for notice in found}
        return found

    def done(self, receipt: str) -> None:
        self.before_deleting()
        del self.waiting[receipt]


def _nothing() -> None:
    """What happens before a message goes, unless a test says otherwise."""
