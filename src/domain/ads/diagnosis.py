"""Which link of an advertiser's chain holds: from what is stored to the profiles that Amazon names."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.ads.ports import AdsDirectory
from domain.clock import Clock
from domain.connections.chain_trial import ChainTrial
from domain.connections.diagnosis import Link, LinkState
from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    NotConfigured,
    PortsideError,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamTimedOut,
)
from domain.gateway.model import Patience
from domain.gateway.ports import Buckets, Stopwatch
from domain.marketplaces import SELLING_REGIONS
from domain.tokens.access import AccessTokens
from domain.tokens.ports import VaultWork

CONNECT_AGAIN = "connect Amazon Ads again in the settings view"
_MENDS: tuple[tuple[type[PortsideError], str], ...] = (
    (ReauthorizationRequired, CONNECT_AGAIN),
    (
        AccessDenied,
        (
            "see that Amazon has approved AMAZON_ADS_CLIENT_ID for the Ads API, and that the user who gave the consent still "
            "has access to the advertising accounts"
        ),
    ),
    (
        UpstreamTimedOut,
        "try again in a minute; if it stays, see that this machine may reach the Ads API, and HTTP_TIMEOUT_SECONDS",
    ),
    (
        UpstreamFailed,
        "try again in a few minutes; if it stays, see ADS_API_URL, and ask Amazon's support with the request id",
    ),
)
_NO_PROFILES = "Amazon names no profile in any region: this user advertises nothing, or may not see it"
_LOG_IN_AS = (
    "give the consent while logged in at Amazon as the user who manages the advertising; a new account has its profiles "
    "after its first campaign"
)


@dataclass(frozen=True)
class AdsDiagnosis:
    """Tries advertisers' connections out. Changes nothing of them, unless Amazon says that our access is revoked."""

    look: Callable[[], VaultWork]
    tokens: AccessTokens
    directory: AdsDirectory
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
            self.look, self.tokens, self.clock, self.stopwatch, self.buckets, CONNECT_AGAIN, ads_mend
        )
        chain = trial.begin(connection)
        chain.append(trial.examined("call", chain, lambda: self._call(connection)))
        return chain

    def _call(self, connection: Connection) -> Link:
        """One call to each region's host: a grant opens the profiles of all three."""
        found: dict[str, object] = {
            f"profiles_{region.value}": len(self.directory.profiles(connection, region, Patience.INTERACTIVE))
            for region in SELLING_REGIONS
        }
        if not any(found.values()):
            return Link("call", LinkState.WARNING, _NO_PROFILES, _LOG_IN_AS, found)
        return Link("call", details=found)


def ads_mend(error: PortsideError, wait: int | None = None) -> str:
    """What to do about an error of an advertiser's chain, in words for whoever can do it; ``wait`` is in seconds."""
    if wait is not None:
        return f"try again in {wait} seconds: nothing is broken"
    if isinstance(error, NotConfigured):
        return f"compare {' and '.join(error.missing)} with the security profile at developer.amazon.com"
    known = (mend for kind, mend in _MENDS if isinstance(error, kind))
    return next(known, "see what the cause says; the log has the details")
