"""Which link of a store's chain holds: from what is stored to what the store says of itself, and what was granted."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.channels.access import WHY_LIMITED, limited_to_days, may_read_orders
from domain.channels.ports import StoreAccounts
from domain.clock import Clock
from domain.connections.chain_trial import ChainTrial
from domain.connections.diagnosis import Link, LinkState
from domain.connections.model import Connection, Store
from domain.errors import (
    AccessDenied,
    ClientRefused,
    NotConfigured,
    PortsideError,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamTimedOut,
)
from domain.gateway.ports import Buckets, Stopwatch
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
        trial = ChainTrial(
            self.look, self.tokens, self.clock, self.stopwatch, self.buckets, CONNECT_AGAIN, store_mend
        )
        said: list[Store] = []
        chain = trial.begin(connection)
        chain.append(trial.examined("call", chain, lambda: self._call(connection, said)))
        chain.append(trial.examined("scopes", chain, lambda: _scopes(said[0].scopes)))
        return chain

    def _call(self, connection: Connection, said: list[Store]) -> Link:
        store = self.accounts.store(connection)
        said.append(store)
        details = {"store": store.name, "currency": store.currency, "time_zone": store.time_zone}
        return Link("call", details=details)


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
