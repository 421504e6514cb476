"""A simulated Shopify driven by hand, and short ways to call it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import TestResponse

from entrypoints.simulator.shopify.stores import DEFAULT_STORES, ShopifyStore
from tests.entrypoints.simulator.driven import Amazon, Clock

HARBOR, NORDLICHT, KUMO = DEFAULT_STORES
BACK = "http://127.0.0.1:5000/api/v1/shopify/oauth/callback"
ORDERS = """
query Orders($q: String, $after: String, $first: Int = 100, $sort: OrderSortKeys = UPDATED_AT) {
  orders(first: $first, after: $after, query: $q, sortKey: $sort) {
    nodes { id createdAt updatedAt cancelledAt test displayFinancialStatus currencyCode subtotalLineItemsQuantity
            totalPriceSet { shopMoney { amount currencyCode } } }
    pageInfo { hasNextPage endCursor } } }
"""
Json = dict[str, Any]


@dataclass
class Shop:
    """One store of a simulator, with a token at hand."""

    amazon: Amazon
    store: ShopifyStore = HARBOR
    token: str = ""

    @classmethod
    def with_config(cls, store: ShopifyStore = HARBOR, clock: Clock | None = None, **fields: Any) -> Shop:
        return cls(Amazon.with_config(clock, **fields), store, store.access_token)

    def of(self, store: ShopifyStore) -> Shop:
        return replace(self, store=store, token=store.access_token)

    def call(self, query: str, version: str = "2026-10", /, **variables: Any) -> TestResponse:
        headers = {"X-Shopify-Access-Token": self.token}
        body = {"query": query, "variables": variables}
        path = f"/{self.store.shop}/admin/api/{version}/graphql.json"
        return self.amazon.http.post(path, json=body, headers=headers)

    def answer(self, query: str, /, **variables: Any) -> Json:
        """The whole body of an answer."""
        answer = self.call(query, **variables)
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def data(self, query: str, /, **variables: Any) -> Json:
        body = self.answer(query, **variables)
        assert "errors" not in body, body
        return dict(body["data"])

    def refused(self, query: str, /, **variables: Any) -> str:
        """The code of the one error."""
        body = self.answer(query, **variables)
        (error,) = body["errors"]
        return str(error["extensions"]["code"])

    def orders(self, q: str | None = None, first: int = 250, sort: str = "UPDATED_AT") -> list[Json]:
        """All orders of a search, page by page."""
        found, after = [], None
        while True:
            self.amazon.simulator.shopify.api.buckets.refill()
            page = self.data(ORDERS, q=q, after=after, first=first, sort=sort)["orders"]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def ask(self, decision: str = "confirm", **parameters: str) -> TestResponse:
        """Open the consent page and decide."""
        path = f"/{self.store.shop}/admin/oauth/authorize"
        query = {
            "client_id": self.amazon.config.shopify_client_id,
            "scope": "read_orders,read_all_orders",
            "redirect_uri": BACK,
            "state": "s & t",
            **parameters,
        }
        page = self.amazon.http.get(path, query_string=query)
        if page.status_code != 200:
            return page
        form = page.text.partition('name="form" value="')[2].partition('"')[0]
        return self.amazon.http.post(path, data={"form": form, "decision": decision})

    def landed(self, decision: str = "confirm", **parameters: str) -> dict[str, str]:
        """What the application is sent back with."""
        answer = self.ask(decision, **parameters)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def tokens(self, **fields: str) -> TestResponse:
        config = self.amazon.config
        client = {"client_id": config.shopify_client_id, "client_secret": config.shopify_client_secret}
        path = f"/{self.store.shop}/admin/oauth/access_token"
        return self.amazon.http.post(path, data={**client, **fields})

    def control(self, path: str, **body: Any) -> TestResponse:
        answer = self.amazon.http.post(f"/simulator/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer

    def switch(self, **body: Any) -> None:
        self.control("shopify/switches", **body)

    def takes(self, token: str) -> bool:
        """Whether the store takes a token."""
        return replace(self, token=token).call("{ shop { name } }").status_code == 200
