"""What the operations' subject asks of the world."""

from typing import Protocol

from domain.operations.model import Finding


class Probe(Protocol):
    """One thing that has to be right."""

    def check(self) -> Finding:
        """Look at it now. Never raises: what goes wrong is the finding."""
