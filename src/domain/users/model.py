"""Users of Portside, and the sessions in which they are logged in."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)


@dataclass(frozen=True)
class User:
    """Somebody with an account here. ``email`` is kept as typed and unique without regard to case.

    Who registers by password has one. Who comes by an identity provider that tells none, or one that is somebody
    else's here, has none. ``email_verified``: an identity provider has said that it is this user's.
    """

    id: UserId
    email: str | None
    first_name: str | None
    last_name: str | None
    created_at: datetime
    last_login_at: datetime | None = None
    email_verified: bool = False

    @property
    def label(self) -> str:
        """How the user is called in lists and in the audit log."""
        return self.email or str(self.id)


@dataclass(frozen=True)
class Identity:
    """Who somebody is, as an identity provider says in a token; ``subject`` is its own name for that person.

    No text in it is one that can't be printed or kept. ``email_verified``: the provider vouches for the e-mail.
    """

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
    first_name: str | None = None
    last_name: str | None = None


@dataclass(frozen=True)
class Credentials:
    """What a password is checked against. No hash: this user can't log in with a password."""

    user: User
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True)
class Session:
    """One browser's log-in. Only the SHA-256 of its token is kept, so a stolen database opens no session."""

    token_hash: str = field(repr=False)
    user_id: UserId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class LoggedIn:
    """Whom a session lets in, and the number of that user's figures as it was then (``domain.kpis.versions``).

    0 where nothing has ever changed. What is looked at later in the same request is as new as that number, or newer.
    """

    user: User
    figures_version: int


@dataclass(frozen=True)
class ApiKey:
    """What a program of a user's shows; its text is kept nowhere. ``last_used_at`` is right to about a minute."""

    id: UUID
    user_id: UserId
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True)
class Visitor:
    """Who stands at the door: the address a request came from, as the server sees it; or who sits at the console."""

    address: str

    def acting_for(self, user: User) -> str:
        """Who did it, for the audit log: the user, unless somebody at the console did it in the user's stead."""
        return self.address if self == CONSOLE else user.label


#: Whoever may run commands on this machine.
CONSOLE = Visitor("console")
