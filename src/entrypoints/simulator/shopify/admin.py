"""The stores' admin over HTTP: GraphQL, the address of bulk results, and what a wrong token or a missing store gets.

Source: https://shopify.dev/docs/api/usage/response-codes
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, request

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.reception import Interruption, Reception
from entrypoints.simulator.shopify.bulk import BulkDesk
from entrypoints.simulator.shopify.checks import prepared
from entrypoints.simulator.shopify.execution import (
    GraphqlError,
    Json,
    Prepared,
    cost,
    error,
    resolved,
)
from entrypoints.simulator.shopify.language import Document, Field, Syntax, parsed
from entrypoints.simulator.shopify.oauth import TokenDesk
from entrypoints.simulator.shopify.points import PointBuckets
from entrypoints.simulator.shopify.schema import SCHEMA, Asking
from entrypoints.simulator.shopify.shops import Shops
from entrypoints.simulator.shopify.switches import Switchboard

#: The oldest first; what is older falls forward to it.
VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
TOKEN_HEADER = "X-Shopify-Access-Token"
VERSION_HEADER = "X-Shopify-API-Version"
_UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"
#: What stands in ``errors``, a mere text here, by status.
_WORDS = {
    401: _UNAUTHORIZED,
    402: "Unavailable Shop",
    403: "[API] This action requires merchant approval.",
    404: "Not Found",
    423: "This shop is locked.",
    429: "Exceeded rate limit for application.",
    430: "Security Rejection",
}
_MOST_COST = "MAX_COST_EXCEEDED"
_DOCUMENTATION = "https://shopify.dev/api/usage/rate-limits"


@dataclass(frozen=True)
class Body:
    """What a client sent."""

    query: str
    variables: dict[str, Any]
    operation: str | None
    document: Document | None = field(default=None, repr=False)
    wrong: Json | None = None


@dataclass(frozen=True)
class AdminApi:
    """Answers GraphQL for all stores."""

    config: SimulatorConfig
    shops: Shops
    tokens: TokenDesk
    bulks: BulkDesk
    buckets: PointBuckets
    switchboard: Switchboard

    def answer(self, shop: str, version: str, body: Body, token: str, base_url: str) -> Response:
        """The answer to one call."""
        store = self.shops.find(shop)
        served = served_version(version)
        if store is None or served is None:
            return plain_error(404)
        grant = self.tokens.holder(store, token)
        if grant is None:
            return self.told(served, {"errors": _UNAUTHORIZED}, 401)
        asking = Asking(
            store=store,
            client_id=grant.client_id,
            scopes=frozenset(grant.scopes),
            at=self.config.now(),
            shops=self.shops,
            switches=self.switchboard.now,
            bulks=self.bulks,
            base_url=base_url,
        )
        return self.told(served, self._executed(asking, body), 200)

    def told(self, version: str, body: Json, status: int) -> Response:
        """A JSON answer with the headers of Shopify's."""
        response = Response(json.dumps(body), status, content_type="application/json; charset=utf-8")
        response.headers[VERSION_HEADER] = self.switchboard.now.version or version
        response.headers["X-Request-Id"] = str(uuid4())
        return response

    def refused(self, shop: str, code: str) -> Response:
        """An error of GraphQL that a fault ordered: HTTP 200 all the same."""
        store = self.shops.find(shop)
        message = {"THROTTLED": "Throttled", _MOST_COST: "Query cost is too high"}.get(
            code, f"{code.replace('_', ' ').capitalize()}."
        )
        body: Json = {"errors": [error(message, code, documentation=_DOCUMENTATION)]}
        if store is not None:
            status = self.buckets.status(self.config.shopify_client_id, store.shop)
            if code == "THROTTLED":
                status["currentlyAvailable"] = 0
            body["extensions"] = {"cost": _cost(100, None, status)}
        return self.told(VERSIONS[-1], body, 200)

    def _executed(self, asking: Asking, body: Body) -> Json:
        if body.document is None:
            return {"errors": [body.wrong]}
        try:
            run = prepared(SCHEMA, body.document, body.operation, body.variables)
        except GraphqlError as wrong:
            return {"errors": wrong.errors}
        asked = cost(run)
        most = asking.switches.most_points
        if asked > most:
            message = f"Query cost is {asked}, which exceeds the single query max cost limit ({most})."
            more: Json = {"cost": asked, "maxCost": most, "documentation": _DOCUMENTATION}
            return {"errors": [error(message, _MOST_COST, **more)]}
        who = (asking.client_id, asking.store.shop)
        if not self.buckets.take(*who, asked):
            throttled = error("Throttled", "THROTTLED", documentation=_DOCUMENTATION)
            status = self.buckets.status(*who)
            return {"errors": [throttled], "extensions": {"cost": _cost(asked, None, status)}}
        return self._resolved(asking, run, asked)

    def _resolved(self, asking: Asking, run: Prepared, asked: int) -> Json:
        who = (asking.client_id, asking.store.shop)
        answer: Json = {}
        try:
            answer["data"] = resolved(run, asking)
            actual = min(asked, cost(run, answer["data"]))
        except GraphqlError as wrong:
            answer |= {"data": None, "errors": wrong.errors}
            actual = 0
        self.buckets.give_back(*who, asked - actual)
        answer["extensions"] = {"cost": _cost(asked, actual, self.buckets.status(*who))}
        if asking.search:
            answer["extensions"]["search"] = asking.search
        return answer


def _cost(asked: int, actual: int | None, status: Json) -> Json:
    return {"requestedQueryCost": asked, "actualQueryCost": actual, "throttleStatus": status}


def served_version(version: str) -> str | None:
    """The version that answers; None for one that never was or is not yet."""
    year, _, month = version.partition("-")
    if not (len(version) == 7 and year.isdigit() and month in ("01", "04", "07", "10")):
        return None
    if version < VERSIONS[0]:
        return VERSIONS[0]
    return version if version in VERSIONS else None


def plain_error(status: int) -> Response:
    """An error beside GraphQL, where ``errors`` is a text."""
    response = Response(
        json.dumps({"errors": _WORDS.get(status, "Internal Server Error")}),
        status,
        content_type="application/json; charset=utf-8",
    )
    response.headers["X-Request-Id"] = str(uuid4())
    return response


def _body() -> Body:
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return Body("", {}, None, wrong={"message": "The request must be JSON with a query."})
    variables, name = body.get("variables"), body.get("operationName")
    found = Body(body["query"], variables if isinstance(variables, dict) else {}, name)
    try:
        return Body(found.query, found.variables, name, parsed(found.query))
    except Syntax as syntax:
        place = {"locations": [{"line": syntax.line, "column": syntax.column}]}
        wrong = {"message": str(syntax), **place}
        return Body(found.query, found.variables, name, wrong=wrong)


def operation_name(body: Body) -> str:
    """What a call is counted as: the first field it asks for."""
    if body.document is None:
        return "shopify.unknown"
    first = body.document.operations[0].selections[0]
    known = isinstance(first, Field) and any(
        first.name in SCHEMA.types[each] for each in ("QueryRoot", "Mutation")
    )
    return f"shopify.{first.name}" if isinstance(first, Field) and known else "shopify.unknown"


def admin_blueprint(api: AdminApi, reception: Reception) -> Blueprint:
    """``/{shop}/admin/api/{version}/graphql.json``, and the results of bulk operations."""
    blueprint = Blueprint("shopify_admin", __name__)

    @blueprint.post("/<shop>/admin/api/<version>/graphql.json")
    def graphql(shop: str, version: str) -> Response:
        body, token = _body(), request.headers.get(TOKEN_HEADER, "")
        base_url = request.host_url.rstrip("/")

        def shape(interruption: Interruption) -> Response:
            if interruption.error:
                return api.refused(shop, interruption.error)
            return plain_error(interruption.status)

        return reception.receive(
            operation_name(body), lambda: api.answer(shop, version, body, token, base_url), shape
        )

    @blueprint.get("/shopify-bulk/<sealed>")
    def bulk(sealed: str) -> Response:
        def answer() -> Response:
            if TOKEN_HEADER in request.headers:
                return Response(
                    "<Error><Code>TokenSentAlong</Code></Error>", 403, content_type="application/xml"
                )
            text = api.bulks.download(sealed)
            if text is None:
                return Response("<Error><Code>NoSuchKey</Code></Error>", 404, content_type="application/xml")
            return Response(text, 200, content_type="application/jsonl")

        return reception.receive(
            "shopify.bulkDownload", answer, lambda interruption: plain_error(interruption.status)
        )

    return blueprint
