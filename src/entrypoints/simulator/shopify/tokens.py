"""Shopify's codes and tokens: signed texts that carry what they mean, so that a restart forgets none."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from secrets import token_hex
from threading import Lock
from typing import Any

from entrypoints.simulator.tokens import Signer


@dataclass
class Installations:
    """On which stores the application is, and since which of its installations grants are good."""

    _generations: dict[str, int] = field(default_factory=dict, init=False)
    _gone: set[str] = field(default_factory=set, init=False)
    _oldest_good: dict[str, int] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def generation(self, shop: str) -> int:
        """What a grant given now carries."""
        with self._lock:
            return self._generations.get(shop, 0)

    def installed(self, shop: str) -> bool:
        with self._lock:
            return shop not in self._gone

    def install(self, shop: str) -> None:
        """The owner agrees; what was withdrawn before stays withdrawn."""
        with self._lock:
            self._gone.discard(shop)

    def uninstall(self, shop: str) -> None:
        """Every grant of the store given so far is void."""
        with self._lock:
            self._gone.add(shop)
            self._generations[shop] = self._oldest_good[shop] = self._generations.get(shop, 0) + 1

    def restore(self, shop: str) -> None:
        """As if it had never been uninstalled: all grants are good again."""
        with self._lock:
            self._gone.discard(shop)
            self._oldest_good.pop(shop, None)

    def void(self, shop: str, generation: int) -> bool:
        """Whether a grant of this generation was withdrawn."""
        with self._lock:
            return generation < self._oldest_good.get(shop, 0)


@dataclass(frozen=True)
class Grant:
    """What a store's owner has agreed to, in a code or a token. Times are whole seconds since 1970.

    ``family`` ties the refresh tokens of one installation together, ``place`` is the token's place among them.
    """

    shop: str
    client_id: str
    scopes: tuple[str, ...]
    generation: int
    until: int | None = None
    redirect_uri: str | None = None
    family: str = ""
    place: int = 0


_PREFIXES = {"access": "shpat_", "refresh": "shprt_", "lent": "", "code": ""}


@dataclass
class TokenOffice:
    """Issues and reads them; remembers which codes were used, which refresh tokens replaced, who uninstalled."""

    signer: Signer
    installations: Installations = field(default_factory=Installations)
    _used_codes: set[str] = field(default_factory=set, init=False, repr=False)
    _latest: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _exchanged: set[str] = field(default_factory=set, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def issue(self, purpose: str, grant: Grant) -> str:
        """A text for the grant that differs from every other one. ``lent``: of client credentials."""
        claims = {**asdict(grant), "scopes": list(grant.scopes), "nonce": token_hex(6)}
        return _PREFIXES[purpose] + self.signer.seal(f"shopify {purpose}", claims)

    def read(self, purpose: str, text: str) -> Grant | None:
        """The grant behind a text of this purpose; None also for one that its owner has withdrawn."""
        if not text.startswith(_PREFIXES[purpose]):
            return None
        sealed = text.removeprefix(_PREFIXES[purpose])
        claims: dict[str, Any] | None = self.signer.open(f"shopify {purpose}", sealed)
        if claims is None or text in self._exchanged:
            return None
        del claims["nonce"]
        grant = Grant(**{**claims, "scopes": tuple(claims["scopes"])})
        return None if self.installations.void(grant.shop, grant.generation) else grant

    def use_code(self, text: str) -> bool:
        """Whether this is the code's first use."""
        with self._lock:
            fresh = text not in self._used_codes
            self._used_codes.add(text)
            return fresh

    def use_refresh_token(self, grant: Grant) -> bool:
        """Whether this token is good still: it is, until one that replaced it is used."""
        with self._lock:
            latest = self._latest.get(grant.family, 0)
            self._latest[grant.family] = max(latest, grant.place)
            return grant.place >= latest

    def end(self, text: str) -> None:
        """A permanent token was exchanged for one that ends, and is good no more."""
        with self._lock:
            self._exchanged.add(text)

    def ended(self, text: str) -> bool:
        return text in self._exchanged
