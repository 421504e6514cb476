"""Which key each secret is sealed under, in memory: the secrets themselves lie there in the clear."""

from collections.abc import Iterator, Sequence

from domain.connections.model import ConnectionId
from domain.tokens.keyring import Closed, KeyCount, Position, Resealed
from domain.users.model import UserId
from tests.fakes.memory_store import Tables

_TOKENS, _CLIENT_SECRETS = range(2)
_COLUMNS = ("refresh_token", "access_token", "client_secret")


class MemorySealedRows:
    """Secrets that were written since somebody last looked are under the ring's first key."""

    def __init__(self, tables: Tables, keys: Sequence[str]) -> None:
        self._tables = tables
        self._keys = keys

    def note(self) -> None:
        """Remember the key of whatever was written meanwhile."""
        known, first = self._tables.sealed, self._keys[0]
        self._tables.sealed = {
            place: known[place] if place in known and known[place][0] is secret else (secret, first)
            for _table, _row, place, secret in self._secrets()
        }

    def by_key(self) -> list[KeyCount]:
        self.note()
        found = [(_kind(place), key_id) for place, (_secret, key_id) in self._tables.sealed.items()]
        return [KeyCount(*each, found.count(each)) for each in sorted(set(found))]

    def reseal(self, old: Sequence[str], limit: int, after: Position | None = None) -> Resealed:
        self.note()
        at = after or Position(_TOKENS, ())
        sealed = self._tables.sealed
        behind = [
            (row, place)
            for table, row, place, _secret in self._secrets()
            if table == at.table and row > at.key and sealed[place][1] in old
        ]
        rows = sorted({row for row, _place in behind})[:limit]
        places = [place for row, place in behind if row in rows]
        closed = [place for place in places if place in self._tables.damaged]
        opened = [place for place in places if place not in closed]
        result = Resealed(
            secrets=len(opened),
            connections=self._owners(opened) if at.table == _TOKENS else (),
            installation=len(opened) if at.table == _CLIENT_SECRETS else 0,
            closed=tuple(Closed(place, sealed[place][1]) for place in closed),
            after=self._onward(at, rows, limit),
        )
        sealed.update({place: (sealed[place][0], self._keys[0]) for place in opened})
        return result

    def _onward(self, at: Position, rows: list[tuple[str, ...]], limit: int) -> Position | None:
        if len(rows) == limit:
            return Position(at.table, rows[-1])
        return Position(_CLIENT_SECRETS, ()) if at.table == _TOKENS else None

    def _owners(self, places: list[str]) -> tuple[tuple[ConnectionId, UserId], ...]:
        found = {place.rpartition("|")[2] for place in places}
        kept = self._tables.connections.values()
        return tuple((one.id, one.user_id) for one in kept if str(one.id) in found)

    def _secrets(self) -> Iterator[tuple[int, tuple[str, ...], str, object]]:
        """Table, row, place and the secret itself."""
        for connection_id, row in self._tables.tokens.items():
            for column in _COLUMNS:
                if (secret := getattr(row, column)) is not None:
                    yield _TOKENS, (str(connection_id),), f"tokens|{column}|{connection_id}", secret
        for (client_id, mark), kept in self._tables.client_secrets.items():
            if kept.text is not None:
                place = f"client_secrets|secret|{client_id}/{mark}"
                yield _CLIENT_SECRETS, (client_id, mark), place, kept.text


def _kind(place: str) -> str:
    table, column, _row = place.split("|", 2)
    return f"{table}.{column}"
