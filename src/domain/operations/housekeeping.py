"""Forgetting what has run out: sessions, consents nobody came back from, old guesses, old events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.clock import Clock
from domain.connections.ports import ConsentStates
from domain.events.ports import Outbox
from domain.users.access import FAILURE_WINDOW
from domain.users.ports import GuessLog, SessionBook
from domain.work import Work

#: A listener that was away for longer reads the figures anew instead of what happened meanwhile.
EVENT_LIFE = timedelta(hours=24)


class HousekeepingWork(Work, Protocol):
    """The transaction in which things are forgotten."""

    @property
    def sessions(self) -> SessionBook: ...

    @property
    def states(self) -> ConsentStates: ...

    @property
    def guesses(self) -> GuessLog: ...

    @property
    def outbox(self) -> Outbox: ...


@dataclass(frozen=True)
class Housekeeping:
    """Keeps small tables small."""

    work: Callable[[], HousekeepingWork]
    clock: Clock

    def tidy(self) -> int:
        """Drop what has run out; returns how many rows.

        Raises:
            Unavailable: the database is away.
        """
        now = self.clock.now()
        with self.work() as work:
            gone = work.sessions.close_expired(now) + work.states.forget_expired(now)
            gone += work.guesses.forget_before(now - FAILURE_WINDOW)
            gone += work.outbox.forget_before(now - EVENT_LIFE)
            work.commit()
        return gone
