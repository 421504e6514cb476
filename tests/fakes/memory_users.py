"""Users, sessions and failed log-ins, in memory."""

from dataclasses import replace
from datetime import datetime

from domain.errors import Conflict, NotFound
from domain.users.model import Credentials, Session, User, UserId
from tests.fakes.memory_store import Tables


class MemoryUserBook:
    """All users."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, user: User, password_hash: str | None) -> None:
        if self.credentials(user.email) is not None:
            raise Conflict("This e-mail is taken.")
        self._tables.users[user.id] = user
        self._tables.password_hashes[user.id] = password_hash

    def get(self, user_id: UserId) -> User:
        if user_id not in self._tables.users:
            raise NotFound("There is no such user.")
        return self._tables.users[user_id]

    def credentials(self, email: str) -> Credentials | None:
        for user in self._tables.users.values():
            if user.email.lower() == email.lower():
                return Credentials(user, self._tables.password_hashes[user.id])
        return None

    def all(self) -> list[User]:
        return sorted(self._tables.users.values(), key=lambda user: (user.created_at, user.id))

    def record_login(self, user_id: UserId, at: datetime, password_hash: str | None = None) -> None:
        self._tables.users[user_id] = replace(self.get(user_id), last_login_at=at)
        if password_hash is not None:
            self._tables.password_hashes[user_id] = password_hash


class MemorySessionBook:
    """Open log-ins, by the hash of their token."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def open(self, session: Session) -> None:
        self._tables.sessions[session.token_hash] = session

    def user_of(self, token_hash: str, now: datetime) -> User | None:
        session = self._tables.sessions.get(token_hash)
        if session is None or session.expires_at <= now:
            return None
        return self._tables.users.get(session.user_id)

    def close(self, token_hash: str) -> None:
        self._tables.sessions.pop(token_hash, None)

    def close_expired(self, now: datetime) -> int:
        expired = [key for key, session in self._tables.sessions.items() if session.expires_at <= now]
        for key in expired:
            del self._tables.sessions[key]
        return len(expired)


class MemoryGuessLog:
    """Attempts to log in, as (subject, moment)."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def admit(self, subjects: tuple[str, ...], now: datetime, since: datetime, limit: int) -> datetime | None:
        exhausted = []
        for subject in subjects:
            attempts = sorted(at for who, at in self._tables.guesses if who == subject and at > since)
            if len(attempts) >= limit:
                exhausted.append(attempts[-limit])
        if exhausted:
            return max(exhausted)
        self._tables.guesses += [(subject, now) for subject in subjects]
        return None

    def forgive(self, subjects: tuple[str, ...], attempted_at: datetime) -> None:
        for subject in subjects:
            if (subject, attempted_at) in self._tables.guesses:
                self._tables.guesses.remove((subject, attempted_at))

    def forget_before(self, moment: datetime) -> int:
        kept = [(who, at) for who, at in self._tables.guesses if at >= moment]
        gone = len(self._tables.guesses) - len(kept)
        self._tables.guesses = kept
        return gone
