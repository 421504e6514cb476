"""A call log and a meter that a test can read."""

from dataclasses import dataclass, field
from uuid import UUID

from domain.connections.model import Connection
from domain.gateway.model import Call


@dataclass(frozen=True)
class LoggedCall:
    """One line of the log: ``outcome`` is the status, or the name of the error."""

    operation: str
    connection_id: UUID
    outcome: int | str
    attempt: int
    seconds: float
    waited: float


@dataclass
class RememberingCallLog:
    """Keeps every line, and every pause."""

    lines: list[LoggedCall] = field(default_factory=list)
    waits: list[tuple[str, float]] = field(default_factory=list)

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
        self.lines.append(LoggedCall(call.operation.name, connection_id, status, attempt, seconds, waited))

    def failed(
        self, call: Call, connection_id: UUID, cause: str, seconds: float, attempt: int, waited: float
    ) -> None:
        self.lines.append(LoggedCall(call.operation.name, connection_id, cause, attempt, seconds, waited))

    def waited(self, call: Call, seconds: float) -> None:
        self.waits.append((call.operation.name, seconds))


@dataclass
class RememberingMeter:
    """Keeps what was counted: operation, method and status."""

    counted: list[tuple[str, str, int | None]] = field(default_factory=list)

    def count(self, connection: Connection, operation: str, method: str, status: int | None) -> None:
        self.counted.append((operation, method, status))
