"""Which link of a store's chain holds: from what is stored to what the store says of itself, and what was granted."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.channels.access import WHY_LIMITED, limited_to_days, may_read_orders
from domain.channels.ports import StoreAccounts
from domain.clock import Clock
from domain.connections.diagnosis import Link, LinkState, holds, skipped
from domain.connections.mends import PUT_THE_KEY_BACK, retry_after
from domain.connections.model import Connection, ConnectionStatus, Store
from domain.errors import (
    AccessDenied,
    ClientRefused,
    KeyUnavailable,
    NotConfigured,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamTimedOut,
)
from domain.gateway.model import BucketKey
from domain.gateway.ports import Buckets, Stopwatch
from domain.gateway.usage_plans import UsagePlan
from domain.tokens.access import AccessTokens
from domain.tokens.ports import VaultWork

CONNECT_AGAIN = "let the store's owner connect it again in the settings view"
_GRANT_ORDERS = (
    "add the scope read_orders to the application in Shopify's Dev Dashboard, then connect the store again"
)
_MENDS: tuple[tuple[type[PortsideError], str], ...] = (
    (ReauthorizationRequired, CONNECT_AGAIN),
    (AccessDenied, _GRANT_ORDERS),
    (
        UpstreamTimedOut,
        "try again in a minute; if it stays, see that this machine may reach the store, and HTTP_TIMEOUT_SECONDS",
    ),
    (
        UpstreamFailed,
        "try again in a few minutes; if it stays, see SHOPIFY_URL, and ask Shopify's support with the request id",
    ),
)
#: How often a connection is tried out: each time costs an exchange, and a call.
_PLAN = UsagePlan(rate=0.2, burst=20)


@dataclass(frozen=True)
class StoreDiagnosis:
    """Tries out stores' connections. Changes nothing of them, unless Shopify says that our access is revoked."""

    look: Callable[[], VaultWork]
    tokens: AccessTokens
    accounts: StoreAccounts
    clock: Clock
    stopwatch: Stopwatch
    buckets: Buckets

    def check(self, connection: Connection) -> list[Link]:
        """Every link in its order: what comes after a failed one is skipped.

        Raises:
            RateLimited: somebody tries this connection out again and again.
            Unavailable: the database is away.
        """
        key = BucketKey("portside", connection.region, str(connection.id), "diagnosis")
        wait = self.buckets.take(key, _PLAN, self.clock.now(), 0.0)
        if wait > 0:
            raise RateLimited("This connection has been tried out often enough for now.", wait)
        said: list[Store] = []
        chain = self._stored(connection)
        chain.append(self._examined("token_exchange", chain, lambda: self._exchange(connection)))
        chain.append(self._examined("call", chain, lambda: self._call(connection, said)))
        chain.append(self._examined("scopes", chain, lambda: _scopes(said[0].scopes)))
        return chain

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
            return [Link(name, LinkState.FAILED, cause, CONNECT_AGAIN), skipped("key")]
        return [Link(name), Link("key")]

    def _exchange(self, connection: Connection) -> Link:
        """A token that is still good would hide a client secret that Shopify accepts no longer: it is asked anyway."""
        token = self.tokens.renewed(connection.id)
        left = int((token.expires_at - self.clock.now()).total_seconds())
        return Link("token_exchange", details={"expires_in_seconds": left})

    def _call(self, connection: Connection, said: list[Store]) -> Link:
        store = self.accounts.store(connection)
        said.append(store)
        details = {"store": store.name, "currency": store.currency, "time_zone": store.time_zone}
        return Link("call", details=details)

    def _examined(self, name: str, chain: list[Link], examine: Callable[[], Link]) -> Link:
        if not holds(chain):
            return skipped(name)
        start = self.stopwatch.seconds()
        try:
            link = examine()
        except PortsideError as error:
            wait = retry_after(error, self.clock.now())
            details = {} if wait is None else {"retry_after_seconds": wait}
            request_id = getattr(error, "request_id", None)
            link = Link(name, LinkState.FAILED, str(error), store_mend(error, wait), details, request_id)
        return replace(link, seconds=self.stopwatch.seconds() - start)


def store_mend(error: PortsideError, wait: int | None = None) -> str:
    """What to do about an error of a store's chain, in words for whoever can do it; ``wait`` is in seconds."""
    if wait is not None:
        return f"try again in {wait} seconds: nothing is broken"
    if isinstance(error, ClientRefused) and error.own:
        return "connect the store again with the application's present client id and secret"
    if isinstance(error, NotConfigured):
        return f"compare {' and '.join(error.missing)} with the application's page in Shopify's Dev Dashboard"
    known = (mend for kind, mend in _MENDS if isinstance(error, kind))
    return next(known, "see what the cause says; the log has the details")


def _scopes(granted: tuple[str, ...]) -> Link:
    details = {"scopes": list(granted)}
    if not may_read_orders(granted):
        return Link("scopes", LinkState.FAILED, "read_orders was not granted", _GRANT_ORDERS, details)
    days = limited_to_days(granted)
    if days is not None:
        cause = f"read_all_orders was not granted: history goes back {days} days only"
        return Link("scopes", LinkState.WARNING, cause, WHY_LIMITED, details)
    return Link("scopes", details=details)
