"""One step of a run: fetch a page, then say what to write. Nothing is written while anything is fetched."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.connections.model import Connection
from domain.sync.model import Cursor
from domain.sync.ports import SyncWork


@dataclass(frozen=True)
class Step:
    """What a page brought. ``save`` writes it into the open transaction; cursor and progress go in with it.

    ``total_estimate`` is ``None`` where there is no better guess than before. ``complete_until`` is set by the step
    that proves the data complete until then.
    """

    cursor: Cursor
    records: int
    save: Callable[[SyncWork], object]
    finished: bool = False
    total_estimate: int | None = None
    complete_until: datetime | None = None


class Puller(Protocol):
    """Knows how one resource is fetched."""

    def step(self, connection: Connection, cursor: Cursor, now: datetime) -> Step:
        """Fetch the next page after ``cursor``; an empty cursor is the beginning of all.

        Raises:
            ChannelError: any of the gateway's; the cursor is as good as before.
        """

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:
        """Where the next run goes on when this one failed: what may have caused the failure is left out."""


def nothing(_work: SyncWork) -> None:
    """The ``save`` of a step that has nothing to write."""


def moment(value: object) -> datetime | None:
    """A moment out of a cursor."""
    return datetime.fromisoformat(value) if isinstance(value, str) else None
