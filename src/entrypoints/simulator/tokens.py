"""Tokens, codes and page tokens: signed texts that carry what they mean, so that a restart forgets none.

The key derives from the seed. A token that an equal configuration signed, in another process or yesterday,
is therefore good here too. Only revocations and used codes are remembered, by the process.
"""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from secrets import token_hex
from threading import Lock
from typing import Any

_MAC_BYTES = 18


@dataclass(frozen=True)
class Signer:
    """Seals small JSON objects. A seal of one purpose does not open as one of another."""

    key: bytes = field(repr=False)

    @classmethod
    def from_seed(cls, seed: int) -> Signer:
        return cls(sha256(f"portside simulator {seed}".encode()).digest())

    def seal(self, purpose: str, claims: Mapping[str, Any]) -> str:
        """The claims as a URL-safe text; the same claims give the same text."""
        body = json.dumps(claims, separators=(",", ":"), sort_keys=True).encode()
        return urlsafe_b64encode(self._mac(purpose, body) + body).decode().rstrip("=")

    def open(self, purpose: str, text: str) -> dict[str, Any] | None:
        """The claims of a text sealed for this purpose; None for any other text."""
        try:
            sealed = b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
        except (Base64Error, ValueError):
            return None
        mac, body = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        if not compare_digest(mac, self._mac(purpose, body)):
            return None
        claims: dict[str, Any] = json.loads(body)
        return claims

    def _mac(self, purpose: str, body: bytes) -> bytes:
        return hmac(self.key, purpose.encode() + b"\0" + body, sha256).digest()[:_MAC_BYTES]


@dataclass
class Revocations:
    """Which sellers have withdrawn their consent since the process began.

    Every consent carries the number of withdrawals before it. A withdrawal ends all consents up to now; a
    later consent is good again. Restoring makes the old ones good as well.
    """

    _withdrawals: dict[str, int] = field(default_factory=dict)
    _oldest_good: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def generation(self, seller_id: str) -> int:
        """What a consent given now carries."""
        with self._lock:
            return self._withdrawals.get(seller_id, 0)

    def revoke(self, seller_id: str) -> None:
        with self._lock:
            self._withdrawals[seller_id] = self._withdrawals.get(seller_id, 0) + 1
            self._oldest_good[seller_id] = self._withdrawals[seller_id]

    def restore(self, seller_id: str) -> None:
        with self._lock:
            self._oldest_good.pop(seller_id, None)

    def revoked(self, seller_id: str, generation: int) -> bool:
        with self._lock:
            return generation < self._oldest_good.get(seller_id, 0)


@dataclass(frozen=True)
class Consent:
    """What a refresh token or an authorization code stands for."""

    client_id: str
    seller_id: str
    issued_at: int
    generation: int
    #: The redirect URI that the consent URL named, in codes only.
    redirect_uri: str | None = None
    #: Tells two codes or tokens for the same consent apart.
    nonce: str = ""


@dataclass(frozen=True)
class Access:
    """What an access token allows: one seller's data, or the operations of a scope when there is no seller."""

    client_id: str
    seller_id: str | None
    region: str | None
    scope: str | None
    expires_at: int
    generation: int


_REFRESH, _ACCESS, _CODE = "Atzr|", "Atza|", "AN"


@dataclass(frozen=True)
class TokenOffice:
    """Issues and reads Login with Amazon's codes and tokens. Times are whole seconds since 1970."""

    signer: Signer

    def code(self, consent: Consent) -> str:
        return _CODE + self.signer.seal("code", _consent_claims(consent))

    def read_code(self, text: str) -> Consent | None:
        return self._read_consent("code", _CODE, text)

    def refresh_token(self, consent: Consent) -> str:
        return _REFRESH + self.signer.seal("refresh", _consent_claims(consent))

    def read_refresh_token(self, text: str) -> Consent | None:
        return self._read_consent("refresh", _REFRESH, text)

    def access_token(self, access: Access) -> str:
        """A token that differs from every other one, as Amazon's do."""
        claims = {
            "c": access.client_id,
            "s": access.seller_id,
            "r": access.region,
            "sc": access.scope,
            "e": access.expires_at,
            "g": access.generation,
            "n": token_hex(6),
        }
        return _ACCESS + self.signer.seal("access", claims)

    def read_access_token(self, text: str) -> Access | None:
        claims = self.signer.open("access", text.removeprefix(_ACCESS)) if text.startswith(_ACCESS) else None
        if claims is None:
            return None
        return Access(claims["c"], claims["s"], claims["r"], claims["sc"], claims["e"], claims["g"])

    def _read_consent(self, purpose: str, prefix: str, text: str) -> Consent | None:
        claims = self.signer.open(purpose, text.removeprefix(prefix)) if text.startswith(prefix) else None
        if claims is None:
            return None
        return Consent(claims["c"], claims["s"], claims["i"], claims["g"], claims["u"], claims["n"])


def _consent_claims(consent: Consent) -> dict[str, Any]:
    return {
        "c": consent.client_id,
        "s": consent.seller_id,
        "i": consent.issued_at,
        "g": consent.generation,
        "u": consent.redirect_uri,
        "n": consent.nonce or token_hex(6),
    }
