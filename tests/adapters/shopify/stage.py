"""A store's API as ``responses`` plays it, and everything that the adapter needs around it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import requests
import responses

from adapters.http import Outbound
from adapters.shopify.accounts import ShopifyAccounts
from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.bulk import BulkOrders
from adapters.shopify.call_log import StoreCalls
from adapters.shopify.graphql import API_VERSION, ShopifyGraphQL
from adapters.shopify.orders import ShopifyOrders
from domain.connections.model import Connection
from domain.tokens.model import AccessToken
from tests.fakes.calls import RememberingMeter
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.stores import SHOP, a_store_connection
from tests.fakes.things import NOW, a_user

URL = f"https://{SHOP}/admin/api/{API_VERSION}/graphql.json"
FILE = "https://storage.googleapis.com/shopify/abc?Signature=1%2F2"
Json = Mapping[str, object]


class FreshTokens:
    """A new token after each refusal."""

    def __init__(self) -> None:
        self.refusals: list[str] = []

    def for_connection(self, connection_id: UUID) -> AccessToken:
        return AccessToken(f"token-{len(self.refusals)}", NOW + timedelta(hours=1))

    def refused(self, connection_id: UUID, token: AccessToken) -> None:
        self.refusals.append(token.text)


@dataclass
class Stage:
    """The adapters, and what passed through them."""

    base: str | None = None
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))
    tokens: FreshTokens = field(default_factory=FreshTokens)
    meter: RememberingMeter = field(default_factory=RememberingMeter)
    counted: list[tuple[str, str, str, float, int]] = field(default_factory=list)
    connection: Connection = field(default_factory=lambda: a_store_connection(a_user()))

    def __post_init__(self) -> None:
        addresses, outbound = ShopifyAddresses(self.base), Outbound.with_pool(5, 2)
        self.graphql = ShopifyGraphQL(
            addresses,
            outbound,
            self.tokens,
            self.clock,
            EvenChance(),
            HeldStopwatch(self.clock),
            StoreCalls(lambda *line: self.counted.append(line)),
            self.meter,
        )
        self.accounts = ShopifyAccounts(self.graphql)
        self.bulk = BulkOrders(self.graphql, outbound, addresses, self.clock)
        self.orders = ShopifyOrders(self.graphql, self.bulk)


def says(
    data: Json | None = None,
    *,
    errors: object = None,
    extensions: Json | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    url: str = URL,
) -> None:
    """The next answer of the store; the last one goes on being given."""
    body: dict[str, object] = {}
    if data is not None:
        body["data"] = data
    if errors is not None:
        body["errors"] = errors
    if extensions is not None:
        body["extensions"] = extensions
    given = {"X-Request-Id": "r-1", "X-Shopify-API-Version": API_VERSION, **(headers or {})}
    responses.add(responses.POST, url, json=body, status=status, headers=given)


def an_error(code: str, message: str = "No.") -> list[Json]:
    """A list of one GraphQL error."""
    return [{"message": message, "extensions": {"code": code}}]


def cost(requested: float, available: float, maximum: float = 2000.0, rate: float = 100.0) -> Json:
    """What an answer says of its cost."""
    status = {"maximumAvailable": maximum, "currentlyAvailable": available, "restoreRate": rate}
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": 1, "throttleStatus": status}}


def a_node(number: int = 1, **changes: object) -> dict[str, object]:
    """An order as Shopify sends it."""
    return {
        "id": f"gid://shopify/Order/{number}",
        "createdAt": "2026-03-04T10:00:00Z",
        "updatedAt": "2026-03-04T11:00:00Z",
        "cancelledAt": None,
        "test": False,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "FULFILLED",
        "subtotalLineItemsQuantity": 2,
        "totalPriceSet": {"shopMoney": {"amount": "24.9", "currencyCode": "CAD"}},
        **changes,
    }


def a_page(*nodes: Json, cursor: str | None = None) -> Json:
    """A page of orders; ``cursor``: there are more."""
    return {
        "orders": {"nodes": list(nodes), "pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor}}
    }


def asked(position: int = -1) -> requests.PreparedRequest:
    """A request that was sent; by default the last one."""
    found: requests.PreparedRequest = responses.calls[position].request
    return found


def sent(position: int = -1) -> dict[str, object]:
    """The body of a request that was sent."""
    body: dict[str, object] = json.loads(asked(position).body or b"")
    return body


def variables(position: int = -1) -> dict[str, object]:
    """What went along with a question."""
    found = sent(position)["variables"]
    assert isinstance(found, dict)
    return found
