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
from domain.errors import Conflict, InvalidInput, NotLoggedIn, RateLimited, WrongCredentials
from domain.hosts import neighbourhood
from domain.users.model import LoggedIn, Session, User, UserId, Visitor
from domain.users.ports import Passwords, PresentSessions, Tokens, UserWork

SESSION_LIFE = timedelta(days=14)
#: Ten wrong passwords in a quarter of an hour, for one e-mail or one address, and the door is shut for a while.
MOST_FAILURES = 10
FAILURE_WINDOW = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
#: Argon2 takes any length; a limit keeps a request from costing more than it should.
LONGEST_PASSWORD = 1024
_TOO_MANY_REGISTRATIONS = "Too many registrations that failed: wait, then try again."
#: Signs that are letters in lower case: an address with one would be that of somebody else, who has the letter.
LOOKALIKES = "\u03f4\u2126\u212a\u212b"
_EMAIL = re.compile(rf"[^@\s{LOOKALIKES}]{{1,64}}@[^@\s.{LOOKALIKES}]+(\.[^@\s.{LOOKALIKES}]+)+")
LONGEST_EMAIL = 254
LONGEST_NAME = 100


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
    sessions: PresentSessions
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
            RateLimited: too many of those who come from there have asked for e-mails that are taken.
        """
        email = form.email.strip()
        _check(email, form)
        # Whoever asks often which e-mails are taken wants to know who has an account here.
        subjects = (f"registration:{neighbourhood(visitor.address)}",)
        now = self._admitted(subjects, _TOO_MANY_REGISTRATIONS, counted=False)
        user = User(UserId(uuid4()), email, form.first_name, form.last_name, now)
        password_hash = self.passwords.hash(form.password)
        try:
            with acting_for(user.id), self.work() as work:
                work.users.add(user, password_hash)
                work.audit.append(_deed(Action.USER_REGISTERED, user, visitor, user.created_at))
                work.commit()
        except Conflict:
            self._admitted(subjects, _TOO_MANY_REGISTRATIONS)
            raise
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
        subjects = (f"email:{email.lower()[:LONGEST_EMAIL]}", f"address:{neighbourhood(visitor.address)}")
        now = self._admitted(subjects, "Too many failed log-ins: wait, then try again.")
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
            work.users.record_login(known.user.id, now)
            present = work.users.credentials(email)
            if present is None or not self._is_still(present.password_hash, kept_hash, password):
                raise WrongCredentials("E-mail or password is wrong.")
            if better is not None:
                work.users.record_login(known.user.id, now, better)
            work.sessions.open(Session(_hash(token), known.user.id, now, now + SESSION_LIFE))
            work.audit.append(_deed(Action.USER_LOGGED_IN, known.user, visitor, now))
            work.commit()
        return present.user, token

    def change_password(self, user: User, present: str, new: str, visitor: Visitor) -> None:
        """Another password; every session of the user ends, the one that asks as well.

        Raises:
            InvalidInput: the new one can't be.
            WrongCredentials: the present one is wrong.
            Conflict: the user has none, and logs in by the identity provider.
            RateLimited: too many wrong ones.
        """
        problem = _problem_of(new)
        if problem:
            raise InvalidInput({"new_password": problem})
        now = self._admitted(_changes_of(user), "Too many wrong passwords: wait, then try again.")
        with self.look() as work:
            known = work.users.credentials(user.email) if user.email else None
        if known is None or known.password_hash is None:
            raise Conflict("This account has no password: its user logs in by the identity provider.")
        if len(present) > LONGEST_PASSWORD or not self.passwords.verify(known.password_hash, present):
            raise WrongCredentials("The present password is wrong.")
        self._keep(user, new, visitor, now, instead_of=known.password_hash)

    def set_password(self, user: User, new: str, visitor: Visitor) -> None:
        """Another password, by an operator; every session of the user ends.

        Raises:
            InvalidInput: it can't be.
            Conflict: the user has no e-mail to log in with.
        """
        problem = _problem_of(new)
        if problem:
            raise InvalidInput({"password": problem})
        if user.email is None:
            raise Conflict("This user has no e-mail to log in with.")
        self._keep(user, new, visitor, self.clock.now())

    def _keep(
        self, user: User, new: str, visitor: Visitor, now: datetime, instead_of: str | None = None
    ) -> None:
        """Raises WrongCredentials when the hash that was compared is not the user's any more."""
        password_hash = self.passwords.hash(new)
        with acting_for(user.id), self.work() as work:
            if not work.users.keep_password(user.id, password_hash, instead_of):
                raise WrongCredentials("The present password is wrong.")
            work.sessions.close_all(user.id)
            work.guesses.forgive(_changes_of(user), now)
            work.audit.append(_deed(Action.USER_PASSWORD_CHANGED, user, visitor, now))
            work.commit()

    def _is_still(self, present: str | None, compared: str, password: str) -> bool:
        """Whether a password that was right a moment ago still is: it may have been changed or taken away meanwhile."""
        return present == compared or (present is not None and self.passwords.verify(present, password))

    def begin_session(self, user: User, visitor: Visitor) -> tuple[User, str]:
        """A session for somebody who has just proven who they are in another way; the user, and its token.

        Raises:
            NotLoggedIn: somebody else has proven meanwhile that the account is theirs.
        """
        now = self.clock.now()
        token = self.tokens.new()
        with acting_for(user.id), self.work() as work:
            work.users.record_login(user.id, now)
            present = work.users.get(user.id)
            if present.email_verified != user.email_verified:
                raise NotLoggedIn("The account has been linked with the identity provider: log in there.")
            work.sessions.open(Session(_hash(token), user.id, now, now + SESSION_LIFE))
            work.audit.append(_deed(Action.USER_LOGGED_IN, user, visitor, now))
            work.commit()
        return present, token

    def logged_in(self, session_token: str) -> LoggedIn | None:
        """Who is logged in with this session; ``None`` when it has ended.

        Raises:
            Unavailable: the database is away.
        """
        with nobody():
            return self.sessions.logged_in(_hash(session_token), self.clock.now())

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

    def known(self, user_id: UserId) -> User:
        """The user with this id.

        Raises:
            NotFound: there is none any more.
        """
        with acting_for(user_id), self.look() as work:
            return work.users.get(user_id)

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

    def _admitted(self, subjects: tuple[str, ...], otherwise: str, *, counted: bool = True) -> datetime:
        """The moment at which the attempt was counted; or was let through, where only failures count."""
        now = self.clock.now()
        with self.work() as work:
            oldest = work.guesses.admit(subjects, now, now - FAILURE_WINDOW, MOST_FAILURES)
            if counted:
                work.commit()
        if oldest is not None:
            wait = (oldest + FAILURE_WINDOW - now).total_seconds()
            raise RateLimited(otherwise, max(wait, 1.0))
        return now


def _changes_of(user: User) -> tuple[str, ...]:
    """Against what wrong present passwords count."""
    return (f"password:{user.id}",)


def _deed(action: Action, user: User, visitor: Visitor, at: datetime) -> AuditEntry:
    return AuditEntry(uuid4(), at, user.id, action, visitor.acting_for(user), visitor.address)


def is_email(text: str) -> bool:
    """Whether somebody could have this address."""
    return len(text) <= LONGEST_EMAIL and text.isprintable() and _EMAIL.fullmatch(text) is not None


def _problem_of(password: str) -> str:
    """What is wrong with a new password; empty when nothing is."""
    if len(password) < SHORTEST_PASSWORD:
        return f"at least {SHORTEST_PASSWORD} characters"
    return f"at most {LONGEST_PASSWORD} characters" if len(password) > LONGEST_PASSWORD else ""


def _check(email: str, form: Registration) -> None:
    problems: dict[str, str] = {}
    if not is_email(email):
        problems["email"] = "not an e-mail address"
    problem = _problem_of(form.password)
    if problem:
        problems["password"] = problem
    for name, value in (("first_name", form.first_name), ("last_name", form.last_name)):
        if value is not None and len(value) > LONGEST_NAME:
            problems[name] = f"at most {LONGEST_NAME} characters"
        elif value is not None and not value.isprintable():
            problems[name] = "characters that can't be printed"
    if problems:
        raise InvalidInput(problems)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
