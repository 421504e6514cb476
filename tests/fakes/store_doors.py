"""The doors of a store, wired on fakes, and what Shopify sends through them."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from adapters.memory.buckets import MemoryBuckets
from adapters.shopify.arrivals import ShopifyArrivals
from adapters.shopify.messages import ShopifyMessages
from adapters.shopify.signature import Signatures, signed
from adapters.shopify.terms import ShopifyTerms
from domain.channels.brought import BroughtStores
from domain.channels.consent import StoreConsent
from domain.channels.diagnosis import StoreDiagnosis
from domain.channels.environment import StoreEnvironment, StoreImport, StoreSettings
from domain.channels.grants import StoreGrants
from domain.channels.webhooks import Webhooks
from domain.connections.erasure import Erasures
from domain.connections.health import Health
from domain.connections.model import ConnectionId, Provider
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.tokens.access import AccessTokens
from domain.users.access import Access
from entrypoints.services import StoreDoors
from tests.fakes.clock import HeldClock
from tests.fakes.memory_work import MemoryWork
from tests.fakes.pause import InstantPause
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.store_tokens import PlainStorePages, ScriptedStoreTokens
from tests.fakes.stores import MemoryStoreFront
from tests.fakes.tokens import CountingTokens

SECRET = "shpss_of_no_installation"
SETTINGS = StoreSettings(
    "SHOPIFY_SHOP", "SHOPIFY_ACCESS_TOKEN", ("SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET")
)
REDIRECT_URI = "https://portside.test/api/v1/shopify/oauth/callback"


@dataclass
class Shopify:
    """Shopify as our doors see it: its token endpoint, its stores, and its signature."""

    clock: HeldClock
    front: MemoryStoreFront = field(default_factory=MemoryStoreFront)
    pages: PlainStorePages = field(default_factory=PlainStorePages)
    secret: str = SECRET

    def __post_init__(self) -> None:
        self.tokens = ScriptedStoreTokens(self.clock)

    def returns(self, url: str, shop: str, code: str = "code-1", **changes: str) -> list[tuple[str, str]]:
        """What the browser brings back from this consent page: signed well, ``changes`` and all."""
        state = parse_qs(urlsplit(url).query)["state"][0]
        return self.signs({"code": code, "shop": shop, "state": state, **changes})

    def signs(self, parameters: dict[str, str]) -> list[tuple[str, str]]:
        """These parameters, with what Shopify adds to each of its queries."""
        moment = {"timestamp": str(int(self.clock.now().timestamp())), "host": "YWRtaW4"}
        whole = list({**moment, **parameters}.items())
        return [*whole, ("hmac", signed(whole, self.secret))]

    def seals(self, body: bytes) -> str:
        """What Shopify writes over a webhook with this body."""
        return base64.b64encode(hmac.new(self.secret.encode(), body, hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class Wiring:
    """What the doors share with everything else."""

    work: Callable[[], MemoryWork]
    look: Callable[[], MemoryWork]
    access: Access
    environment: StoreEnvironment = field(default_factory=StoreEnvironment)
    redirect_uri: str = REDIRECT_URI


def store_doors(shopify: Shopify, wiring: Wiring) -> StoreDoors:
    """As ``entrypoints.bootstrap.stores.store_doors_on`` wires them."""
    work, look, clock = wiring.work, wiring.look, shopify.clock
    terms, signatures = ShopifyTerms(), Signatures(shopify.secret)
    grants = StoreGrants(Provider.SHOPIFY, work, terms, shopify.front, clock)
    trials = Trials(MemoryBuckets(), clock)
    health = Health(work, clock)

    def revoked(connection_id: UUID, version: int) -> None:
        health.revoked(ConnectionId(connection_id), "The consent was withdrawn.", version)

    tokens = AccessTokens(
        work=work,
        look=look,
        exchange=shopify.tokens,
        clock=clock,
        pause=InstantPause(clock),
        owner="world",
        claim_seconds=65,
        revoked=revoked,
        channel="shopify",
    )
    states = States(work, CountingTokens(), clock)
    return StoreDoors(
        consent=StoreConsent(
            pages=shopify.pages,
            tokens=shopify.tokens,
            arrivals=ShopifyArrivals(signatures, terms),
            states=states,
            grants=grants,
            trials=trials,
            clock=clock,
            redirect_uri=wiring.redirect_uri,
        ),
        brought=BroughtStores(shopify.tokens, grants, trials),
        environment=StoreImport(SETTINGS, wiring.environment, look, wiring.access, shopify.tokens, grants),
        webhooks=Webhooks(
            work,
            look,
            Provider.SHOPIFY,
            ShopifyMessages(signatures, terms),
            Erasures(work, look, clock),
            clock,
        ),
        diagnosis=StoreDiagnosis(
            Provider.SHOPIFY, look, tokens, terms, shopify.front, clock, HeldStopwatch(clock), MemoryBuckets()
        ),
    )


def seconds(moment: datetime) -> str:
    """A moment as Shopify writes it into a query."""
    return str(int(moment.timestamp()))
