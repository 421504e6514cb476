"""Every place of the API that takes an id, read from its document; and requests with an id in that place.

Nothing is named here that the document names: a new route, parameter or field is attacked as soon as it is described.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Document = dict[str, Any]

_NAMED_ID = re.compile(r"(?:^id|[a-z]Ids?|[-_]ids?)$")
#: What is called an id, and is not ours to give: marketplaces and products are everybody's, and these sellers, clients and
#: deliveries are what the caller brings along.
_NOBODYS = re.compile(
    r"(?:marketplace_?ids?|seller_id|selling_partner_id|client_id|lwa_client_id|x-shopify-webhook-id|last[-_]event[-_]id)$",
    re.IGNORECASE,
)
#: Values for fields that the document leaves to the reader; a name that is missing here shows as a place out of reach.
_LIKELY: dict[str, object] = {
    "asin": "B000000001",
    "asins": ["B000000001"],
    "sku": "SKU-1",
    "price": 20,
    "items": [{"asin": "B000000001", "price": 20}],
    "path": "sellers/v1/marketplaceParticipations",
    "name": "a name",
    "report_type": "GET_MERCHANT_LISTINGS_ALL_DATA",
    "start_date": "2026-03-01",
    "end_date": "2026-03-02",
    "days": 7,
    "every_days": 7,
    "group_by": ["campaign"],
    "columns": ["date", "campaignId", "clicks"],
    "operation": "sync",
}


@dataclass(frozen=True)
class Place:
    """Where an operation takes an id: in its path, its query, or, at the end of some names, its body."""

    method: str
    path: str
    where: str
    names: tuple[str, ...]
    is_text: bool  # an id of Amazon's; the others are ours
    operation: Document
    document: Document

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path} {self.where} {'.'.join(self.names)}"

    def ask(self, browser: FlaskClient, value: str) -> TestResponse:
        """A request with this id there, and with whatever else has to be."""
        path, query = self.path, {}
        for one in self.operation["parameters"]:
            mine = self.where == one["in"] and self.names == (one["name"],)
            given = value if mine else str(_example(one["name"], one["schema"], self.document))
            if one["in"] == "path":
                # A path that goes on is no single part of one.
                safe = "/" if one["schema"].get("format") == "path" else ""
                path = path.replace(f"{{{one['name']}}}", quote(given, safe=safe))
            elif one["in"] == "query" and (mine or one.get("required")):
                query[one["name"]] = given
        # As one text: what is handed on to Amazon is read from the request's first line.
        address = f"{path}?{urlencode(query)}" if query else path
        return browser.open(address, method=self.method.upper(), json=self._body(value))

    def _body(self, value: str) -> Any:
        schema = _schema_of_body(self.operation)
        if schema is None:
            return None
        body = _example("", schema, self.document)
        if self.where == "body":
            inner = body
            for each in self.names[:-1]:
                inner = inner.setdefault(each, {})
            wants_list = self.names[-1].endswith(("ids", "Ids"))
            inner[self.names[-1]] = [value] if wants_list else value
        return body


def places(document: Document) -> Iterator[Place]:
    """All of them."""
    for path, methods in document["paths"].items():
        if not path.startswith("/api/"):
            continue
        for method, operation in methods.items():
            for where, names, schema in _slots(operation, document):
                if _is_id(names[-1], where, schema):
                    is_text = not _is_uuid(schema) and not names[-1].endswith("ids")
                    yield Place(method, path, where, names, is_text, operation, document)


def lists(document: Document) -> Iterator[str]:
    """Every address that answers page by page, and takes a cursor."""
    for path, methods in document["paths"].items():
        if any(one["name"] == "cursor" for one in methods.get("get", {}).get("parameters", ())):
            yield path


def _slots(operation: Document, document: Document) -> Iterator[tuple[str, tuple[str, ...], Document]]:
    for one in operation["parameters"]:
        yield one["in"], (one["name"],), one["schema"]
    body = _schema_of_body(operation)
    if body is not None:
        yield from (("body", names, schema) for names, schema in _fields(body, (), document))


def _fields(
    schema: Document, names: tuple[str, ...], document: Document
) -> Iterator[tuple[tuple[str, ...], Document]]:
    schema = _resolved(schema, document)
    for name, inner in schema.get("properties", {}).items():
        yield (*names, name), _resolved(inner, document)
        yield from _fields(inner, (*names, name), document)


def _is_id(name: str, where: str, schema: Document) -> bool:
    if _NOBODYS.search(name) or where == "header":
        return False
    return _is_uuid(schema) or _NAMED_ID.search(name) is not None


def _is_uuid(schema: Document) -> bool:
    either = [schema, *schema.get("anyOf", ())]
    return any(each.get("format") == "uuid" for each in either)


def _schema_of_body(operation: Document) -> Document | None:
    content = operation.get("requestBody", {}).get("content", {})
    found: Document | None = content.get("application/json", {}).get("schema")
    return found or None


def _resolved(schema: Document, document: Document) -> Document:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _example(name: str, schema: Document, document: Document) -> Any:
    """The least that fits."""
    schema = _resolved(schema, document)
    options = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if options and _LIKELY.get(name) not in options:
        return options[0]
    if name in _LIKELY:
        return _LIKELY[name]
    if "properties" in schema or schema.get("type") == "object":
        wanted = schema.get("required", [*schema["properties"]][: schema.get("minProperties", 0)])
        return {each: _example(each, schema["properties"][each], document) for each in wanted}
    if "anyOf" in schema:
        return _example(name, schema["anyOf"][0], document)
    if schema.get("type") == "array":
        return [_example(name.removesuffix("s"), schema.get("items", {}), document)]
    return {"integer": 1, "number": 1, "boolean": True}.get(str(schema.get("type")), "x")
