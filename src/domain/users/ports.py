"""What the users' subject asks of the world."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.ports import AuditLog, Mark
from domain.users.model import ApiKey, Credentials, Identity, LoggedIn, Session, User, UserId
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

    def update(self, user: User) -> None:
        """Keep the user's e-mail and names as they are given.

        Raises:
            Conflict: the e-mail is taken, in whatever case it was typed; the transaction goes on.
        """

    def keep_password(self, user_id: UserId, password_hash: str, instead_of: str | None = None) -> bool:
        """Keep another password's hash; whoever opens a session meanwhile waits, and sees it.

        With ``instead_of``, only if that is the hash that is kept. Returns whether it is kept now.
        """

    def forget_password(self, user_id: UserId) -> bool:
        """No password opens this account any more; whether one did."""


class SessionBook(Protocol):
    """Open log-ins."""

    def open(self, session: Session) -> None:
        """Keep a new session."""

    def user_of(self, token_hash: str, now: datetime) -> User | None:
        """Whose session this is; ``None`` when there is none or it has run out."""

    def close(self, token_hash: str) -> None:
        """End a session; nothing happens when there is none."""

    def close_all(self, user_id: UserId) -> int:
        """End all of this user's; returns how many."""

    def close_expired(self, now: datetime) -> int:
        """Forget the sessions that have run out; returns how many."""


class PresentSessions(Protocol):
    """The same log-ins for who only wants to know whose one is: one look, in no transaction of anybody's."""

    def logged_in(self, token_hash: str, now: datetime) -> LoggedIn | None:
        """Whose session this is, with the present number of their figures; ``None`` as ``SessionBook.user_of``.

        To be asked for nobody yet (``domain.acting``): whoever is named sees no session but their own.

        Raises:
            Unavailable: the database is away.
        """


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


class ApiKeyBook(Protocol):
    """All API keys, by the hash of their text."""

    def hold(self, user_id: UserId) -> int:
        """How many keys the user has; nobody adds one until the transaction ends."""

    def add(self, key: ApiKey, key_hash: str) -> None:
        """Keep a new key."""

    def of_user(self, user_id: UserId, *, before: Mark | None = None, limit: int = 50) -> list[ApiKey]:
        """The user's keys, the newest first, made before ``before`` when given."""

    def owner(self, key_hash: str) -> tuple[ApiKey, User] | None:
        """The key with this hash, and whose it is; ``None`` when there is none."""

    def used(self, key: ApiKey) -> None:
        """Note ``last_used_at``; nothing happens when the key is gone."""

    def delete(self, user_id: UserId, key_id: UUID) -> ApiKey:
        """Drop a key, and say which it was.

        Raises:
            NotFound: there is none with this id, or it is somebody else's.
        """

    def delete_all(self, user_id: UserId) -> int:
        """Drop all of this user's; returns how many."""


class IdentityBook(Protocol):
    """Who of an identity provider's people is which user."""

    def owner(self, issuer: str, subject: str) -> User | None:
        """The user who comes by this name; ``None`` when nobody has yet."""

    def add(self, user_id: UserId, issuer: str, subject: str, at: datetime) -> None:
        """Whoever comes by this name is this user from now on.

        Raises:
            Conflict: the name stands for somebody already.
        """

    def of_user(self, user_id: UserId) -> list[tuple[str, str]]:
        """Every name, issuer and subject, by which this user comes."""

    def drop_all(self, user_id: UserId) -> int:
        """None of them stands for this user any more; returns how many there were."""


class ApiKeyWork(Work, Protocol):
    """The transaction in which keys are made, used and taken back."""

    @property
    def users(self) -> UserBook: ...

    @property
    def api_keys(self) -> ApiKeyBook: ...

    @property
    def audit(self) -> AuditLog: ...


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


class IdentityWork(Work, Protocol):
    """The transaction in which people of an identity provider become users."""

    @property
    def users(self) -> UserBook: ...

    @property
    def sessions(self) -> SessionBook: ...

    @property
    def api_keys(self) -> ApiKeyBook: ...

    @property
    def identities(self) -> IdentityBook: ...

    @property
    def audit(self) -> AuditLog: ...


@dataclass(frozen=True)
class Verified:
    """What a token says of who shows it, and until when it may be believed."""

    identity: Identity
    good_until: datetime


class BearerTokens(Protocol):
    """An identity provider's tokens."""

    def verify(self, text: str) -> Verified:
        """Read a token, and see that it is the provider's, for us, and good at this moment.

        Raises:
            TokenRefused: it is not; the message gives away no more than whoever shows it may know.
            Unavailable: the provider's keys can't be had.
        """


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
