"""The door of advertisers, wired on fakes."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from adapters.memory.buckets import MemoryBuckets
from domain.ads.consent import AdsConsent
from domain.ads.diagnosis import AdsDiagnosis
from domain.ads.grants import AdsGrants
from domain.ads.ports import AdsDirectory
from domain.connections.health import Health
from domain.connections.model import ConnectionId, Grant, Provider
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.errors import NotConfigured
from domain.marketplaces import Region
from domain.tokens.access import AccessTokens
from domain.tokens.model import AccessToken, LwaClient, RefreshToken, Renewal
from domain.tokens.renewals import Renewals
from entrypoints.services import AdsDoors
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.memory_work import MemoryWork
from tests.fakes.pause import InstantPause
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.tokens import CountingTokens

REDIRECT_URI = "https://portside.test/api/v1/ads/oauth/callback"


@dataclass
class PlainAdsPages:
    """The address shows what it was asked for. With ``lacking`` set, no client is configured."""

    lacking: tuple[str, ...] = ()

    def url(self, region: Region, state: str, redirect_uri: str) -> str:
        if self.lacking:
            raise NotConfigured("No client is configured.", self.lacking)
        return f"https://ads-consent.test/{region}?state={state}&redirect_uri={redirect_uri}"

    def missing(self) -> tuple[str, ...]:
        return self.lacking


@dataclass
class ScriptedAdsTokens:
    """The token endpoints of Amazon Ads: play what is in ``grants`` and ``renewals``, then go on inventing good answers.

    ``exchanged`` holds region and code of each code, ``refreshed`` region and token of each renewal.
    """

    clock: HeldClock
    grants: deque[Grant | Exception] = field(default_factory=deque)
    renewals: deque[Renewal | Exception] = field(default_factory=deque)
    exchanged: list[tuple[str, str]] = field(default_factory=list)
    refreshed: list[tuple[str, str]] = field(default_factory=list)

    def exchange(self, region: Region, code: str, redirect_uri: str) -> Grant:
        self.exchanged.append((region.value, code))
        answer = self.grants.popleft() if self.grants else Grant(RefreshToken(f"Atzr|{code}"), self._token())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def refresh(self, token: RefreshToken, client: LwaClient | None, account: str = "") -> Renewal:
        self.refreshed.append((account, token.text))
        answer = self.renewals.popleft() if self.renewals else Renewal(self._token())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _token(self) -> AccessToken:
        number = len(self.exchanged) + len(self.refreshed)
        return AccessToken(f"Atza|ads-{number}", self.clock.now() + timedelta(hours=1))


@dataclass
class AmazonAds:
    """Amazon Ads as our door sees it: its consent pages and its token endpoints."""

    clock: HeldClock
    pages: PlainAdsPages = field(default_factory=PlainAdsPages)

    def __post_init__(self) -> None:
        self.tokens = ScriptedAdsTokens(self.clock)


def ads_doors(
    ads: AmazonAds,
    directory: AdsDirectory,
    work: Callable[[], MemoryWork],
    look: Callable[[], MemoryWork],
    redirect_uri: str = REDIRECT_URI,
) -> AdsDoors:
    """As ``entrypoints.bootstrap.ads.ads_doors_on`` wires it."""
    clock, health = ads.clock, Health(work, ads.clock)

    def revoked(connection_id: UUID, version: int) -> None:
        health.revoked(ConnectionId(connection_id), "The consent was withdrawn.", version)

    tokens = AccessTokens(
        work=work,
        look=look,
        exchange=ads.tokens,
        clock=clock,
        pause=InstantPause(clock),
        owner="world",
        claim_seconds=65,
        revoked=revoked,
        channel="ads",
    )
    return AdsDoors(
        consent=AdsConsent(
            look=look,
            pages=ads.pages,
            codes=ads.tokens,
            states=States(work, CountingTokens(), clock),
            grants=AdsGrants(work, clock),
            trials=Trials(MemoryBuckets(), clock),
            redirect_uri=redirect_uri,
        ),
        renewals=Renewals(work, look, tokens, clock, EvenChance(), "world", 65, Provider.AMAZON_ADS),
        diagnosis=AdsDiagnosis(look, tokens, directory, clock, HeldStopwatch(clock), MemoryBuckets()),
    )
