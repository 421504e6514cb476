"""What time it is: asked of a port, so that tests can hold it still."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The present."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
