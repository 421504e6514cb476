"""Live events: everybody who listens in this process, and the one thread that reads the log for all of them.

No hole and no doubling where a replay from the log meets what comes in: a listener is entered first, only then does it
look how far the log goes and read what it has missed, and it passes over what it hears a second time.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Lock, Thread

from domain.acting import in_background
from domain.errors import RateLimited, Unavailable
from domain.events.listener import Limits, Listener, Silent
from domain.events.model import Kept
from domain.events.ports import Bell, EventWork, Line, Turnout
from domain.gateway.ports import Chance, Stopwatch
from domain.users.model import UserId

log = logging.getLogger(__name__)

#: Bells are hints. As long as somebody listens, the log is looked at this often without any.
POLL_SECONDS = 1.0
_PAGE = 500
_COME_BACK_SECONDS = 30.0
#: What is left of a listener when the process stops: it is told, and cut off if that does not help.
_FAREWELL_SECONDS = 1.0


@dataclass
class _State:
    """All of it is changed under ``lock`` alone."""

    lock: Lock = field(default_factory=Lock)
    open: set[Listener] = field(
        default_factory=set
    )  # those too that have been told to go and have not gone yet
    heard: dict[UserId, list[Listener]] = field(default_factory=dict)  # those that events are handed to
    users: Counter[UserId] = field(default_factory=Counter)  # of the open ones
    position: int | None = None  # everything up to here has been handed out; None: nobody listens
    started: bool = False
    rung: Flag = field(default_factory=Flag)
    stopping: Flag = field(default_factory=Flag)
    swept_at: float = 0.0


class Uncounted:
    """Nobody wants to know."""

    def listening(self, count: int) -> None:
        """Not kept."""

    def delivered(self, count: int) -> None:
        """Not kept."""

    def dropped(self) -> None:
        """Not kept."""


@dataclass(frozen=True)
class Live:
    """Lets listeners in, and hands each the events of its user."""

    look: Callable[[], EventWork]
    bells: Sequence[Bell]
    stopwatch: Stopwatch
    chance: Chance
    limits: Limits = field(default_factory=Limits)
    turnout: Turnout = field(default_factory=Uncounted)
    _state: _State = field(default_factory=_State, init=False, repr=False)

    def join(
        self,
        user_id: UserId,
        since: int | None,
        welcome: Callable[[], bool],
        line: Line | None = None,
    ) -> Listener:
        """A listener to this user's events, to be left by whoever asked for it.

        Args:
            user_id: Whose events.
            since: The last event that was heard; by default those are told that are written from now on.
            welcome: Asked now and then whether the listener may still listen.
            line: What the listener is connected by.

        Raises:
            Unavailable: as many listen as may; or the process is stopping, or the database away.
            RateLimited: this user has as many listeners as anybody may have.
        """
        listener = Listener(self.look, self.stopwatch, self.limits, user_id, welcome, line or Silent())
        listener.ends_at = self.stopwatch.seconds() + self.limits.longest * self.chance.between(0.8, 1.0)
        listener.where = lambda: self._state.position
        listener.on_leave = lambda: self._leave(listener)
        try:
            self._enter(listener)
            with in_background(), self.look() as work:
                oldest, newest = work.events.span()
            with self._state.lock:
                # Whoever comes to an empty house says where it begins, after having been entered: nothing is missed.
                if self._state.position is None:
                    self._state.position = newest
        except BaseException:
            listener.leave()
            raise
        listener.begin(since, oldest, newest)
        self._state.rung.set()
        return listener

    def ring(self) -> None:
        """Somebody may have written events."""
        self._state.rung.set()

    def count(self) -> int:
        """How many listen."""
        return len(self._state.open)

    def close(self) -> None:
        """Tell everybody to go; nobody is let in any more."""
        with self._state.lock:
            self._state.stopping.set()
            for listener in self._state.open:
                listener.dismiss()
        self._state.rung.set()

    def _enter(self, listener: Listener) -> None:
        state, limits = self._state, self.limits
        with state.lock:
            if state.stopping.is_set():
                raise Unavailable("Portside is stopping; try again in a moment.")
            if state.users[listener.user_id] >= limits.per_user:
                raise RateLimited(
                    f"You listen {limits.per_user} times already, and nobody may more often: close a stream first.",
                    _COME_BACK_SECONDS,
                )
            if len(state.open) >= limits.total:
                raise Unavailable(
                    "As many listen as may: ask for what you want now and then.", _COME_BACK_SECONDS
                )
            state.open.add(listener)
            self.turnout.listening(len(state.open))
            state.users[listener.user_id] += 1
            state.heard.setdefault(listener.user_id, []).append(listener)
            starting, state.started = not state.started, True
        if starting:
            try:
                self._start()
            except RuntimeError:  # the system has no more threads to give: the next who comes tries again
                with state.lock:
                    state.started = False
                raise

    def _leave(self, listener: Listener) -> None:
        with self._state.lock:
            if listener not in self._state.open:
                return
            self._state.open.remove(listener)
            self.turnout.listening(len(self._state.open))
            self._state.users[listener.user_id] -= 1
            self._state.users += Counter()  # forgets the zeros
            self._unhear(listener)

    def _unhear(self, listener: Listener) -> None:
        those = self._state.heard.get(listener.user_id, [])
        if listener in those:
            those.remove(listener)
        if not those:
            self._state.heard.pop(listener.user_id, None)
        if not self._state.heard:
            self._state.position = None

    def _start(self) -> None:
        Thread(target=self._run, name="events", daemon=True).start()
        for bell in self.bells:
            ears = (self.ring, self._state.stopping)
            Thread(target=bell.listen, args=ears, name=f"events-{type(bell).__name__}", daemon=True).start()

    def _run(self) -> None:
        state = self._state
        with in_background():
            while not state.stopping.is_set():
                state.rung.wait(POLL_SECONDS if state.open else None)
                state.rung.clear()
                try:
                    self._sweep()
                    self.hand_out()
                except Unavailable as error:
                    log.warning("events are held up: %s", error)
                    state.stopping.wait(POLL_SECONDS)
                except Exception:
                    log.exception("events could not be handed out; it is tried again")
                    state.stopping.wait(POLL_SECONDS)
        Flag().wait(_FAREWELL_SECONDS)
        with state.lock:
            for listener in state.open:
                listener.line.cut()

    def hand_out(self) -> None:
        """Read what is new in the log, and hand it to those whom it is for.

        Raises:
            Unavailable: the database is away.
        """
        while (position := self._state.position) is not None:
            with self.look() as work:
                news = work.events.after(position, _PAGE)
            if news:
                self._deliver(position, news)
            if len(news) < _PAGE:
                return

    def _deliver(self, position: int, news: Sequence[Kept]) -> None:
        heard = 0
        with self._state.lock:
            if self._state.position != position:
                return  # everybody has gone meanwhile, and perhaps somebody has come who begins elsewhere
            for kept in news:
                for listener in tuple(self._state.heard.get(UserId(kept.event.user_id), ())):
                    if listener.offer(kept):
                        heard += 1
                        continue
                    listener.drop(self.stopwatch.seconds())
                    self.turnout.dropped()
                    self._unhear(listener)
            if self._state.position is not None:
                self._state.position = news[-1].id
        self.turnout.delivered(heard)

    def _sweep(self) -> None:
        """See off who has hung up, and cut off who was dropped and does not even take that in."""
        now = self.stopwatch.seconds()
        if now - self._state.swept_at < POLL_SECONDS:
            return
        self._state.swept_at = now
        with self._state.lock:
            for listener in tuple(self._state.open):
                if listener.line.gone():
                    listener.dismiss()
                if listener.overdue(now):
                    listener.line.cut()
