"""What the events' subject asks of the world."""

from collections.abc import Callable
from datetime import datetime
from threading import Event as Flag
from typing import Protocol
from uuid import UUID

from domain.events.model import Event, Kept
from domain.work import Work


class Outbox(Protocol):
    """Events are written in the transaction of the change they tell of, so none is told that did not happen."""

    def append(self, event: Event) -> None:
        """Keep an event; ids grow in the order of commits."""

    def forget_before(self, moment: datetime) -> int:
        """Drop events older than ``moment``; returns how many.

        Only what stands at the beginning of the log goes, and never its newest event: a listener who has heard an
        event that is still there has missed none that is gone.
        """


class EventLog(Protocol):
    """The same events, for those who read them: in the order of their ids, which is that of their commits."""

    def span(self) -> tuple[int, int]:
        """The ids of the oldest and of the newest event of all users; zeros for a log with nothing in it."""

    def after(self, event_id: int, limit: int) -> list[Kept]:
        """The first events of all users after this one."""

    def of_user(self, user_id: UUID, event_id: int, limit: int) -> list[Kept]:
        """The user's first events after this one."""


class EventWork(Work, Protocol):
    """The transaction in which the log is read."""

    @property
    def events(self) -> EventLog: ...


class Bell(Protocol):
    """Rings when somebody, here or elsewhere, may have written events. A hint: it may ring for nothing, or not at all."""

    def listen(self, ring: Callable[[], None], stopping: Flag) -> None:
        """Call ``ring`` at every hint, until the flag is up. Never raises: what is lost is looked for again."""


class Turnout(Protocol):
    """Counts who listens and what they hear; never whose it is."""

    def listening(self, count: int) -> None:
        """So many listen in this process now."""

    def delivered(self, count: int) -> None:
        """So many events were handed to listeners, each once for everybody who hears it."""

    def dropped(self) -> None:
        """A listener was too slow, and has to come back."""


class Line(Protocol):
    """What a listener is connected by."""

    def gone(self) -> bool:
        """Whether the other end has hung up."""

    def cut(self) -> None:
        """End it now, whatever is under way on it."""
