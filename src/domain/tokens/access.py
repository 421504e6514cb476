"""Fresh access tokens: exchanged once, however many threads and processes ask."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from domain.clock import Clock
from domain.errors import NotConnected, ReauthorizationRequired, Unavailable
from domain.tokens.model import AccessToken, Claim, StoredTokens
from domain.tokens.ports import Pause, TokenExchange, VaultWork
from domain.tokens.turns import Turns

#: How often those who wait look whether the renewal by somebody else has come.
_LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True)
class AccessTokens:
    """Lends one access token per connection, and renews it before it runs out.

    Threads of one process queue at a lock; processes contend for a claim on the token's row. Whoever holds the claim
    asks LWA, the others look again until the new token is there. What is written is compared with the version that
    was read, so that a claim which outlived its time overwrites nothing.
    """

    work: Callable[[], VaultWork]
    look: Callable[[], VaultWork]  # the same, for reading only
    exchange: TokenExchange
    clock: Clock
    pause: Pause
    owner: str  # names this process: host and process id
    claim_seconds: float  # longer than the slowest exchange
    revoked: Callable[[UUID, int], None]  # LWA refused this version of the connection's refresh token
    channel: str = "amazon"  # whose tokens they are, as errors call it
    _turns: Turns = field(default_factory=Turns, init=False, repr=False)

    def for_connection(self, connection_id: UUID) -> AccessToken:
        """A token with at least ``SAFETY_MARGIN`` left to live.

        Raises:
            NotConnected: the vault holds no tokens for this connection.
            ReauthorizationRequired: the seller has revoked us.
            KeyUnavailable: the key ring can't open what is stored.
            Unavailable: another process renews it and takes too long.
            NotConfigured, RateLimited, UpstreamFailed, UpstreamTimedOut: as ``TokenExchange.refresh``.
        """
        token = self._stored(connection_id).access_token
        if token is not None and token.usable_at(self.clock.now()):
            return token
        with self._turns.of(connection_id):
            return self._renewed(connection_id)

    def renewed(self, connection_id: UUID) -> AccessToken:
        """A token issued just now, however good the stored one is: the proof that the exchange works.

        The stored one stays when LWA does not answer well.

        Raises:
            As ``for_connection``.
        """
        known = self._stored(connection_id).access_token
        with self._turns.of(connection_id):
            return self._renewed(connection_id, known)

    def renew_claimed(self, connection_id: UUID, stored: StoredTokens, claim: Claim) -> AccessToken | None:
        """Renew what the caller has claimed and looked at; ``None`` when somebody else wrote a newer token meanwhile.

        When an error leaves this, the claim is still the caller's, to be given back.

        Raises:
            ReauthorizationRequired: the seller has revoked us; the connection has been marked.
            NotConfigured, RateLimited, UpstreamFailed, UpstreamTimedOut: as ``TokenExchange.refresh``.
        """
        try:
            renewal = self.exchange.refresh(stored.refresh_token, stored.client, stored.account)
        except ReauthorizationRequired:
            if self._version(connection_id) != stored.version:
                return None  # the seller has just renewed the grant: what LWA refused was the old one
            self.revoked(connection_id, stored.version)
            raise
        with self.work() as work:
            ours = work.vault.renew(connection_id, claim, renewal)
            if not ours:
                work.vault.release(connection_id, claim)  # the next one need not wait for it to run out
            work.commit()
        return renewal.access_token if ours else None

    def refused(self, connection_id: UUID, token: AccessToken) -> None:
        """The channel says that this token is dead before its time: the next caller gets a new one."""
        stored = self._stored(connection_id)
        if stored.access_token is not None and stored.access_token.text == token.text:
            with self.work() as work:
                work.vault.forget_access(connection_id, stored.version)
                work.commit()

    def _renewed(self, connection_id: UUID, passed_over: AccessToken | None = None) -> AccessToken:
        deadline = self.clock.now() + timedelta(seconds=2 * self.claim_seconds)
        while True:
            stored = self._stored(connection_id)
            token = stored.access_token
            if token is not None and token != passed_over and token.usable_at(self.clock.now()):
                return token
            claim = self._claimed(connection_id, stored.version)
            if claim is not None:
                lent = self._exchanged(connection_id, stored, claim)
                if lent is not None:
                    return lent
            elif self.clock.now() >= deadline:
                raise Unavailable(
                    "The access token is being renewed elsewhere and does not come; try again shortly."
                )
            else:
                self.pause.wait(_LOOK_AGAIN_SECONDS)

    def _exchanged(self, connection_id: UUID, stored: StoredTokens, claim: Claim) -> AccessToken | None:
        """The new token; ``None`` when somebody else wrote a newer one while LWA was thinking."""
        try:
            return self.renew_claimed(connection_id, stored, claim)
        except BaseException:
            with self.work() as work:
                work.vault.release(connection_id, claim)
                work.commit()
            raise

    def _version(self, connection_id: UUID) -> int | None:
        with self.look() as work:
            stored = work.vault.look(connection_id)
        return stored.version if stored else None

    def _stored(self, connection_id: UUID) -> StoredTokens:
        with self.look() as work:
            stored = work.vault.look(connection_id)
        if stored is None:
            raise NotConnected("This connection has no tokens: connect it again.", channel=self.channel)
        return stored

    def _claimed(self, connection_id: UUID, version: int) -> Claim | None:
        now = self.clock.now()
        until = now + timedelta(seconds=self.claim_seconds)
        with self.work() as work:
            claim = work.vault.claim(connection_id, version, self.owner, now, until)
            work.commit()
        return claim
