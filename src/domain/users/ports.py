"""What the users' subject asks of the world."""

from datetime import datetime
from typing import Protocol

from domain.audit.ports import AuditLog
from domain.users.model import Credentials, Session, User, UserId
from domain.work import Work


class UserBook(Protocol):
    """All users."""

    def add(self, user: User, password_hash: str | None) -> None:
        """Keep a new user.

        Raises:
            Conflict: the e-mail is taken, in whatever case it was typed.
        """

    def get(self, user_id: UserId) -> User:
        """Raises NotFound where there is none."""

    def credentials(self, email: str) -> Credentials | None:
        """The user with this e-mail, without regard to case, and the hash of the password."""

    def all(self) -> list[User]:
        """Everybody, the oldest account first."""

    def record_login(self, user_id: UserId, at: datetime, password_hash: str | None = None) -> None:
        """Note the moment of a log-in; a ``password_hash`` replaces the one kept (stronger parameters)."""


class SessionBook(Protocol):
    """Open log-ins."""

    def open(self, session: Session) -> None:
        """Keep a new session."""

    def user_of(self, token_hash: str, now: datetime) -> User | None:
        """Whose session this is; ``None`` when there is none or it has run out."""

    def close(self, token_hash: str) -> None:
        """End a session; nothing happens when there is none."""

    def close_expired(self, now: datetime) -> int:
        """Forget the sessions that have run out; returns how many."""


class GuessLog(Protocol):
    """Failed log-ins, by e-mail and by address."""

    def admit(self, subjects: tuple[str, ...], now: datetime, since: datetime, limit: int) -> datetime | None:
        """Count one attempt against each subject, unless one of them has used up its attempts.

        The attempt counts from the start, before the password is looked at, so that guesses sent at the same
        time can't slip through together.

        Returns:
            ``None`` when admitted. Otherwise the moment of the oldest of that subject's last ``limit`` attempts
            since ``since`` (the latest such moment over the exhausted subjects); nothing is counted then.
        """

    def forgive(self, subjects: tuple[str, ...], attempted_at: datetime) -> None:
        """Take back the attempt counted at ``attempted_at``: the password was right."""

    def forget_before(self, moment: datetime) -> int:
        """Drop attempts older than ``moment``; returns how many."""


class UserWork(Work, Protocol):
    """The transaction in which users are changed."""

    @property
    def users(self) -> UserBook: ...

    @property
    def sessions(self) -> SessionBook: ...

    @property
    def guesses(self) -> GuessLog: ...

    @property
    def audit(self) -> AuditLog: ...


class Passwords(Protocol):
    """A slow, salted hash."""

    def hash(self, password: str) -> str:
        """The encoded hash, with its parameters and salt."""

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether the password belongs to the hash; an unreadable hash is ``False``."""

    def outdated(self, password_hash: str) -> bool:
        """Whether it was made with weaker parameters than today's."""


class Tokens(Protocol):
    """Unguessable texts."""

    def new(self) -> str:
        """32 random bytes, URL-safe."""
