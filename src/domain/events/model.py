"""What happened, for those who listen: small facts that a page may want to react to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """One happening for one user.

    ``kind`` is ``sync.progress``, ``sync.completed``, ``sync.failed`` or ``connection.changed``; ``data`` is what
    listeners get, ready for JSON, without secrets.
    """

    user_id: UUID
    kind: str
    at: datetime
    data: Mapping[str, object]
