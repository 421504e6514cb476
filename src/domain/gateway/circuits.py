"""Leaving an operation alone for a while when Amazon fails at it again and again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from domain.errors import UpstreamFailed, UpstreamTimedOut

#: One more than a single call makes by itself: two calls at least have failed before a circuit opens.
FAILURES_IN_A_ROW = 5
LONGEST_PAUSE = 60.0
#: How long the others wait for the one who asks first after a pause.
_TRIAL = timedelta(seconds=5)


@dataclass(frozen=True)
class Line:
    """What fails and recovers as one: an operation at the host of a region."""

    region: str
    operation: str


@dataclass
class _Circuit:
    """Failures in a row, as this process has seen them, and until when nobody asks."""

    failures: int = 0
    opened_at: datetime | None = None
    until: datetime | None = None
    kind: type[UpstreamFailed | UpstreamTimedOut] = UpstreamFailed  # of the last failure


@dataclass
class Circuits:
    """One circuit for each line, in this process. A failure is a 5xx, or no whole answer at all.

    After a pause one call goes through as a trial: its answer closes the circuit, its failure doubles the pause. There
    are as many circuits as operations and regions, and those that are closed are not kept.
    """

    _open: dict[Line, _Circuit] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def admit(self, line: Line, now: datetime) -> None:
        """Let a call through.

        Raises:
            UpstreamFailed, UpstreamTimedOut: not now; the last ones have failed so.
        """
        with self._lock:
            circuit = self._open.get(line)
            if circuit is None or circuit.until is None:
                return
            left = (circuit.until - now).total_seconds()
            if not 0 < left <= LONGEST_PAUSE:  # more than that: the clock was set back
                circuit.until = now + _TRIAL
                return
            raise circuit.kind(
                f"Amazon has failed at {line.operation} again and again; it is asked again in {left:.0f} s."
            )

    def failed(
        self, line: Line, kind: type[UpstreamFailed | UpstreamTimedOut], began: datetime, now: datetime
    ) -> None:
        """A call that ``began`` then has failed. What was under way when the circuit opened says nothing new."""
        with self._lock:
            circuit = self._open.setdefault(line, _Circuit())
            if circuit.opened_at is not None and began < circuit.opened_at:
                return
            circuit.failures += 1
            circuit.kind = kind
            if circuit.failures >= FAILURES_IN_A_ROW:
                pause = min(LONGEST_PAUSE, 2.0 ** (circuit.failures - FAILURES_IN_A_ROW))
                circuit.opened_at = now
                circuit.until = now + timedelta(seconds=pause)

    def answered(self, line: Line) -> None:
        """Amazon has answered: the line works."""
        if line in self._open:
            with self._lock:
                self._open.pop(line, None)

    def is_open(self, line: Line, now: datetime) -> bool:
        """Whether calls are refused at the moment."""
        with self._lock:
            circuit = self._open.get(line)
            return circuit is not None and circuit.until is not None and circuit.until > now
