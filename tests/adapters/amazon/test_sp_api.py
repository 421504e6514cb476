"""One request to SP-API: where it goes, what it carries, and that the answer comes back as it is."""

from datetime import datetime, timedelta, timezone

import pytest
import requests
import responses

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.sp_api import SpApiWire
from adapters.http import USER_AGENT, Outbound
from domain.connections.model import Connection
from domain.errors import UpstreamFailed, UpstreamTimedOut
from domain.gateway.model import Call
from domain.gateway.operations import INVENTORY_SUMMARIES, SEARCH_ORDERS
from domain.tokens.model import AccessToken
from tests.adapters.amazon.bench import UNSIGNED
from tests.adapters.amazon.samples import sample_bytes
from tests.fakes.clock import HeldClock
from tests.fakes.things import DE, JP, NOW, US, a_connection, a_user

NA, EU, FE = (a_connection(a_user(), marketplace) for marketplace in (US, DE, JP))
TOKEN = AccessToken("Atza|IwEBsecret", NOW + timedelta(hours=1))
ORDERS = "https://sellingpartnerapi-na.amazon.com/orders/2026-01-01/orders"
CALL = Call(SEARCH_ORDERS, {"marketplaceIds": "A,B", "paginationToken": "a+b/c=&d"})


@pytest.fixture
def wire(outbound: Outbound) -> SpApiWire:
    return SpApiWire(AmazonAddresses(), outbound, HeldClock(NOW), UNSIGNED)


@pytest.mark.parametrize("connection", [NA, EU, FE], ids=lambda connection: connection.region)
def test_each_region_has_its_host(
    wire: SpApiWire, upstream: responses.RequestsMock, connection: Connection
) -> None:
    region = connection.region
    upstream.get(f"https://sellingpartnerapi-{region}.amazon.com/fba/inventory/v1/summaries", json={})

    answer = wire.send(connection, Call(INVENTORY_SUMMARIES), TOKEN)

    assert answer.status == 200


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://127.0.0.1:8085", "http://127.0.0.1:8085/orders/2026-01-01/orders"),
        ("http://127.0.0.1:8085/{region}", "http://127.0.0.1:8085/eu/orders/2026-01-01/orders"),
    ],
)
def test_the_settings_may_name_another_host(
    outbound: Outbound, upstream: responses.RequestsMock, base: str, url: str
) -> None:
    upstream.get(url, json={})

    SpApiWire(AmazonAddresses(sp_api_url=base), outbound, HeldClock(NOW), UNSIGNED).send(EU, CALL, TOKEN)

    assert upstream.calls[0].request.url.startswith(url)


def test_a_request_carries_what_sp_api_asks_for(wire: SpApiWire, upstream: responses.RequestsMock) -> None:
    upstream.get(ORDERS, json={})

    wire.send(NA, CALL, TOKEN)

    request = upstream.calls[0].request
    assert request.method == "GET"
    assert request.headers["x-amz-access-token"] == TOKEN.text
    assert request.headers["x-amz-date"] == "20260304T120000Z"
    assert request.headers["User-Agent"] == USER_AGENT
    assert request.headers["Accept"] == "application/json"
    assert "Authorization" not in request.headers
    assert request.body is None


def test_the_date_is_in_utc_whatever_the_clock_shows(
    outbound: Outbound, upstream: responses.RequestsMock
) -> None:
    upstream.get(ORDERS, json={})
    tokyo = datetime(2026, 3, 5, 1, 2, 3, tzinfo=timezone(timedelta(hours=9)))

    SpApiWire(AmazonAddresses(), outbound, HeldClock(tokyo), UNSIGNED).send(NA, CALL, TOKEN)

    assert upstream.calls[0].request.headers["x-amz-date"] == "20260304T160203Z"


def test_the_query_is_encoded_value_by_value(wire: SpApiWire, upstream: responses.RequestsMock) -> None:
    upstream.get(ORDERS, json={})

    wire.send(NA, CALL, TOKEN)

    url = upstream.calls[0].request.url
    assert url == f"{ORDERS}?marketplaceIds=A%2CB&paginationToken=a%2Bb%2Fc%3D%26d"
    assert TOKEN.text not in url


@pytest.mark.parametrize("status", [200, 302, 400, 403, 429, 500, 503])
def test_the_answer_comes_back_as_it_is(
    wire: SpApiWire, upstream: responses.RequestsMock, status: int
) -> None:
    body = sample_bytes("search_orders", "nothing")
    upstream.get(ORDERS, body=body, status=status, headers={"x-amzn-RequestId": "r-1"})

    answer = wire.send(NA, CALL, TOKEN)

    assert (answer.status, answer.body, answer.request_id) == (status, body, "r-1")
    assert all(name == name.lower() for name in answer.headers)
    assert len(upstream.calls) == 1


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(requests.ReadTimeout(), UpstreamTimedOut), (requests.ConnectionError(), UpstreamFailed)],
)
def test_no_answer_is_an_error_that_names_amazon(
    wire: SpApiWire, upstream: responses.RequestsMock, trouble: Exception, error: type[Exception]
) -> None:
    upstream.get(ORDERS, body=trouble)

    with pytest.raises(error, match=r"^Amazon ") as caught:
        wire.send(NA, CALL, TOKEN)

    assert TOKEN.text not in str(caught.value)
