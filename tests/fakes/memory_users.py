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
        self._insist_on_a_free_email(user)
        self._tables.users[user.id] = user
        self._tables.password_hashes[user.id] = password_hash

    def get(self, user_id: UserId) -> User:
        if user_id not in self._tables.users:
            raise NotFound("There is no such user.")
        return self._tables.users[user_id]

    def credentials(self, email: str) -> Credentials | None:
        for user in self._tables.users.values():
            if user.email is not None and user.email.lower() == email.lower():
                return Credentials(user, self._tables.password_hashes[user.id])
        return None

    def all(self) -> list[User]:
        return sorted(self._tables.users.values(), key=lambda user: (user.created_at, user.id))

    def record_login(self, user_id: UserId, at: datetime, password_hash: str | None = None) -> None:
        self._tables.users[user_id] = replace(self.get(user_id), last_login_at=at)
        if password_hash is not None:
            self._tables.password_hashes[user_id] = password_hash

    def update(self, user: User) -> None:
        self._insist_on_a_free_email(user)
        kept = self.get(user.id)
        self._tables.users[user.id] = replace(
            kept,
            email=user.email,
            email_verified=user.email_verified,
            first_name=user.first_name,
            last_name=user.last_name,
        )

    def keep_password(self, user_id: UserId, password_hash: str, instead_of: str | None = None) -> bool:
        kept = self._tables.password_hashes
        if user_id not in kept or instead_of not in (None, kept[user_id]):
            return False
        kept[user_id] = password_hash
        return True

    def forget_password(self, user_id: UserId) -> bool:
        had, self._tables.password_hashes[user_id] = self._tables.password_hashes[user_id], None
        return had is not None

    def _insist_on_a_free_email(self, user: User) -> None:
        known = self.credentials(user.email) if user.email is not None else None
        if known is not None and known.user.id != user.id:
            raise Conflict("This e-mail is taken.")


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

    def close_all(self, user_id: UserId) -> int:
        theirs = [key for key, session in self._tables.sessions.items() if session.user_id == user_id]
        for key in theirs:
            del self._tables.sessions[key]
        return len(theirs)

    def close_expired(self, now: datetime) -> int:
        expired = [key for key, session in self._tables.sessions.items() if session.expires_at <= now]
        for key in expired:
            del self._tables.sessions[key]
        return len(expired)


class MemoryIdentityBook:
    """Users by the names that identity providers have for them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def owner(self, issuer: str, subject: str) -> User | None:
        user_id = self._tables.identities.get((issuer, subject))
        return self._tables.users[user_id] if user_id is not None else None

    def add(self, user_id: UserId, issuer: str, subject: str, at: datetime) -> None:
        if (issuer, subject) in self._tables.identities:
            raise Conflict("This identity is somebody's already.")
        self._tables.identities[issuer, subject] = user_id

    def of_user(self, user_id: UserId) -> list[tuple[str, str]]:
        return sorted(name for name, owner in self._tables.identities.items() if owner == user_id)

    def drop_all(self, user_id: UserId) -> int:
        theirs = self.of_user(user_id)
        for name in theirs:
            del self._tables.identities[name]
        return len(theirs)


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
