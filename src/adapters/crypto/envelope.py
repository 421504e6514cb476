"""Secrets at rest: AES-256-GCM under a key with an id, bound to the place where they are kept.

An envelope is ``v1.<kid>.<nonce>.<ciphertext>``, the last two in URL-safe base64. The associated data is the envelope's
head and the place, so that neither a ciphertext in another row nor one under another key id opens.
"""

import base64
import binascii
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import KeyUnavailable
from domain.tokens.keyring import RingSource

_VERSION = "v1"
#: 96 random bits, as NIST SP 800-38D recommends; a repetition is out of reach for as many secrets as we will ever seal.
_NONCE_BYTES = 12


@dataclass(frozen=True)
class Envelopes:
    """Seals with the ring's first key, opens with any. The ring is asked for each time: it may change meanwhile."""

    ring: RingSource

    def seal(self, plain: str, place: str) -> str:
        """The secret, encrypted and bound to ``place``.

        Raises:
            KeyUnavailable: the ring can't be read.
        """
        key = self.ring().primary
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(key.secret).encrypt(nonce, plain.encode(), _bound(key.id, place))
        return f"{_VERSION}.{key.id}.{_text(nonce)}.{_text(sealed)}"

    def open(self, sealed: str, place: str) -> str:
        """The secret again.

        Raises:
            KeyUnavailable: the key is not on the ring, the place is another, a bit was changed, or the ring can't be
                read.
        """
        version, _, rest = sealed.partition(".")
        key_id, _, rest = rest.partition(".")
        nonce, _, ciphertext = rest.partition(".")
        key = self.ring().find(key_id)
        if version != _VERSION:
            raise KeyUnavailable("A stored secret is in a form that this version of Portside does not know.")
        if key is None:
            raise KeyUnavailable(
                f"The key ring lacks the key {key_id}, which a stored secret needs; put it back into "
                "TOKEN_ENCRYPTION_KEYS, or into the file token_keys in the instance folder."
            )
        try:
            plain = AESGCM(key.secret).decrypt(_bytes(nonce), _bytes(ciphertext), _bound(key_id, place))
        except (InvalidTag, ValueError) as error:
            raise KeyUnavailable(
                f"A stored secret does not open with the key {key_id}: the key under that id is another one, or the "
                "row was changed or moved."
            ) from error
        return plain.decode()


def _bound(key_id: str, place: str) -> bytes:
    return f"{_VERSION}.{key_id}|{place}".encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if _text(data) != text:  # spare bits in the last character: another text for the same bytes
        raise ValueError("not the canonical base64")
    return data
