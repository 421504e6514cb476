"""The proxy as programs use it: through a Portside that serves, all the way to Amazon; with Amazon's own SDK, too."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from tests import databases, servers
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment
from tests.e2e.stage import US
from tests.entrypoints.simulator.official_sdk import (
    ApiClient,
    ApiException,
    Configuration,
    FbaInventoryApi,
    SearchOrdersApi,
    SellersApi,
)

PROXY = "/api/v1/amazon/proxy"
PARTICIPATIONS = f"{PROXY}/sellers/v1/marketplaceParticipations"
DATASETS = ["PROCEEDS", "FULFILLMENT"]


@pytest.fixture(scope="module")
def amazon() -> Iterator[SimulatorServer]:
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=8, history_days=10, rate_factor=1000, data_until=still, report_seconds=0.3
    )
    with SimulatorServer(config) as server:
        yield server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps its files."""
    return tmp_path_factory.mktemp("proxy")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def person(request: pytest.FixtureRequest, amazon: SimulatorServer, home: Path) -> Iterator[Person]:
    """Somebody who has connected the first seller; nothing is synced."""
    url = databases.sqlite_database(home) if request.param == "sqlite" else databases.postgres_database()
    variables = environment(amazon, url, home, SCHEDULER="off", HTTP_TIMEOUT_SECONDS="5")
    with Served(variables, home) as server, Person(server.url) as somebody:
        somebody.register()
        somebody.connect(US, amazon.simulator.config.sellers[0].id)
        yield somebody
    if request.param == "postgresql":
        servers.postgres().drop_database(url)


@pytest.fixture(scope="module")
def key(person: Person) -> str:
    answer = person.ask("POST", "/api/v1/auth/api-keys", json={"name": "sdk"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


@dataclass(frozen=True)
class KeyForToken:
    """Where the SDK gets its access token: with the proxy that is always the key."""

    key: str

    def get_lwa_access_token(self) -> str:
        return self.key


@pytest.fixture
def sdk(person: Person, key: str) -> Iterator[ApiClient]:
    """Amazon's own SDK, pointed at the proxy, with the key for an access token."""
    Configuration.set_default(Configuration())
    configuration = Configuration()
    configuration.host = f"{person.url}{PROXY}"
    configuration.access_token_cache = KeyForToken(key)
    client = ApiClient(configuration)
    yield client
    client.rest_client.pool_manager.clear()
    Configuration.set_default(None)


def test_the_official_sdk_reads_orders_stock_and_participations(
    sdk: ApiClient, amazon: SimulatorServer
) -> None:
    seller = amazon.simulator.config.sellers[0]
    after = datetime.now(UTC) - timedelta(days=8)

    orders = SearchOrdersApi(sdk).search_orders(
        last_updated_after=after, marketplace_ids=list(seller.marketplace_ids), included_data=DATASETS
    )
    stock = FbaInventoryApi(sdk).get_inventory_summaries("Marketplace", US, [US], details=True)
    places = SellersApi(sdk).get_marketplace_participations()

    known = {order.id for order in amazon.simulator.store.orders(seller.id, datetime.now(UTC))}
    assert len(orders.orders) > 10
    assert {order.order_id for order in orders.orders} <= known
    assert {order.proceeds.grand_total.currency_code for order in orders.orders if order.proceeds} <= {
        "USD",
        "CAD",
        "MXN",
        "BRL",
    }
    assert stock.payload.inventory_summaries[0].seller_sku
    assert {place.marketplace.id for place in places.payload} >= set(seller.marketplace_ids)


def test_the_official_sdk_is_refused_what_names_buyers(sdk: ApiClient) -> None:
    with pytest.raises(ApiException) as caught:
        SearchOrdersApi(sdk).search_orders(
            last_updated_after=datetime.now(UTC) - timedelta(days=1),
            marketplace_ids=[US],
            included_data=["BUYER"],
        )

    assert caught.value.status == 403
    assert '"forbidden"' in str(caught.value.body)


def ask(person: Person, key: str, target: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """What the server says to exactly this address, which no client has mended."""
    connection = http.client.HTTPConnection(person.url.removeprefix("http://"), timeout=30)
    connection.putrequest(method, target, skip_accept_encoding=True)
    connection.putheader("Authorization", f"Bearer {key}")
    connection.endheaders()
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    said = answer.status, headers, answer.read()
    connection.close()
    return said


@pytest.mark.parametrize(
    "path",
    [
        "/sales/v1/../../tokens/2021-03-01/restrictedDataToken",
        "/sales/v1/%2e%2e/%2e%2e/tokens/2021-03-01/restrictedDataToken",
        "//sales/v1/orderMetrics",
        "/sales//v1/orderMetrics",
        "/sales/v1%5C..%5Ctokens",
        "/admin",
    ],
)
def test_traps_are_not_found_and_amazon_is_not_asked(
    person: Person, key: str, amazon: SimulatorServer, path: str
) -> None:
    before = amazon.simulator.reception.calls.as_json()

    status, _headers, body = ask(person, key, PROXY + path)

    assert (status, b'"not_found"' in body) == (404, True)
    assert amazon.simulator.reception.calls.as_json() == before


def test_restricted_operations_are_refused(person: Person, key: str) -> None:
    status, _headers, body = ask(person, key, f"{PROXY}/orders/v0/orders/1/buyer%49nfo")

    assert (status, b'"forbidden"' in body) == (403, True)


def test_amazons_own_mistakes_and_headers_come_through(person: Person, key: str) -> None:
    status, headers, body = ask(person, key, f"{PROXY}/fba/inventory/v1/summaries?granularityType=Nonsense")

    assert (status, b'"errors"' in body) == (400, True)
    assert headers["x-amzn-requestid"]
    assert headers["content-type"].startswith("application/json")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", ["not_json", "truncated", "empty_200", "wrong_content_type"])
def test_a_success_that_can_not_be_read_is_asked_for_again(
    person: Person, key: str, amazon: SimulatorServer, kind: str
) -> None:
    amazon.simulator.reception.faults.order(Fault("getMarketplaceParticipations", kind))

    status, _headers, body = ask(person, key, PARTICIPATIONS)

    assert status == 200
    assert json.loads(body)["payload"]


def test_what_is_called_json_and_is_none_is_not_passed_on_as_a_success(
    person: Person, key: str, amazon: SimulatorServer
) -> None:
    faults = amazon.simulator.reception.faults
    faults.order(Fault("getMarketplaceParticipations", "not_json", times=None))

    status, _headers, body = ask(person, key, PARTICIPATIONS)
    faults.clear()

    assert (status, json.loads(body)["error"]) == (502, "amazon_error")
    assert b"Service is busy" not in body


def test_skus_with_any_characters_arrive_as_they_are(person: Person, key: str) -> None:
    shown = {"Authorization": f"Bearer {key}"}
    stock = f"{person.url}{PROXY}/fba/inventory/v1/summaries"
    asked = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US}
    listed = requests.get(stock, asked, headers=shown, timeout=30).json()["payload"]["inventorySummaries"]
    odd = [one["sellerSku"] for one in listed if quote(one["sellerSku"], safe="") != one["sellerSku"]]
    price = {"ListingPrice": {"CurrencyCode": "USD", "Amount": 20}}
    request = {
        "MarketplaceId": US,
        "IsAmazonFulfilled": True,
        "PriceToEstimateFees": price,
        "Identifier": "1",
    }

    results = []
    for sku in odd:
        path = f"{PROXY}/products/fees/v0/listings/{quote(sku, safe='')}/feesEstimate"
        answer = requests.post(
            person.url + path, json={"FeesEstimateRequest": request}, headers=shown, timeout=30
        )
        assert answer.status_code == 200, answer.text
        results.append(answer.json()["payload"]["FeesEstimateResult"])

    assert any("/" in sku for sku in odd)
    assert [one["FeesEstimateIdentifier"]["IdValue"] for one in results] == odd
    assert {one["Status"] for one in results} == {"Success"}


def test_the_key_is_in_no_log(person: Person, key: str, home: Path) -> None:
    assert person.ask("GET", "/api/v1/auth/me", headers={"Authorization": f"Bearer {key}"}).ok

    kept = [each for each in home.rglob("*") if each.is_file()]
    assert [each.name for each in kept if key.encode() in each.read_bytes()] == []
    assert "server.log" in {each.name for each in kept}


def test_a_deleted_key_is_good_no_more(person: Person) -> None:
    made: dict[str, Any] = person.ask("POST", "/api/v1/auth/api-keys", json={"name": "brief"}).json()
    shown = {"Authorization": f"Bearer {made['key']}"}
    before = requests.get(f"{person.url}/api/v1/auth/me", headers=shown, timeout=30).status_code

    person.ask("DELETE", f"/api/v1/auth/api-keys/{made['id']}")

    after = requests.get(f"{person.url}/api/v1/auth/me", headers=shown, timeout=30).status_code
    assert (before, after) == (200, 401)
