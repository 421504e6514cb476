"""API keys, in memory."""

from uuid import UUID

from domain.audit.ports import Mark
from domain.errors import NotFound
from domain.users.model import ApiKey, User, UserId
from tests.fakes.memory_store import Tables


class MemoryApiKeyBook:
    """Keys by their hash."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def hold(self, user_id: UserId) -> int:
        return len(self.of_user(user_id, limit=len(self._tables.api_keys)))

    def add(self, key: ApiKey, key_hash: str) -> None:
        self._tables.api_keys[key_hash] = key

    def of_user(self, user_id: UserId, *, before: Mark | None = None, limit: int = 50) -> list[ApiKey]:
        mine = [key for key in self._tables.api_keys.values() if key.user_id == user_id]
        older = [key for key in mine if before is None or (key.created_at, key.id) < before]
        return sorted(older, key=lambda key: (key.created_at, key.id), reverse=True)[:limit]

    def owner(self, key_hash: str) -> tuple[ApiKey, User] | None:
        key = self._tables.api_keys.get(key_hash)
        user = self._tables.users.get(key.user_id) if key else None
        return (key, user) if key and user else None

    def used(self, key: ApiKey) -> None:
        for key_hash, kept in self._tables.api_keys.items():
            if (kept.id, kept.user_id) == (key.id, key.user_id):
                self._tables.api_keys[key_hash] = key

    def delete(self, user_id: UserId, key_id: UUID) -> ApiKey:
        for key_hash, key in self._tables.api_keys.items():
            if (key.id, key.user_id) == (key_id, user_id):
                return self._tables.api_keys.pop(key_hash)
        raise NotFound("There is no such API key.")

    def delete_all(self, user_id: UserId) -> int:
        theirs = [key_hash for key_hash, key in self._tables.api_keys.items() if key.user_id == user_id]
        for key_hash in theirs:
            del self._tables.api_keys[key_hash]
        return len(theirs)
