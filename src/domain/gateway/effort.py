"""What one call has cost so far."""

from dataclasses import dataclass

from domain.errors import UpstreamFailed, UpstreamTimedOut
from domain.gateway.model import Answer

#: How often one call is sent in all, whatever goes wrong.
ATTEMPTS = 4


@dataclass
class Effort:
    """Counts what a call spends. ``began`` is a reading of the stopwatch, ``waited`` seconds for usage plans.

    ``sent`` belongs to the present attempt, ``answer`` to the last one that was sent. ``failure`` is what the present
    attempt makes good for, if it is one.
    """

    began: float
    attempts: int = 0
    waited: float = 0.0
    renewed: bool = False
    sent: bool = False
    answer: Answer | None = None
    failure: UpstreamFailed | UpstreamTimedOut | None = None

    def another(self) -> None:
        """The next attempt begins."""
        self.attempts += 1
        self.sent = False

    @property
    def exhausted(self) -> bool:
        """Whether this was the last attempt."""
        return self.attempts >= ATTEMPTS
