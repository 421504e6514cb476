"""Whose session a browser shows, in memory."""

from datetime import datetime

from domain.users.model import LoggedIn
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_users import MemorySessionBook
from tests.fakes.memory_versions import MemoryPresentVersions


class MemoryPresentSessions:
    """Open log-ins, of what is committed."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def logged_in(self, token_hash: str, now: datetime) -> LoggedIn | None:
        user = MemorySessionBook(self._store.tables).user_of(token_hash, now)
        return LoggedIn(user, MemoryPresentVersions(self._store).of(user.id)) if user else None
