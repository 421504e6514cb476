"""Users, sessions and failed log-ins, in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.dialect import insert_unless_there
from adapters.sql.locks import lock_until_commit
from adapters.sql.tables import login_attempts, sessions, users
from domain.errors import Conflict, NotFound
from domain.users.model import Credentials, Session, User, UserId


class SqlUserBook:
    """All users."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, user: User, password_hash: str | None) -> None:
        """Keep a new user.

        Raises:
            Conflict: the e-mail is taken, in whatever case it was typed.
        """
        values = {
            "id": user.id,
            "email": user.email,
            "email_key": _key(user),
            "email_verified": user.email_verified,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "password_hash": password_hash,
            "created_at": user.created_at,
            "last_login_at": user.last_login_at,
        }
        if not insert_unless_there(self._connection, users, values):
            raise Conflict("This e-mail is taken.")

    def get(self, user_id: UserId) -> User:
        """Raises NotFound where there is none."""
        row = self._connection.execute(select(users).where(users.c.id == user_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such user.")
        return user_in(row)

    def credentials(self, email: str) -> Credentials | None:
        """The user with this e-mail, and the hash of the password."""
        found = select(users).where(users.c.email_key == email.lower())
        row = self._connection.execute(found).one_or_none()
        return Credentials(user_in(row), row.password_hash) if row is not None else None

    def all(self) -> list[User]:
        """Everybody, the oldest account first."""
        rows = self._connection.execute(select(users).order_by(users.c.created_at, users.c.id))
        return [user_in(row) for row in rows]

    def record_login(self, user_id: UserId, at: datetime, password_hash: str | None = None) -> None:
        """Note the moment of a log-in, and a better hash of the password."""
        values: dict[str, object] = {"last_login_at": at}
        if password_hash is not None:
            values["password_hash"] = password_hash
        self._connection.execute(update(users).where(users.c.id == user_id).values(values))

    def update(self, user: User) -> None:
        """Keep the e-mail and names as they are given.

        Raises:
            Conflict: the e-mail is taken, in whatever case it was typed; the transaction goes on.
        """
        values = {
            "email": user.email,
            "email_key": _key(user),
            "email_verified": user.email_verified,
            "first_name": user.first_name,
            "last_name": user.last_name,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(update(users).where(users.c.id == user.id).values(values))
        except (
            IntegrityError
        ) as error:  # whoever else has it may be hidden from us: only the constraint knows
            raise Conflict("This e-mail is taken.") from error

    def keep_password(self, user_id: UserId, password_hash: str, instead_of: str | None = None) -> bool:
        """Keep another password's hash, in the place of whatever there is or of this one only; whether that was done."""
        theirs = update(users).where(users.c.id == user_id)
        if instead_of is not None:
            theirs = theirs.where(users.c.password_hash == instead_of)
        return self._connection.execute(theirs.values(password_hash=password_hash)).rowcount == 1

    def forget_password(self, user_id: UserId) -> bool:
        """No password opens this account any more; whether one did."""
        having = update(users).where(users.c.id == user_id, users.c.password_hash.is_not(None))
        return self._connection.execute(having.values(password_hash=None)).rowcount == 1


#: Asked with every request. Built once: that takes longer than to execute it.
_OF_SESSION = (
    select(users)
    .join(sessions, sessions.c.user_id == users.c.id)
    .where(sessions.c.token_hash == bindparam("with_hash"), sessions.c.expires_at > bindparam("now"))
)


class SqlSessionBook:
    """Open log-ins, by the hash of their token."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, session: Session) -> None:
        """Keep a new session."""
        self._connection.execute(
            insert(sessions),
            {
                "token_hash": session.token_hash,
                "user_id": session.user_id,
                "created_at": session.created_at,
                "expires_at": session.expires_at,
            },
        )

    def user_of(self, token_hash: str, now: datetime) -> User | None:
        """Whose session this is, while it lives."""
        row = self._connection.execute(_OF_SESSION, {"with_hash": token_hash, "now": now}).one_or_none()
        return user_in(row) if row is not None else None

    def close(self, token_hash: str) -> None:
        """End a session."""
        self._connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    def close_all(self, user_id: UserId) -> int:
        """End all of this user's; returns how many."""
        return self._connection.execute(delete(sessions).where(sessions.c.user_id == user_id)).rowcount

    def close_expired(self, now: datetime) -> int:
        """Forget the sessions that have run out; returns how many."""
        return self._connection.execute(delete(sessions).where(sessions.c.expires_at <= now)).rowcount


class SqlGuessLog:
    """Attempts to log in, a row for each subject."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def admit(self, subjects: tuple[str, ...], now: datetime, since: datetime, limit: int) -> datetime | None:
        """Count one attempt against each subject, unless one of them has used up its attempts."""
        # Always in the same order, so that two attempts never wait for each other in a circle.
        for subject in sorted(subjects):
            lock_until_commit(self._connection, f"guesses:{subject}")
        oldest = [
            moments[-1]
            for subject in subjects
            if len(moments := self._latest(subject, since, limit)) == limit
        ]
        if oldest:
            return max(oldest)
        self._connection.execute(
            insert(login_attempts), [{"subject": subject, "at": now} for subject in subjects]
        )
        return None

    def forgive(self, subjects: tuple[str, ...], attempted_at: datetime) -> None:
        """Take back one attempt of each subject: others may have been counted at the same moment."""
        attempt = login_attempts.c
        one_each = (
            select(func.min(attempt.id))
            .where(attempt.subject.in_(subjects), attempt.at == attempted_at)
            .group_by(attempt.subject)
        )
        self._connection.execute(delete(login_attempts).where(attempt.id.in_(one_each)))

    def forget_before(self, moment: datetime) -> int:
        """Drop older attempts; returns how many."""
        return self._connection.execute(delete(login_attempts).where(login_attempts.c.at < moment)).rowcount

    def _latest(self, subject: str, since: datetime, limit: int) -> list[datetime]:
        """The moments of the last attempts, the newest first."""
        attempt = login_attempts.c
        latest = (
            select(attempt.at)
            .where(attempt.subject == subject, attempt.at > since)
            .order_by(attempt.at.desc())
            .limit(limit)
        )
        return list(self._connection.scalars(latest))


def _key(user: User) -> str | None:
    """What the e-mail is looked up by."""
    return user.email.lower() if user.email is not None else None


def user_in(row: Row[Any]) -> User:
    """The user in a row of ``users``."""
    return User(
        id=UserId(row.id),
        email=row.email,
        first_name=row.first_name,
        last_name=row.last_name,
        created_at=row.created_at,
        last_login_at=row.last_login_at,
        email_verified=row.email_verified,
    )
