"""What happened, for those who listen: small facts that a page may want to react to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """One happening for one user.

    ``kind`` is ``sync.progress``, ``sync.completed``, ``sync.failed``, ``connection.changed`` or ``inventory.changed``;
    ``data`` is what listeners get, ready for JSON, without secrets.
    """

    user_id: UUID
    kind: str
    at: datetime
    data: Mapping[str, object]


@dataclass(frozen=True)
class Kept:
    """An event as it stands in the log. Whoever has heard it has heard everything up to its id."""

    id: int
    event: Event


@dataclass(frozen=True)
class Quiet:
    """Nothing to tell: everything up to this id has been heard."""

    id: int


@dataclass(frozen=True)
class Reset:
    """What came before this id can't be told any more: read the figures anew, and listen on from here."""

    id: int


@dataclass(frozen=True)
class Dropped:
    """The last word to a listener who was too slow: everything up to this id has been heard, come back for the rest."""

    id: int


#: What a listener hears.
Message = Kept | Quiet | Reset | Dropped
