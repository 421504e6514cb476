"""The provider's keys at hand: asked for seldom, by one thread at a time, and kept for a while when it is away."""

import logging
from dataclasses import dataclass, field
from threading import Lock

from adapters.oidc.jwks import SigningKey
from adapters.oidc.provider import Fetched, Provider, ProviderFailed
from domain.errors import Unavailable
from domain.gateway.ports import Stopwatch

log = logging.getLogger(__name__)

#: Keys are believed for as long as the provider says, within these bounds, in seconds: a key that was taken back is good
#: for no more than an hour.
FRESH_LEAST, FRESH_USUAL, FRESH_MOST = 300.0, 600.0, 3600.0
#: While the provider is away, the keys that we have are good for so long.
KEPT = 86_400.0
#: After this long it is asked again, whether it has failed or has not heard of a key: whoever makes keys up, at whatever
#: rate, makes us ask no more often.
ASK_AGAIN = 30.0
#: The same as long as there is nothing to go by at all.
ASK_AGAIN_WITHOUT_KEYS = 5.0
#: How long a thread waits for another one that is asking: for a key that it does not know, and for any key at all. Keys
#: that have only grown old are used meanwhile; and nobody waits for a provider that has failed, or a flood of tokens would
#: take all threads as long as it hangs.
_SHORTLY, _PATIENTLY = 1.0, 10.0


@dataclass(frozen=True)
class _Held:
    keys: tuple[SigningKey, ...]
    fetched_at: float
    fresh_until: float


@dataclass(frozen=True)
class Standing:
    """How things are with the keys: how many there are, and what went wrong when the provider was asked last."""

    keys: int
    failure: ProviderFailed | None


@dataclass
class ProviderKeys:
    """Hands out the keys that may have signed a token. Threads share it."""

    provider: Provider
    stopwatch: Stopwatch
    _held: _Held | None = field(default=None, init=False, repr=False)
    _asked_at: float | None = field(default=None, init=False)
    _failure: ProviderFailed | None = field(default=None, init=False, repr=False)
    _asking: Lock = field(default_factory=Lock, init=False, repr=False)

    def signing(self, kid: str | None, algorithm: str) -> list[SigningKey]:
        """The keys under this name that fit the algorithm; without a name, all that fit. None: it is not the provider's.

        Raises:
            Unavailable: there are no keys, and the provider can't be asked.
        """
        self._refresh_if_due()
        seen = self._held
        found = _among(self._insisted(), kid, algorithm)
        if not found:  # the provider may have a new key since
            self._ask(seen, _SHORTLY)
            found = _among(self._insisted(), kid, algorithm)
        return found

    def standing(self) -> Standing:
        """How things are, after asking the provider if that is due."""
        self._refresh_if_due()
        held = self._present()
        return Standing(len(held.keys) if held is not None else 0, self._failure)

    def _refresh_if_due(self) -> None:
        seen, held = self._held, self._present()
        if held is None or held.fresh_until <= self.stopwatch.seconds():
            self._ask(seen, _PATIENTLY if held is None and self._failure is None else 0)

    def _ask(self, seen: _Held | None, patience: float) -> None:
        """Ask the provider, unless it was asked a moment ago; who finds another thread asking waits for that.

        Args:
            seen: The keys that are not enough: where others are there by then, nobody is asked.
            patience: How long to wait for another thread, in seconds.
        """
        if not (self._may_ask() or self._asking.locked()) or not self._asking.acquire(timeout=patience):
            return
        try:
            if self._held is not seen or not self._may_ask():
                return
            self._asked_at = self.stopwatch.seconds()
            try:
                self._keep(self.provider.fetch())
            except ProviderFailed as error:
                self._failure, self._asked_at = error, self.stopwatch.seconds()
                log.warning("the identity provider's keys could not be fetched: %s", error)
        finally:
            self._asking.release()

    def _keep(self, fetched: Fetched) -> None:
        now = self.stopwatch.seconds()
        age = FRESH_USUAL if fetched.max_age is None else fetched.max_age
        self._held = _Held(fetched.keys, now, now + min(max(age, FRESH_LEAST), FRESH_MOST))
        self._failure = None

    def _may_ask(self) -> bool:
        if self._asked_at is None:
            return True
        pause = ASK_AGAIN_WITHOUT_KEYS if self._present() is None else ASK_AGAIN
        return self.stopwatch.seconds() - self._asked_at >= pause

    def _present(self) -> _Held | None:
        """The keys, unless they are too old to be believed."""
        held = self._held
        if held is None or self.stopwatch.seconds() - held.fetched_at > KEPT:
            return None
        return held

    def _insisted(self) -> _Held:
        held = self._present()
        if held is None:
            raise Unavailable(
                "The identity provider can't be asked for its keys at the moment.", ASK_AGAIN_WITHOUT_KEYS
            )
        return held


def _among(held: _Held, kid: str | None, algorithm: str) -> list[SigningKey]:
    return [one for one in held.keys if one.fits(algorithm) and (kid is None or one.kid == kid)]
