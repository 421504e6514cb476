"""Leaving an operation alone for a while when Amazon fails at it again and again."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

from domain.errors import UpstreamFailed, UpstreamTimedOut

#: One more than a single call makes by itself: two calls at least have failed before a circuit opens.
FAILURES_IN_A_ROW = 5
#: So many sellers, without an answer to anybody in between, and it is not a seller's own trouble any more.
SELLERS_IN_A_ROW = 5
LONGEST_PAUSE = 60.0
#: How long the others wait for the one who asks first after a pause.
_TRIAL = timedelta(seconds=5)


@dataclass(frozen=True)
class Line:
    """What fails and recovers as one: an operation for a seller; with an empty ``seller_id``, for all of a region."""

    region: str
    operation: str
    seller_id: str

    @property
    def everybodys(self) -> "Line":
        """The line that all sellers share."""
        return replace(self, seller_id="")


@dataclass
class _Circuit:
    """Failures in a row, as this process has seen them, and until when nobody asks."""

    failures: int = 0
    opened_at: datetime | None = None
    until: datetime | None = None
    kind: type[UpstreamFailed | UpstreamTimedOut] = UpstreamFailed  # of the last failure
    sellers: set[str] = field(default_factory=set)  # of a common circuit: whose failures are counted already

    def left(self, now: datetime) -> float:
        """For how many seconds nobody asks; 0: it may be asked."""
        left = 0.0 if self.until is None else (self.until - now).total_seconds()
        return left if 0 < left <= LONGEST_PAUSE else 0.0  # more than that: the clock was set back

    def is_news(self, began: datetime) -> bool:
        """Whether a call that ``began`` then tells anything: not if it was under way when the circuit opened."""
        return self.opened_at is None or began >= self.opened_at

    def count(self, kind: type[UpstreamFailed | UpstreamTimedOut], now: datetime, enough: int) -> bool:
        """One failure more; ``enough`` of them open the circuit, and each further one again. Whether it has."""
        self.failures += 1
        self.kind = kind
        if self.failures < enough:
            return False
        pause = min(LONGEST_PAUSE, 2.0 ** (self.failures - enough))
        self.opened_at, self.until = now, now + timedelta(seconds=pause)
        return True


@dataclass
class Circuits:
    """One circuit for each line, in this process. A failure is a 5xx, or no whole answer at all.

    A seller for whom Amazon always fails is nobody else's trouble: what all sellers share is left alone when several of
    them have failed, each counted once. After a pause one call goes through as a trial: its answer closes the circuit,
    its failure doubles the pause. Circuits without a failure are not kept.
    """

    _open: dict[Line, _Circuit] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def admit(self, line: Line, now: datetime) -> None:
        """Let a call through.

        Raises:
            UpstreamFailed, UpstreamTimedOut: not now; the last ones have failed so.
        """
        with self._lock:
            circuits = self._of(line)
            for circuit in circuits:
                left = circuit.left(now)
                if left > 0:
                    raise circuit.kind(
                        f"Amazon has failed at {line.operation} again and again; it is asked again in {left:.0f} s."
                    )
            for circuit in circuits:  # only now: a trial that the other one refuses would be none
                if circuit.until is not None:
                    circuit.until = now + _TRIAL

    def failed(
        self, line: Line, kind: type[UpstreamFailed | UpstreamTimedOut], began: datetime, now: datetime
    ) -> None:
        """A call that ``began`` then has failed. What was under way when the circuit opened says nothing new."""
        with self._lock:
            own = self._open.setdefault(line, _Circuit())
            if own.is_news(began):
                own.count(kind, now, FAILURES_IN_A_ROW)
            common = self._open.setdefault(line.everybodys, _Circuit())
            if line.seller_id in common.sellers or not common.is_news(began):
                return
            common.sellers.add(line.seller_id)
            if common.count(kind, now, SELLERS_IN_A_ROW):
                common.sellers = {line.seller_id}  # two trials of one seller don't double the pause twice

    def answered(self, line: Line) -> None:
        """Amazon has answered: the line works, and so does everybody's."""
        if line in self._open or line.everybodys in self._open:
            with self._lock:
                self._open.pop(line, None)
                self._open.pop(line.everybodys, None)

    def is_open(self, line: Line, now: datetime) -> bool:
        """Whether calls are refused at the moment."""
        with self._lock:
            return any(circuit.until is not None and circuit.until > now for circuit in self._of(line))

    def _of(self, line: Line) -> list[_Circuit]:
        return [self._open[each] for each in (line, line.everybodys) if each in self._open]
