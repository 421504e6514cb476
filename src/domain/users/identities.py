"""Who comes with a token of an identity provider, and which user of ours that is.

The provider's name for a person (issuer and subject) decides. An e-mail only helps at the first arrival, and only one
that the provider vouches for: then whoever proves it is the user who has it here, and whatever opened that account before
without such a proof does so no more. Why: ``docs/decisions/0015-identities-and-whose-account-it-is.md``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from domain.acting import acting_for, nobody
from domain.audit.model import Action, AuditEntry
from domain.clock import Clock
from domain.errors import Conflict, Unavailable
from domain.users.model import Identity, User, UserId, Visitor
from domain.users.ports import BearerTokens, IdentityWork

#: When a user was last here is kept to about a minute, or every request would write.
USE_NOTED_EVERY = timedelta(minutes=1)
#: Two first requests at once get in each other's way once; more often only if others change the same user all the time.
_TRIES = 5
_TOLD = ("email", "email_verified", "first_name", "last_name")


@dataclass(frozen=True)
class Admitted:
    """Somebody let in by a token, and until when the token is good."""

    user: User
    issuer: str
    subject: str
    good_until: datetime


@dataclass(frozen=True)
class Identities:
    """Finds, makes and keeps up to date the users who come with tokens."""

    work: Callable[[], IdentityWork]
    look: Callable[[], IdentityWork]  # the same, for reading only
    tokens: BearerTokens
    clock: Clock

    def admit(self, text: str, visitor: Visitor) -> Admitted:
        """Whoever shows this token.

        Raises:
            TokenRefused: it is no good.
            Unavailable: the provider's keys can't be had, or the database is away.
        """
        verified = self.tokens.verify(text)
        identity = verified.identity
        user = self._user_for(identity, visitor)
        return Admitted(user, identity.issuer, identity.subject, verified.good_until)

    def still_good(self, admitted: Admitted) -> bool:
        """Whether the token has not run out, and still stands for the same user."""
        if self.clock.now() >= admitted.good_until:
            return False
        with nobody(), self.look() as work:
            owner = work.identities.owner(admitted.issuer, admitted.subject)
        return owner is not None and owner.id == admitted.user.id

    def _user_for(self, identity: Identity, visitor: Visitor) -> User:
        for _ in range(_TRIES):
            try:
                return self._found_or_made(identity, visitor)
            except Conflict:
                continue  # somebody else was quicker: what they have made is there now
        raise Unavailable("This user is being changed by others; try again in a moment.", 1.0)

    def _found_or_made(self, identity: Identity, visitor: Visitor) -> User:
        """Raises Conflict when what was looked at has changed meanwhile."""
        with nobody(), self.look() as work:
            known = work.identities.owner(identity.issuer, identity.subject)
            if known is None or _wants_email(known, identity):
                namesake = _namesake(work, identity, known)
            else:
                namesake = None
            theirs = work.identities.of_user(namesake.id) if namesake is not None else []
        if known is not None:
            return self._kept_up(known, _without_email(identity) if namesake else identity, visitor)
        if namesake is None:
            return self._arrived(identity, visitor)
        if _may_be(namesake, identity, [issuer for issuer, _subject in theirs]):
            return self._linked(namesake, theirs, identity, visitor)
        return self._arrived(_without_email(identity), visitor)

    def _kept_up(self, user: User, identity: Identity, visitor: Visitor) -> User:
        """What the token tells anew is taken over; nothing is written when nothing is new."""
        now, told = self.clock.now(), _told(user, identity)
        changed = [name for name in _TOLD if getattr(told, name) != getattr(user, name)]
        if not changed and user.last_login_at is not None and now - user.last_login_at < USE_NOTED_EVERY:
            return user
        with acting_for(user.id), self.work() as work:
            work.users.record_login(user.id, now)
            if changed:
                work.users.update(told)
                work.audit.append(
                    self._deed(Action.USER_CHANGED, told, visitor, {"changed": " ".join(changed)})
                )
            work.commit()
        return replace(told, last_login_at=now)

    def _arrived(self, identity: Identity, visitor: Visitor) -> User:
        now = self.clock.now()
        user = User(
            UserId(uuid4()),
            identity.email,
            identity.first_name,
            identity.last_name,
            created_at=now,
            last_login_at=now,
            email_verified=identity.email_verified,
        )
        with acting_for(user.id), self.work() as work:
            work.users.add(user, None)
            work.identities.add(user.id, identity.issuer, identity.subject, now)
            work.audit.append(self._deed(Action.USER_REGISTERED, user, visitor, _named(identity)))
            work.commit()
        return user

    def _linked(
        self, user: User, theirs: list[tuple[str, str]], identity: Identity, visitor: Visitor
    ) -> User:
        """The user with this e-mail comes by the provider from now on, and by nothing that was there without a proof."""
        now, told = self.clock.now(), _told(user, identity)
        with acting_for(user.id), self.work() as work:
            work.api_keys.hold(user.id)
            work.users.record_login(
                user.id, now
            )  # whoever logs in by password meanwhile waits, and is refused
            present = work.users.get(user.id), work.identities.of_user(user.id)
            if present != (replace(user, last_login_at=now), theirs):
                raise Conflict("The user has changed meanwhile.")
            ended = "" if user.email_verified else _end_everything(work, user.id)
            work.users.update(told)
            work.identities.add(user.id, identity.issuer, identity.subject, now)
            details = _named(identity) | ({"ended": ended} if ended else {})
            work.audit.append(self._deed(Action.USER_LINKED, told, visitor, details))
            work.commit()
        return replace(told, last_login_at=now)

    def _deed(self, action: Action, user: User, visitor: Visitor, details: dict[str, str]) -> AuditEntry:
        actor = visitor.acting_for(user)
        return AuditEntry(uuid4(), self.clock.now(), user.id, action, actor, visitor.address, None, details)


def _wants_email(user: User, identity: Identity) -> bool:
    return (_told(user, identity).email or "").lower() != (user.email or "").lower()


def _namesake(work: IdentityWork, identity: Identity, known: User | None) -> User | None:
    """Another user who has the identity's e-mail."""
    if identity.email is None:
        return None
    found = work.users.credentials(identity.email)
    return found.user if found is not None and (known is None or found.user.id != known.id) else None


def _may_be(user: User, identity: Identity, issuers: list[str]) -> bool:
    """Whether somebody new with this user's e-mail is this user.

    A provider that knows a proven e-mail under another subject has given it to somebody else: a colleague's address
    that was handed on does not hand on the account.
    """
    return identity.email_verified and not (user.email_verified and identity.issuer in issuers)


def _told(user: User, identity: Identity) -> User:
    """The user as the identity has it. What it leaves out stays, and a proven e-mail yields to another proven one only."""
    told = replace(
        user,
        first_name=identity.first_name or user.first_name,
        last_name=identity.last_name or user.last_name,
    )
    if identity.email is None or (user.email_verified and not identity.email_verified):
        return told
    return replace(told, email=identity.email, email_verified=identity.email_verified)


def _without_email(identity: Identity) -> Identity:
    return replace(identity, email=None, email_verified=False)


def _named(identity: Identity) -> dict[str, str]:
    return {"issuer": identity.issuer, "subject": identity.subject}


def _end_everything(work: IdentityWork, user_id: UserId) -> str:
    """Close every way into an account whose e-mail nobody had proven; says which there were."""
    counts = {
        "password": int(work.users.forget_password(user_id)),
        "sessions": work.sessions.close_all(user_id),
        "keys": work.api_keys.delete_all(user_id),
        "identities": work.identities.drop_all(user_id),
    }
    return " ".join(f"{name}:{count}" for name, count in counts.items() if count)
