"""The key ring: which key encrypts, which keys can still decrypt, and what is sealed under each."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True)
class Key:
    """One AES-256 key under its id."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class KeyRing:
    """Keys by id. The first one encrypts, every one decrypts."""

    keys: tuple[Key, ...]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read ``kid:base64(32 bytes)``, comma-separated.

        Raises:
            ValueError: says which entry is wrong and why, without its secret.
        """
        keys = tuple(
            _parse_key(entry.strip(), number) for number, entry in enumerate(text.split(","), start=1)
        )
        if len({key.id for key in keys}) != len(keys):
            raise ValueError("two keys have the same id")
        return cls(keys)

    @property
    def primary(self) -> Key:
        """The key that new secrets are encrypted with."""
        return self.keys[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the first one first."""
        return tuple(key.id for key in self.keys)

    def find(self, key_id: str) -> Key | None:
        """The key with this id, if the ring has it."""
        return next((key for key in self.keys if key.id == key_id), None)


#: The ring as it is at the moment of asking: it may change while the process runs. Raises KeyUnavailable where it can't
#: be read.
RingSource = Callable[[], KeyRing]


@dataclass(frozen=True)
class FixedRing:
    """A ring that stays what it is as long as the process lives."""

    ring: KeyRing = field(repr=False)

    def __call__(self) -> KeyRing:
        """The ring."""
        return self.ring


@dataclass(frozen=True)
class KeyCount:
    """How many secrets of one kind (``tokens.refresh_token``) are sealed under one key."""

    kind: str
    key_id: str
    secrets: int


@dataclass(frozen=True)
class Closed:
    """One secret that does not open, though the ring has a key of that id. ``place`` names its table, column and row."""

    place: str
    key_id: str


@dataclass(frozen=True)
class Position:
    """How far a batch came; only whoever keeps the rows can read it."""

    table: int
    key: tuple[object, ...]


@dataclass(frozen=True)
class Resealed:
    """What one batch did: secrets sealed anew, the connections they belong to (with their users), and how to go on.

    ``installation`` counts those of the secrets that belong to no connection. ``after`` is where the next batch goes on;
    ``None``: the end was reached.
    """

    secrets: int
    connections: tuple[tuple[UUID, UUID], ...]  # connection, user
    installation: int
    closed: tuple[Closed, ...]
    after: Position | None


@dataclass(frozen=True)
class RingStatus:
    """The ring, and what is sealed under each key."""

    ring: tuple[str, ...]  # ids; the first one encrypts
    counts: tuple[KeyCount, ...]

    @property
    def behind(self) -> int:
        """How many secrets are sealed under another key than the first."""
        return sum(count.secrets for count in self.counts if count.key_id != self.ring[0])

    @property
    def missing(self) -> tuple[KeyCount, ...]:
        """What can't be opened, since the ring lacks its key."""
        return tuple(count for count in self.counts if count.key_id not in self.ring)

    @property
    def unused(self) -> tuple[str, ...]:
        """Keys of the ring that seal nothing and are not about to: they may be removed."""
        used = {count.key_id for count in self.counts}
        return tuple(key_id for key_id in self.ring[1:] if key_id not in used)


def _parse_key(entry: str, number: int) -> Key:
    key_id, colon, encoded = entry.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise ValueError(f"entry {number} is not kid:base64 (kid: 1 to 32 letters, digits, _ or -)")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise ValueError(f"the key {key_id} is not base64") from error
    if len(secret) != KEY_BYTES:
        raise ValueError(f"the key {key_id} has {len(secret)} bytes instead of {KEY_BYTES}")
    return Key(key_id, secret)
