"""Which link of a store's chain holds: from what is stored to what the store says of itself, and what was granted."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.channels.ports import StoreAccounts, StoreTerms
from domain.clock import Clock
from domain.connections.chain_trial import ChainTrial
from domain.connections.diagnosis import Link, LinkState
from domain.connections.model import Connection, Provider, Store
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


@dataclass(frozen=True)
class StoreDiagnosis:
    """Tries out stores' connections. Changes nothing of them, unless the channel says that our access is revoked."""

    provider: Provider
    look: Callable[[], VaultWork]
    tokens: AccessTokens
    terms: StoreTerms
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
            self.look, self.tokens, self.clock, self.stopwatch, self.buckets, CONNECT_AGAIN, self.mend
        )
        said: list[Store] = []
        chain = trial.begin(connection)
        chain.append(trial.examined("call", chain, lambda: self._call(connection, said)))
        chain.append(trial.examined("scopes", chain, lambda: self._scopes(said[0].scopes)))
        return chain

    def _call(self, connection: Connection, said: list[Store]) -> Link:
        store = self.accounts.store(connection)
        said.append(store)
        details = {"store": store.name, "currency": store.currency, "time_zone": store.time_zone}
        return Link("call", details=details)

    def mend(self, error: PortsideError, wait: int | None = None) -> str:
        """What to do about an error of a store's chain, in words for whoever can do it; ``wait`` is in seconds."""
        if wait is not None:
            return f"try again in {wait} seconds: nothing is broken"
        if isinstance(error, ClientRefused) and error.own:
            return "connect the store again with the application's present client id and secret"
        if isinstance(error, NotConfigured):
            named = " and ".join(error.missing)
            return f"compare {named} with the application's page in {self.terms.words().console}"
        known = (mend for kind, mend in self._mends() if isinstance(error, kind))
        return next(known, "see what the cause says; the log has the details")

    def _mends(self) -> tuple[tuple[type[PortsideError], str], ...]:
        setting, label = self.terms.words().base_setting, self.provider.label
        return (
            (ReauthorizationRequired, CONNECT_AGAIN),
            (AccessDenied, self._grant_orders()),
            (
                UpstreamTimedOut,
                "try again in a minute; if it stays, see that this machine may reach the store, and HTTP_TIMEOUT_SECONDS",
            ),
            (
                UpstreamFailed,
                f"try again in a few minutes; if it stays, see {setting}, and ask {label}'s support with the request id",
            ),
        )

    def _grant_orders(self) -> str:
        words = self.terms.words()
        return f"add the scope {words.reading} to the application in {words.console}, then connect the store again"

    def _scopes(self, granted: tuple[str, ...]) -> Link:
        details = {"scopes": list(granted)}
        if not self.terms.may_read_orders(granted):
            cause = f"{self.terms.words().reading} was not granted"
            return Link("scopes", LinkState.FAILED, cause, self._grant_orders(), details)
        limit = self.terms.history_limit(granted)
        if limit is not None:
            cause = f"{limit.cause}: history goes back {limit.days} days only"
            return Link("scopes", LinkState.WARNING, cause, limit.because, details)
        return Link("scopes", details=details)
