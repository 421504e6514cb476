"""The key ring: which key encrypts, which keys can still decrypt."""

import base64
import re
from dataclasses import dataclass, field

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

    def find(self, key_id: str) -> Key | None:
        """The key with this id, if the ring has it."""
        return next((key for key in self.keys if key.id == key_id), None)


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
