"""The number that grows with a user's figures, in memory."""

from domain.users.model import UserId
from tests.fakes.memory_store import MemoryStore, Tables


class MemoryFiguresVersions:
    """One number a user."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def changed(self, user_id: UserId) -> None:
        self._tables.figures_versions[user_id] = self.of(user_id) + 1

    def of(self, user_id: UserId) -> int:
        return self._tables.figures_versions.get(user_id, 0)


class MemoryPresentVersions:
    """The same number, of what is committed."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def of(self, user_id: UserId) -> int:
        return self._store.tables.figures_versions.get(user_id, 0)
