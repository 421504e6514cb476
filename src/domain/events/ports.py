"""What the events' subject asks of the world."""

from datetime import datetime
from typing import Protocol

from domain.events.model import Event


class Outbox(Protocol):
    """Events are written in the transaction of the change they tell of, so none is told that did not happen."""

    def append(self, event: Event) -> None:
        """Keep an event; ids grow in the order of writing."""

    def forget_before(self, moment: datetime) -> int:
        """Drop events older than ``moment``; returns how many."""
