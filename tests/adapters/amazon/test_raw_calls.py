"""Calls in somebody else's words, over real sockets: every byte of the address arrives as it was given."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.sp_api import SpApiWire
from adapters.http import Outbound
from domain.gateway import operations
from domain.gateway.model import Answer, Call
from domain.gateway.targets import path_as_sent, query_as_sent
from domain.tokens.model import AccessToken
from tests.adapters.amazon.bench import UNSIGNED
from tests.adapters.loopback import Loopback, http, listening, saying
from tests.fakes.clock import HeldClock
from tests.fakes.things import NOW, US, a_connection, a_user

SELLER = a_connection(a_user(), US)
TOKEN = AccessToken("Atza|IwEBsecret", NOW + timedelta(hours=1))
ITEMS = "/listings/2021-08-01/items/A1SELLER"


@pytest.fixture
def amazon() -> Iterator[Loopback]:
    headers = ("Content-Type: text/html", "Location: http://127.0.0.1:1/elsewhere", "Set-Cookie: a=b")
    with listening(saying(http(b"as it is", *headers, status="302 Found"))) as loopback:
        yield loopback


def send(
    amazon: Loopback, path: str, query: str = "", method: str = "GET", body: bytes | None = None
) -> Answer:
    operation, _values = operations.find(method, path)
    call = Call(operation, body=body, raw_path=path_as_sent(path), raw_query=query_as_sent(query))
    outbound = Outbound.with_pool(timeout_seconds=5, pool_size=1)
    wire = SpApiWire(
        AmazonAddresses(sp_api_url=f"{amazon.url}/{{region}}"), outbound, HeldClock(NOW), UNSIGNED
    )
    answer = wire.send(SELLER, call, TOKEN)
    outbound.adapter.close()
    return answer


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"{ITEMS}/A%2FB%2B%25%20C+D", ""),
        (f"{ITEMS}/%7Etilde~%41%2D", ""),
        (f"{ITEMS}/..a..b...", "a=1"),
        (f"{ITEMS}/%E6%97%A5", "b=2&a=1&a=1&&c&d=&e=%2C,%20+"),
        (f"{ITEMS}/a:b@c!$&'()*+,;=", "x=/?:@!$'()*;~%7E%41"),
        (f"{ITEMS}/50%2525", "q=%253D&r=%25"),
    ],
)
def test_path_and_query_arrive_byte_for_byte(amazon: Loopback, path: str, query: str) -> None:
    send(amazon, path, query)

    (seen,) = amazon.seen
    assert seen.target == f"/na{path}" + (f"?{query}" if query else "")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_only_our_own_headers_go_along(amazon: Loopback, method: str) -> None:
    body = None if method == "GET" else b'{"a": 1}'

    send(amazon, f"{ITEMS}/SKU", method=method, body=body)

    (seen,) = amazon.seen
    framing = {"host", "connection", "accept-encoding"} | (
        {"content-length", "content-type"} if body else set()
    )
    assert set(seen.headers) == framing | {"accept", "user-agent", "x-amz-access-token", "x-amz-date"}
    assert (seen.method, seen.headers["x-amz-access-token"], seen.body) == (method, TOKEN.text, body or b"")


def test_a_redirect_is_an_answer_like_any_other_and_leads_nowhere(amazon: Loopback) -> None:
    answer = send(amazon, f"{ITEMS}/SKU")

    assert (answer.status, answer.body, len(amazon.seen)) == (302, b"as it is", 1)
    assert "location" not in answer.headers
