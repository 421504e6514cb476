"""Every upstream call leaves one line in the log: what, how it went, how long it took and waited. Never a header or a body."""

import logging
from dataclasses import dataclass
from uuid import UUID

from domain.gateway.model import Call

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoggedCalls:
    """Writes calls to the log. ``channel`` is who was called."""

    channel: str = "amazon"

    def answered(
        self,
        call: Call,
        connection_id: UUID,
        status: int,
        seconds: float,
        attempt: int,
        request_id: str | None,
        waited: float,
    ) -> None:
        """The channel answered, whatever it said."""
        level = logging.INFO if status < 400 else logging.WARNING
        about = _about(call, connection_id, seconds, attempt, waited)
        extra = {**about, "status": status, "amazon_request_id": request_id}
        log.log(level, "%s answered", self.channel, extra=extra)

    def failed(
        self, call: Call, connection_id: UUID, cause: str, seconds: float, attempt: int, waited: float
    ) -> None:
        """No answer came."""
        about = _about(call, connection_id, seconds, attempt, waited)
        log.warning("%s did not answer", self.channel, extra={**about, "cause": cause})

    def waited(self, call: Call, seconds: float) -> None:
        """A pause leaves no line of its own: that of the answer says how long the call has waited in all."""


def _about(call: Call, connection_id: UUID, seconds: float, attempt: int, waited: float) -> dict[str, object]:
    return {
        "operation": call.operation.name,
        "connection_id": str(connection_id),
        "seconds": round(seconds, 3),
        "waited": round(waited, 3),
        "attempt": attempt,
    }
