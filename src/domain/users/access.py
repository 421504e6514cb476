"""Register, log in, log out: and slow down those who guess."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from domain.acting import acting_for, nobody
from domain.audit.model import Action, AuditEntry
from domain.clock import Clock
from domain.errors import InvalidInput, NotLoggedIn, RateLimited, WrongCredentials
from domain.users.model import Session, User, UserId, Visitor
from domain.users.ports import Passwords, Tokens, UserWork

SESSION_LIFE = timedelta(days=14)
#: Ten wrong passwords in a quarter of an hour, for one e-mail or one address, and the door is shut for a while.
MOST_FAILURES = 10
FAILURE_WINDOW = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
#: Argon2 takes any length; a limit keeps a request from costing more than it should.
LONGEST_PASSWORD = 1024
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_LONGEST_EMAIL = 254
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Registration:
    """What somebody fills in to get an account."""

    email: str
    password: str
    first_name: str | None = None
    last_name: str | None = None


@dataclass(frozen=True)
class Access:
    """Lets users in, and out."""

    work: Callable[[], UserWork]
    look: Callable[[], UserWork]  # the same, for reading only
    passwords: Passwords
    tokens: Tokens
    clock: Clock
    #: A hash that nobody's password has: an unknown e-mail takes as long to refuse as a known one.
    reference_hash: str

    def register(self, form: Registration, visitor: Visitor) -> User:
        """A new user.

        Raises:
            InvalidInput: an e-mail, password or name that can't be.
            Conflict: the e-mail is taken.
        """
        email = form.email.strip()
        _check(email, form)
        user = User(UserId(uuid4()), email, form.first_name, form.last_name, self.clock.now())
        password_hash = self.passwords.hash(form.password)
        with acting_for(user.id), self.work() as work:
            work.users.add(user, password_hash)
            work.audit.append(_deed(Action.USER_REGISTERED, user, visitor, user.created_at))
            work.commit()
        return user

    def log_in(self, email: str, password: str, visitor: Visitor) -> tuple[User, str]:
        """The user, and the token of a new session; the token itself is kept nowhere.

        Raises:
            WrongCredentials: whichever of the two is wrong.
            RateLimited: too many failures for this e-mail or address; the right password does not help then.
        """
        email = email.strip()
        if not email.isprintable():  # nobody can have registered with it, and no database takes it
            raise WrongCredentials("E-mail or password is wrong.")
        subjects = (f"email:{email.lower()[:_LONGEST_EMAIL]}", f"address:{visitor.address}")
        now = self._admitted(subjects)
        with nobody(), self.look() as work:  # whoever is logged in here already
            known = work.users.credentials(email)
        kept_hash = known.password_hash if known else None
        right = self.passwords.verify(kept_hash or self.reference_hash, password[:LONGEST_PASSWORD])
        # What is cut off above belongs to the password all the same.
        right = right and len(password) <= LONGEST_PASSWORD
        if known is None or kept_hash is None or not right:
            self._note_failure(known.user.id if known else None, visitor, now)
            raise WrongCredentials("E-mail or password is wrong.")
        better = self.passwords.hash(password) if self.passwords.outdated(kept_hash) else None
        token = self.tokens.new()
        with acting_for(known.user.id), self.work() as work:
            work.guesses.forgive(subjects, now)
            work.users.record_login(known.user.id, now, better)
            work.sessions.open(Session(_hash(token), known.user.id, now, now + SESSION_LIFE))
            work.audit.append(_deed(Action.USER_LOGGED_IN, known.user, visitor, now))
            user = work.users.get(known.user.id)
            work.commit()
        return user, token

    def begin_session(self, user: User, visitor: Visitor) -> tuple[User, str]:
        """A session for somebody who has just proven who they are in another way; the user, and its token."""
        now = self.clock.now()
        token = self.tokens.new()
        with acting_for(user.id), self.work() as work:
            work.users.record_login(user.id, now)
            work.sessions.open(Session(_hash(token), user.id, now, now + SESSION_LIFE))
            work.audit.append(_deed(Action.USER_LOGGED_IN, user, visitor, now))
            present = work.users.get(user.id)
            work.commit()
        return present, token

    def user_of(self, session_token: str) -> User | None:
        """Who is logged in with this session; ``None`` when it has ended."""
        with nobody(), self.look() as work:
            return work.sessions.user_of(_hash(session_token), self.clock.now())

    def log_out(self, session_token: str, visitor: Visitor) -> None:
        """End the session here, so that a copied cookie is dead."""
        now, token_hash = self.clock.now(), _hash(session_token)
        with self.work() as work:
            user = work.sessions.user_of(token_hash, now)
            work.sessions.close(token_hash)
            if user is not None:
                work.audit.append(_deed(Action.USER_LOGGED_OUT, user, visitor, now))
            work.commit()

    def everybody(self) -> list[User]:
        """All users, the oldest account first: for operators."""
        with self.look() as work:
            return work.users.all()

    def by_email(self, email: str) -> User:
        """Raises NotLoggedIn where there is no such user (for commands that act for somebody)."""
        with self.look() as work:
            known = work.users.credentials(email.strip())
        if known is None:
            raise NotLoggedIn(f"There is no user {email}.")
        return known.user

    def _note_failure(self, user_id: UserId | None, visitor: Visitor, now: datetime) -> None:
        """The same for an e-mail that nobody has, so that it takes as long; what was typed is not kept."""
        entry = AuditEntry(uuid4(), now, user_id, Action.USER_LOGIN_FAILED, "unknown", visitor.address)
        with nobody(), self.work() as work:  # whoever is logged in here already
            work.audit.append(entry)
            work.commit()

    def _admitted(self, subjects: tuple[str, ...]) -> datetime:
        """The moment at which the attempt was counted."""
        now = self.clock.now()
        with self.work() as work:
            oldest = work.guesses.admit(subjects, now, now - FAILURE_WINDOW, MOST_FAILURES)
            work.commit()
        if oldest is not None:
            wait = (oldest + FAILURE_WINDOW - now).total_seconds()
            raise RateLimited("Too many failed log-ins: wait, then try again.", max(wait, 1.0))
        return now


def _deed(action: Action, user: User, visitor: Visitor, at: datetime) -> AuditEntry:
    return AuditEntry(uuid4(), at, user.id, action, visitor.acting_for(user), visitor.address)


def _check(email: str, form: Registration) -> None:
    problems: dict[str, str] = {}
    if len(email) > _LONGEST_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        problems["email"] = "not an e-mail address"
    if len(form.password) < SHORTEST_PASSWORD:
        problems["password"] = f"at least {SHORTEST_PASSWORD} characters"
    elif len(form.password) > LONGEST_PASSWORD:
        problems["password"] = f"at most {LONGEST_PASSWORD} characters"
    for name, value in (("first_name", form.first_name), ("last_name", form.last_name)):
        if value is not None and len(value) > _LONGEST_NAME:
            problems[name] = f"at most {_LONGEST_NAME} characters"
        elif value is not None and not value.isprintable():
            problems[name] = "characters that can't be printed"
    if problems:
        raise InvalidInput(problems)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
