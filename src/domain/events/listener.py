"""One listener: what was missed, read from the log; then what comes in, as long as there is somebody to hear it."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from domain.acting import acting_for, in_background
from domain.errors import Unavailable
from domain.events.model import Dropped, Kept, Message, Quiet, Reset
from domain.events.ports import EventWork, Line
from domain.gateway.ports import Stopwatch
from domain.users.model import UserId

_PAGE = 200


@dataclass(frozen=True)
class Limits:
    """How much listening there may be; times in seconds."""

    total: int = 200  # listeners of a process
    per_user: int = 10
    waiting: int = 256  # events that a listener has not taken yet; one more, and it is dropped
    replayed: int = 1000  # events that are told again; who has missed more reads the figures anew
    quiet: float = 15.0  # between two signs of life
    look_again: float = 30.0  # between two questions whether the listener may still listen
    longest: float = 3600.0  # and a fifth less, so that those who came together don't come back together
    stuck: float = 30.0  # after which a listener that was dropped, and takes nothing, is cut off


class Silent:
    """No line to be watched."""

    def gone(self) -> bool:
        """Nobody can tell."""
        return False

    def cut(self) -> None:
        """There is nothing to cut."""


@dataclass(eq=False)
class Listener:
    """Made by ``Live.join``. ``messages`` is for one thread; everything else may be called by any."""

    look: Callable[[], EventWork]
    stopwatch: Stopwatch
    limits: Limits
    user_id: UserId
    welcome: Callable[[], bool]
    line: Line
    ends_at: float = 0.0
    where: Callable[[], int | None] = field(default=lambda: None)  # how far events have been handed out
    on_leave: Callable[[], None] = field(default=lambda: None)
    _sent: int = field(default=0, init=False)
    _reset: bool = field(default=False, init=False)
    _dropped_at: float | None = field(default=None, init=False)
    _line_up: "SimpleQueue[Kept | None]" = field(default_factory=SimpleQueue, init=False)

    def begin(self, since: int | None, oldest: int, newest: int) -> None:
        """Where to begin in a log that reaches from ``oldest`` to ``newest``.

        An event that is gone may have been followed by others that are. One that is still to come is of another log.
        """
        told = since is not None and oldest - 1 <= since <= newest
        self._reset = since is not None and not told
        self._sent = since if since is not None and told else newest

    def messages(self) -> Generator[Message, None, None]:
        """Everything to be told, in the order of the ids, each event once. Ends when the listener has to go."""
        try:
            yield Reset(self._sent) if self._reset else Quiet(self._sent)
            yield from self._missed()
            yield from self._coming()
        except Unavailable:
            return  # what was not told is told to who comes back
        finally:
            self.leave()

    def offer(self, kept: Kept) -> bool:
        """Put an event in line; ``False`` when the line is too long already."""
        if self._line_up.qsize() >= self.limits.waiting:
            return False
        self._line_up.put(kept)
        return True

    def drop(self, now: float) -> None:
        """Let it hear what stands in line, and send it away."""
        self._dropped_at = now
        self._line_up.put(None)

    def dismiss(self) -> None:
        """Send it away after what stands in line."""
        self._line_up.put(None)

    def overdue(self, now: float) -> bool:
        """Whether it was dropped long ago and has not gone."""
        return self._dropped_at is not None and now - self._dropped_at > self.limits.stuck

    def leave(self) -> None:
        """It listens no more; called again, nothing happens."""
        self.on_leave()

    def _missed(self) -> Iterator[Message]:
        told = 0
        while True:
            with acting_for(self.user_id), self.look() as work:
                page = work.events.of_user(self.user_id, self._sent, _PAGE)
            if told + len(page) > self.limits.replayed:
                with in_background(), self.look() as work:
                    _, self._sent = work.events.span()
                yield Reset(self._sent)
                return
            for kept in page:
                self._sent = kept.id
                yield kept
            told += len(page)
            if len(page) < _PAGE:
                return

    def _coming(self) -> Iterator[Message]:
        asked_at = self.stopwatch.seconds()
        while (now := self.stopwatch.seconds()) < self.ends_at:
            if now - asked_at >= self.limits.look_again:
                if not self._still_welcome():
                    return
                asked_at = now
            # Read before the line is found empty: what was handed out up to here has been heard then.
            position = self.where()
            try:
                next_one = self._line_up.get(timeout=min(self.limits.quiet, self.ends_at - now))
            except Empty:
                self._sent = max(self._sent, position or 0)
                yield Quiet(self._sent)
                continue
            if next_one is None:
                if self._dropped_at is not None:
                    yield Dropped(self._sent)
                return
            if next_one.id > self._sent:
                self._sent = next_one.id
                yield next_one

    def _still_welcome(self) -> bool:
        try:
            return self.welcome()
        except Unavailable:
            return True  # nothing is told meanwhile either: events come out of the same database
