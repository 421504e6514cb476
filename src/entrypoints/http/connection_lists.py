"""Lists of connections in pages, those of every channel alike."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.connections.listing import Place
from domain.connections.model import Connection, ConnectionId, Provider
from entrypoints.http import paging
from entrypoints.http.context import services, user
from entrypoints.http.paging import PageQuery


def page_of_connections(
    provider: Provider, asked: PageQuery, as_json: Callable[[Connection], Mapping[str, Any]]
) -> dict[str, Any]:
    """A page of the user's connections of this kind: the default one first, then the oldest first.

    Raises:
        InvalidInput: the cursor is none of this list.
    """
    place = _place(provider, asked.cursor)
    found = services().connections.page(user().id, provider, place, asked.limit + 1)

    def after(last: Connection) -> str:
        leader = found[0].id if place is None else place.leader
        return paging.encode(provider, str(leader), last.connected_at.isoformat(), str(last.id))

    return paging.cut(found, asked.limit, after, as_json)


def _place(provider: Provider, cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    leader, connected_at, last = paging.decode_of(provider, cursor, 3)
    moment, identity = paging.as_mark(connected_at, last)
    return Place(ConnectionId(paging.as_id(leader)), moment, ConnectionId(identity))
