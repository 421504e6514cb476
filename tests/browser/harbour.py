"""A Portside that serves, with an Amazon, an Ads API and a Shopify behind it, and people who have connected all of it."""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import FaultBoard
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.shopify.stores import ShopifyStore
from tests import databases
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until

#: A little of everything: what there is to be seen, not how much of it.
SMALL = SimulatorConfig(
    orders_per_day=4,
    history_days=20,
    sku_count=30,
    rate_factor=1000,
    report_seconds=0.1,
    bulk_seconds=0.1,
    seller_count=30,
)

UNDER_WAY = ("queued", "running", "waiting")


@dataclass
class Harbour:
    """Hands out sellers, stores and e-mails, each of them once."""

    amazon: SimulatorServer
    server: Served
    _sellers: Iterator[Seller] = field(init=False)
    _shops: Iterator[ShopifyStore] = field(init=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, init=False)

    def __post_init__(self) -> None:
        self._sellers = (each for each in self.amazon.simulator.config.sellers if each.region == "na")
        self._shops = iter(self.amazon.simulator.config.stores)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def hosts(self) -> tuple[str, ...]:
        """Who else a browser is sent to: where consents are given."""
        return (self.amazon.base_url,)

    @property
    def faults(self) -> FaultBoard:
        return self.amazon.simulator.reception.faults

    def seller(self) -> Seller:
        """One in America whom nobody has connected yet."""
        return next(self._sellers)

    def shop(self) -> ShopifyStore:
        """A store that nobody has connected yet; there are three."""
        return next(self._shops)

    def advertiser(self, seller: Seller) -> str:
        """The id of whom the seller's advertising belongs to."""
        people = requests.get(f"{self.amazon.base_url}/simulator/ads/people", timeout=10).json()["people"]
        # The first sees everything, the others what is a seller's each; some have the same name.
        place = 1 + self.amazon.simulator.config.sellers.index(seller)
        assert people[place]["name"] == seller.name
        return str(people[place]["id"])

    def email(self) -> str:
        """Nobody's yet."""
        return f"seller{next(self._numbers)}@portside.example"

    def newcomer(self, email: str | None = None) -> Person:
        """Somebody who has just registered. To be closed by whoever asks."""
        person = Person(self.url)
        # On a busy machine the server gives up a connection in the moment in which it is used again.
        person.browser.headers["Connection"] = "close"
        person.register(email or self.email())
        return person

    def furnished(self, email: str | None = None) -> Person:
        """Somebody who has connected a seller, a store and an advertiser, with all that comes of it."""
        person, seller = self.newcomer(email), self.seller()
        person.connect(seller.marketplace_ids[0], seller.id)
        store = self.shop()
        person.bring_store(store.shop, store.access_token)
        allow_advertising(person, self.advertiser(seller))
        until(lambda: quiet(person.get), 100, lambda: f"not all is there:\n{self.server.tail()}")
        return person


def allow_advertising(person: Person, who: str) -> None:
    """Give the consent of somebody by their id at Amazon."""
    url = person.get("/api/v1/ads/oauth/authorize")["authorization_url"]
    page = person.browser.get(url, timeout=10).text
    (form,) = re.findall(r'name="form" value="([^"]+)"', page)
    sent = {"form": form, "person_id": who, "decision": "allow"}
    decided = person.browser.post(url, data=sent, timeout=10, allow_redirects=False)
    assert person.come_back(decided.headers["Location"]) == "ads_connected=true"


def quiet(get: Callable[..., Any]) -> bool:
    """Whether nothing is under way any more, and all is there: orders, their history, every report of advertising.

    ``get`` asks the API as whoever it is about.
    """
    runs = get("/api/v1/sync/runs", limit="200")["items"]
    if not runs or any(run["status"] in UNDER_WAY for run in runs):
        return False
    integrations = get("/api/v1/dashboard/setup-status")["data"]["integrations"]
    if any(each["connected"] and not each["lastSync"] for each in integrations.values()):
        return False
    slices = get("/api/v1/amazon/reports", purpose="history", limit="200")["items"]
    if not slices or not all(each["finished_at"] for each in slices):
        return False
    if not integrations["amazonAds"]["connected"]:
        return True
    ads = get("/api/v1/ads/performance")
    return ads["totals"]["spend"] > 0 and not ads["partial"]


@contextmanager
def harbour(home: Path, config: SimulatorConfig = SMALL, **changes: str) -> Iterator[Harbour]:
    """All of it served, as long as the block lasts; nothing happens in the store in that time.

    ``changes`` are further settings.
    """
    still = datetime.now(UTC) - timedelta(minutes=6)

    with SimulatorServer(replace(config, data_until=still)) as amazon:
        base = amazon.base_url
        variables = environment(
            amazon,
            databases.sqlite_database(home),
            home,
            **{
                "BACKFILL_DAYS": str(config.history_days),
                # So far back are reports of advertising asked for; figures are of thirty days.
                "RETENTION_DAYS": str(max(config.history_days, 32) + 1),
                "SHOPIFY_URL": base,
                "SHOPIFY_CLIENT_ID": config.shopify_client_id,
                "SHOPIFY_CLIENT_SECRET": config.shopify_client_secret,
                "AMAZON_ADS_CLIENT_ID": config.ads.client_id,
                "AMAZON_ADS_CLIENT_SECRET": config.ads.client_secret,
                "ADS_API_URL": f"{base}/ads/{{region}}",
                "ADS_CONSENT_URL": f"{base}/{{region}}/ap/oa",
                "ADS_TOKEN_URL": f"{base}/auth/o2/token",
                "ADS_REPORTS_PER_MINUTE": "6000",
                **changes,
            },
        )
        with Served(variables, home) as server:
            yield Harbour(amazon, server)
