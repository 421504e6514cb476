"""API keys, in SQL: a row each, found by its hash."""

from dataclasses import fields
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, tuple_, update

from adapters.sql.locks import lock_until_commit
from adapters.sql.tables import api_keys
from adapters.sql.users import SqlUserBook
from domain.audit.ports import Mark
from domain.errors import NotFound
from domain.users.model import ApiKey, User, UserId

_SHOWN = [api_keys.c[each.name] for each in fields(ApiKey)]


class SqlApiKeyBook:
    """All keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold(self, user_id: UserId) -> int:
        """How many the user has; nobody adds one until the transaction ends."""
        lock_until_commit(self._connection, f"api_keys/{user_id}")
        count = select(func.count()).select_from(api_keys).where(api_keys.c.user_id == user_id)
        return self._connection.scalar(count) or 0

    def add(self, key: ApiKey, key_hash: str) -> None:
        """Keep a new key."""
        values = {each.name: getattr(key, each.name) for each in fields(ApiKey)}
        self._connection.execute(insert(api_keys), {**values, "key_hash": key_hash})

    def of_user(self, user_id: UserId, *, before: Mark | None = None, limit: int = 50) -> list[ApiKey]:
        """The user's, the newest first."""
        order = (api_keys.c.created_at, api_keys.c.id)
        found = select(*_SHOWN).where(api_keys.c.user_id == user_id)
        if before is not None:
            found = found.where(tuple_(*order) < tuple_(*before, types=[column.type for column in order]))
        newest = found.order_by(*(column.desc() for column in order)).limit(limit)
        return [ApiKey(**row) for row in self._connection.execute(newest).mappings()]

    def owner(self, key_hash: str) -> tuple[ApiKey, User] | None:
        """The key with this hash, and whose it is."""
        found = select(*_SHOWN).where(api_keys.c.key_hash == key_hash)
        row = self._connection.execute(found).mappings().one_or_none()
        return (ApiKey(**row), SqlUserBook(self._connection).get(row["user_id"])) if row is not None else None

    def used(self, key: ApiKey) -> None:
        """Note when it was used last."""
        mine = update(api_keys).where(api_keys.c.id == key.id, api_keys.c.user_id == key.user_id)
        self._connection.execute(mine.values(last_used_at=key.last_used_at))

    def delete(self, user_id: UserId, key_id: UUID) -> ApiKey:
        """Drop a key, and say which it was.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        mine = delete(api_keys).where(api_keys.c.id == key_id, api_keys.c.user_id == user_id)
        row = self._connection.execute(mine.returning(*_SHOWN)).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such API key.")
        return ApiKey(**row)

    def delete_all(self, user_id: UserId) -> int:
        """Drop all of this user's; returns how many."""
        return self._connection.execute(delete(api_keys).where(api_keys.c.user_id == user_id)).rowcount
