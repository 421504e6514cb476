"""A user's list of connections, read page by page while connections come, go and take over from each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.connections.model import Connection, ConnectionId


@dataclass(frozen=True)
class Place:
    """How far a list was read: ``leader`` led its first page, and the last one read was connected at ``connected_at``.

    The default connection leads a list, and another one may become it between two pages. Whoever reads on keeps to the
    leader that they began with: otherwise the new one, which was still to come, would have moved to where they have
    been, and be lost; and the old one would come a second time.
    """

    leader: ConnectionId
    connected_at: datetime
    last: ConnectionId


def behind(place: Place, connections: Iterable[Connection]) -> list[Connection]:
    """What is left of the list: the oldest first, whichever is the default one by now.

    The last one read may be gone: its age says where it was.
    """
    others = sorted((one for one in connections if one.id != place.leader), key=_age)
    if place.last == place.leader:
        return others
    return [one for one in others if _age(one) > (place.connected_at, place.last)]


def _age(connection: Connection) -> tuple[datetime, ConnectionId]:
    return connection.connected_at, connection.id
