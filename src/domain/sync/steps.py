"""One step of a run: fetch a page, then say what to write. Nothing is written while anything is fetched."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.connections.model import Connection
from domain.sync.model import Cursor
from domain.sync.ports import SyncWork


@dataclass(frozen=True)
class Step:
    """What a page brought. ``save`` writes it into the open transaction; cursor and progress go in with it.

    ``save`` returns how many records were new, or other than what was kept. ``total_estimate`` is of the whole run,
    ``to_come`` of what is left of it after this step; both are ``None`` where there is no better guess than before.
    ``complete_until`` is set by the step that proves the data complete until then; ``complete_from`` since when, where
    the history is not kept elsewhere.

    The last step of a run either has ``finished`` (``next_at`` says when the next run is due, if not after the
    interval), or ``again_at``: the run waits until then, and goes on.
    """

    cursor: Cursor
    records: int
    save: Callable[[SyncWork], int]
    finished: bool = False
    total_estimate: int | None = None
    to_come: int | None = None
    complete_until: datetime | None = None
    complete_from: datetime | None = None
    again_at: datetime | None = None
    next_at: datetime | None = None


class Puller(Protocol):
    """Knows how one resource is fetched."""

    def steps(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        """Fetch page after page from ``cursor`` on; an empty cursor is the beginning of all.

        What a step says is committed before the next one is drawn. Drawing raises any of the gateway's errors; what
        was committed is as good as before.
        """

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:
        """Where the next run goes on when this one failed: what may have caused the failure is left out."""


def nothing(_work: SyncWork) -> int:
    """The ``save`` of a step that has nothing to write."""
    return 0


def one_by_one(first: Cursor, step: Callable[[Cursor], Step]) -> Iterator[Step]:
    """The steps of a puller that needs nothing but its cursor to know the next one."""
    cursor = first
    while True:
        found = step(cursor)
        yield found
        if found.finished:
            return
        cursor = found.cursor


def moment(value: object) -> datetime | None:
    """A moment out of a cursor."""
    return datetime.fromisoformat(value) if isinstance(value, str) else None
