"""A Portside that is really served, with a seller, a store and an advertiser, for each way to come in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from adapters.system import SystemClock
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases
from tests.e2e.issued import Issued
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until
from tests.e2e.stage import US
from tests.fakes.issuer import AUDIENCE, LoopbackIssuer, issuing
from tests.fuzz.garden import COOKIE, Plot, connect_ads

#: The names of the API's security schemes by which users come in.
KINDS = ("session", "api_key", "oidc")
#: An error, or what is no line of Portside's own and looks like one.
_GRAVE = re.compile(r'"level": "(ERROR|CRITICAL)"|^Traceback')
_REPORT = {
    "report_type": "spCampaigns",
    "ad_product": "SPONSORED_PRODUCTS",
    "time_unit": "DAILY",
    "group_by": ["campaign"],
    "columns": ["date", "campaignId", "cost"],
}


@dataclass(frozen=True)
class Guest:
    """A user with everything connected. ``credential`` is what is shown for the security scheme ``kind``."""

    kind: str
    credential: str = field(repr=False)
    plot: Plot

    @property
    def headers(self) -> dict[str, str]:
        """The same for a request of one's own."""
        if self.kind == "session":
            return {"Cookie": f"{COOKIE}={self.credential}"}
        return {"Authorization": f"Bearer {self.credential}"}


@dataclass
class House:
    """The server, and what is behind it."""

    server: Served
    amazon: SimulatorServer
    issuer: LoopbackIssuer
    issued: Issued

    def guest(self, kind: str) -> Guest:
        """A new user, who comes in this way, with one connection to each channel and all of their data."""
        config = self.amazon.simulator.config
        number = KINDS.index(kind)
        seller, store = (
            [each for each in config.sellers if each.region == "na"][number],
            config.stores[number],
        )
        advertiser = self._advertiser(seller.name)
        email = f"{kind}@portside.example"
        with Person(self.server.url) as person:
            person.register(email)
            person.connect(US, seller.id)
            refresh_token = self.issued.refresh_tokens[-1]
            person.bring_store(store.shop, store.access_token)
            person.wait_for_first_sync()
            assert connect_ads(person, advertiser) == "ads_connected=true"
            ask_for_reports(person)
            credential = self._credential(kind, email, person)
        plot = Plot(
            self.server.url,
            email,
            US,
            seller.id,
            store.shop,
            advertiser,
            refresh_token,
            store.access_token,
            credential if kind == "oidc" else "",
        )
        return Guest(kind, credential, plot)

    def _advertiser(self, name: str) -> str:
        """Whom Amazon's page knows by this name; sellers have little to advertise, agencies have much."""
        answer = requests.get(f"{self.amazon.base_url}/simulator/ads/people", timeout=30)
        (found,) = [each["id"] for each in answer.json()["people"] if each["name"] == name]
        return str(found)

    def unexpected(self) -> list[str]:
        """Lines of the server's log about what should never happen."""
        lines = self.server.log.read_text(errors="replace").splitlines()
        return [line for line in lines if _GRAVE.search(line)]

    def _credential(self, kind: str, email: str, person: Person) -> str:
        if kind == "session":
            return str(person.browser.cookies[COOKIE])
        if kind == "api_key":
            made = person.ask("POST", "/api/v1/auth/api-keys", json={"name": "fuzz"})
            return str(made.json()["key"])
        # The provider vouches for the e-mail, so the user is the one who has registered with it.
        tomorrow = int(datetime.now(UTC).timestamp()) + 86_400
        token = self.issuer.token(email=email, sub=email, exp=tomorrow)
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{self.server.url}/api/v1/auth/me", headers=headers, timeout=30)
        assert answer.json()["email"] == email, answer.text
        return token


def ask_for_reports(person: Person) -> None:
    """Have a report of advertising, and a schedule of it."""
    profiles = "/api/v1/accounts?type=profile"
    until(lambda: person.get(profiles)["items"], 60, lambda: "no profile of the advertiser's is known")
    about = {**_REPORT, "account_id": person.get(profiles)["items"][0]["id"]}
    day = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    for path, more in (
        ("/api/v1/ads/reports", {"start_date": day, "end_date": day}),
        ("/api/v1/ads/report-schedules", {"name": "Costs", "days": 1}),
    ):
        answer = person.ask("POST", path, json={**about, **more})
        assert answer.ok, answer.text


@contextmanager
def furnished(home: Path) -> Iterator[House]:
    """The house stands until the block ends."""
    config = SimulatorConfig(
        orders_per_day=3,
        history_days=12,
        rate_factor=100_000,
        data_until=datetime.now(UTC) - timedelta(minutes=6),
        sku_count=30,
        seller_count=9,
        report_seconds=0.3,
        bulk_seconds=0.3,
    )
    with SimulatorServer(config) as amazon, issuing(SystemClock()) as issuer:
        variables = environment(
            amazon, databases.sqlite_database(home), home, **_further(amazon, issuer), BACKFILL_DAYS="12"
        )
        issued = Issued.by(amazon)
        with Served(variables, home) as server:
            # It is made when it is first asked for, and schemathesis does not wait long.
            assert requests.get(f"{server.url}/openapi.json", timeout=120).ok
            yield House(server, amazon, issuer, issued)


def _further(amazon: SimulatorServer, issuer: LoopbackIssuer) -> dict[str, str]:
    config = amazon.simulator.config
    return {
        "SHOPIFY_URL": amazon.base_url,
        "SHOPIFY_CLIENT_ID": config.shopify_client_id,
        "SHOPIFY_CLIENT_SECRET": config.shopify_client_secret,
        "AMAZON_ADS_CLIENT_ID": config.ads.client_id,
        "AMAZON_ADS_CLIENT_SECRET": config.ads.client_secret,
        "ADS_API_URL": f"{amazon.base_url}/ads/{{region}}",
        "ADS_CONSENT_URL": f"{amazon.base_url}/{{region}}/ap/oa",
        "ADS_TOKEN_URL": f"{amazon.base_url}/auth/o2/token",
        "ADS_REPORTS_PER_MINUTE": "6000",
        "OIDC_ISSUER": issuer.url,
        "OIDC_AUDIENCE": AUDIENCE,
        # Whoever asks comes from an address of their own, as through a proxy: one who guesses passwords must not be
        # the reason why nobody gets to log in or register.
        "TRUSTED_PROXIES": "1",
    }
