"""Trying a grant out, link by link: what is stored, whether its key is there, whether it gets a token."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.clock import Clock
from domain.connections.diagnosis import Link, LinkState, holds, skipped
from domain.connections.mends import PUT_THE_KEY_BACK, retry_after
from domain.connections.model import Connection, ConnectionStatus
from domain.errors import KeyUnavailable, PortsideError, RateLimited
from domain.gateway.model import BucketKey
from domain.gateway.ports import Buckets, Stopwatch
from domain.gateway.usage_plans import UsagePlan
from domain.tokens.access import AccessTokens
from domain.tokens.ports import VaultWork

#: How often a connection is tried out: each time costs an exchange, and a call.
_PLAN = UsagePlan(rate=0.2, burst=20)


@dataclass(frozen=True)
class ChainTrial:
    """The links that all channels have. ``mend`` says what to do about an error, in how many seconds to try again known."""

    look: Callable[[], VaultWork]
    tokens: AccessTokens
    clock: Clock
    stopwatch: Stopwatch
    buckets: Buckets
    connect_again: str  # what to do where nothing is stored
    mend: Callable[[PortsideError, int | None], str]

    def begin(self, connection: Connection) -> list[Link]:
        """The links up to the token exchange.

        Raises:
            RateLimited: somebody tries this connection out again and again.
            Unavailable: the database is away.
        """
        key = BucketKey("portside", connection.region, str(connection.id), "diagnosis")
        wait = self.buckets.take(key, _PLAN, self.clock.now(), 0.0)
        if wait > 0:
            raise RateLimited("This connection has been tried out often enough for now.", wait)
        chain = self._stored(connection)
        chain.append(self.examined("token_exchange", chain, lambda: self._exchange(connection)))
        return chain

    def examined(self, name: str, chain: list[Link], examine: Callable[[], Link]) -> Link:
        """The next link of the chain: skipped where an earlier one has failed, and timed."""
        if not holds(chain):
            return skipped(name)
        start = self.stopwatch.seconds()
        try:
            link = examine()
        except PortsideError as error:
            wait = retry_after(error, self.clock.now())
            details = {} if wait is None else {"retry_after_seconds": wait}
            request_id = getattr(error, "request_id", None)
            link = Link(name, LinkState.FAILED, str(error), self.mend(error, wait), details, request_id)
        return replace(link, seconds=self.stopwatch.seconds() - start)

    def _stored(self, connection: Connection) -> list[Link]:
        """The first two links: they are looked at in one go."""
        name = "stored_credentials"
        try:
            with self.look() as work:
                stored = work.vault.look(connection.id)
        except KeyUnavailable as error:
            return [Link(name), Link("key", LinkState.FAILED, str(error), PUT_THE_KEY_BACK)]
        if stored is None:
            gone = connection.status is ConnectionStatus.DISCONNECTED
            cause = "the connection was disconnected" if gone else "there is no token"
            return [Link(name, LinkState.FAILED, cause, self.connect_again), skipped("key")]
        return [Link(name), Link("key")]

    def _exchange(self, connection: Connection) -> Link:
        """A token that is still good would hide a client secret that is accepted no longer: the endpoint is asked anyway."""
        token = self.tokens.renewed(connection.id)
        left = int((token.expires_at - self.clock.now()).total_seconds())
        return Link("token_exchange", details={"expires_in_seconds": left})
