"""API keys: how a program shows for whom it works."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from domain.acting import acting_for, nobody
from domain.audit.model import Action, AuditEntry
from domain.audit.ports import Mark
from domain.clock import Clock
from domain.errors import Conflict, InvalidInput, NotLoggedIn
from domain.users.model import ApiKey, User, UserId, Visitor
from domain.users.ports import ApiKeyWork, Tokens

#: How a key begins: people and secret scanners know it by that.
PREFIX = "pk_"
MOST_KEYS = 50
#: When a key was last used is kept to about a minute, or every request would write.
USE_NOTED_EVERY = timedelta(minutes=1)
_LONGEST_NAME = 100
#: The prefix and 32 bytes in base 64 are shorter; what is longer is none of ours, and need not be hashed.
_LONGEST_TEXT = 64


@dataclass(frozen=True)
class ApiKeys:
    """Makes keys, takes them back, and knows whose they are. Only a key's SHA-256 is kept: 256 random bits need no salt."""

    work: Callable[[], ApiKeyWork]
    look: Callable[[], ApiKeyWork]  # the same, for reading only
    tokens: Tokens
    clock: Clock

    def create(self, user: User, visitor: Visitor, name: str) -> tuple[ApiKey, str]:
        """A new key, and its text, which is kept nowhere.

        Raises:
            InvalidInput: a name that can't be.
            Conflict: the user has as many keys as anybody may have.
            NotLoggedIn: somebody else has proven meanwhile that the account is theirs.
        """
        name = name.strip()
        _check(name)
        key = ApiKey(uuid4(), user.id, name, self.clock.now())
        text = PREFIX + self.tokens.new()
        with self.work() as work:
            if work.api_keys.hold(user.id) >= MOST_KEYS:
                raise Conflict(f"You have {MOST_KEYS} API keys, and nobody may have more: delete one first.")
            if work.users.get(user.id).email_verified != user.email_verified:
                raise NotLoggedIn("The account has been linked with the identity provider: log in there.")
            work.api_keys.add(key, _hash(text))
            work.audit.append(self._deed(Action.API_KEY_CREATED, user, visitor, key))
            work.commit()
        return key, text

    def of(self, user_id: UserId, *, before: Mark | None = None, limit: int = MOST_KEYS) -> list[ApiKey]:
        """The user's keys, the newest first; those made before a mark, when given."""
        with self.look() as work:
            return work.api_keys.of_user(user_id, before=before, limit=limit)

    def delete(self, user: User, visitor: Visitor, key_id: UUID) -> None:
        """The key opens nothing any more.

        Raises:
            NotFound: there is none with this id, or it is somebody else's.
        """
        with self.work() as work:
            key = work.api_keys.delete(user.id, key_id)
            work.audit.append(self._deed(Action.API_KEY_DELETED, user, visitor, key))
            work.commit()

    def delete_all(self, user: User, visitor: Visitor) -> int:
        """None of the user's keys opens anything any more; how many there were."""
        with acting_for(user.id), self.work() as work:
            number = work.api_keys.hold(user.id)
            keys = work.api_keys.of_user(user.id, limit=number)
            work.api_keys.delete_all(user.id)
            for key in keys:
                work.audit.append(self._deed(Action.API_KEY_DELETED, user, visitor, key))
            work.commit()
        return number

    def user_of(self, text: str) -> User | None:
        """Who works with this key; ``None`` when it is none of ours, or none any more."""
        if len(text) > _LONGEST_TEXT or not text.startswith(PREFIX) or not text.isascii():
            return None
        with nobody(), self.look() as work:
            found = work.api_keys.owner(_hash(text))
        if found is None:
            return None
        key, user = found
        self._note_use(key)
        return user

    def _note_use(self, key: ApiKey) -> None:
        now = self.clock.now()
        if key.last_used_at is not None and now - key.last_used_at < USE_NOTED_EVERY:
            return
        with acting_for(key.user_id), self.work() as work:
            work.api_keys.used(replace(key, last_used_at=now))
            work.commit()

    def _deed(self, action: Action, user: User, visitor: Visitor, key: ApiKey) -> AuditEntry:
        details = {"key_id": str(key.id), "name": key.name}
        actor = visitor.acting_for(user)
        return AuditEntry(uuid4(), self.clock.now(), user.id, action, actor, visitor.address, None, details)


def _check(name: str) -> None:
    if not name:
        raise InvalidInput({"name": "is empty; say what the key is for"})
    if len(name) > _LONGEST_NAME:
        raise InvalidInput({"name": f"at most {_LONGEST_NAME} characters"})
    if not name.isprintable():
        raise InvalidInput({"name": "characters that can't be printed"})


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
