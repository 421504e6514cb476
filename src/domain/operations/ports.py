"""What the operations' subject asks of the world."""

from datetime import datetime
from typing import Protocol

from domain.operations.model import Finding, Scrape, Standing


class Probe(Protocol):
    """One thing that has to be right."""

    def check(self) -> Finding:
        """Look at it now. Never raises: what goes wrong is the finding."""


class Survey(Protocol):
    """A look at everything that is kept, in a statement or two."""

    def take(self, now: datetime) -> Standing:
        """How the installation stands.

        Raises:
            Unavailable: the database is away.
        """


class Meter(Protocol):
    """Counts what this process does. Nothing that it is told names a user, a seller or a secret."""

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; ``route`` is the rule that matched, not the path that was asked for."""

    def scrape(self, standing: Standing | None, secret_days_left: float | None) -> Scrape:
        """Everything counted so far, and how the installation stands (``None``: the database is away).

        ``secret_days_left`` is ``None`` where there is no client secret, or nothing can be said of it.
        """
