"""The API's document: complete, true, and in order."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, TypeAdapter
from werkzeug.routing import Rule

from entrypoints.http.described import description_of
from entrypoints.http.openapi import document, models, operations
from tests.entrypoints.browsers import app_of
from tests.fakes.world import World

APP = app_of(World())
OPERATIONS = list(operations(APP))
DOCUMENT = document(APP)


def takes_body(operation: Any) -> bool:
    _rule, method, view = operation
    description = description_of(view)
    return description is not None and description.body is not None and description.takes_body(method)


def name(value: object) -> str:
    return value.rule if isinstance(value, Rule) else getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("rule", "method", "view"), OPERATIONS, ids=name)
def test_every_route_is_described(rule, method, view):
    description = description_of(view)

    assert description is not None, f"{method} {rule.rule} says nothing of itself"
    assert (view.__doc__ or "").strip(), "its docstring says what it is for"
    assert set(description.path) == rule.arguments, "each varying part of its address has a meaning"
    assert description.gives[0].why


def written() -> list[tuple[str, dict[str, object]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.mark.parametrize(
    ("call", "operation"), written(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_operation_says_who_may_call_it_and_how_it_fails(call, operation):
    failures = {status for status in operation["responses"] if status >= "400"}

    assert "security" in operation
    assert {"500", "503"} <= failures
    assert not operation["security"] or "401" in failures or {} in operation["security"]
    assert operation["summary"]


def test_no_two_operations_have_one_name():
    names = [operation["operationId"] for _call, operation in written()]

    assert len(names) == len(set(names))


def test_no_two_models_have_one_name():
    named = defaultdict(set)
    for model in models(APP):
        named[model.__name__].add(model)

    assert {key: found for key, found in named.items() if len(found) > 1} == {}


def test_no_two_parts_of_models_have_one_name():
    named = defaultdict(set)
    for model in models(APP):
        for part, schema in TypeAdapter(model).json_schema().get("$defs", {}).items():
            named[part].add(json.dumps(schema, sort_keys=True))

    assert [part for part, schemas in named.items() if len(schemas) > 1] == []


#: Answers there are in an envelope and in camelCase, everywhere else bare and in snake_case.
ENVELOPED = ("/api/v1/dashboard/", "/api/v1/integrations/", "/api/amazon/test/")


def names_in(schema: Any, seen: set[str]) -> Iterator[str]:
    """The fields of an answer, and of all that is in it."""
    if isinstance(schema, list):
        for each in schema:
            yield from names_in(each, seen)
    if not isinstance(schema, dict):
        return
    place = schema.get("$ref", "").rpartition("/")[2]
    if place and place not in seen:
        seen.add(place)
        yield from names_in(DOCUMENT["components"]["schemas"][place], seen)
    yield from schema.get("properties", {})
    for each in schema.values():
        yield from names_in(each, seen)


@pytest.mark.parametrize(
    ("call", "operation"), written(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_fields_of_an_answer_are_written_as_its_address_promises(call, operation):
    answers = [given for status, given in operation["responses"].items() if status < "300"]
    found = {
        name
        for given in answers
        for name in names_in(given.get("content", {}).get("application/json", {}), set())
    }

    enveloped = call.partition(" ")[2].startswith(ENVELOPED)
    strange = re.compile("_" if enveloped else "[A-Z]")
    assert {name for name in found if strange.search(name)} == set()


def answer(path: str, status: int) -> Any:
    return DOCUMENT["paths"][path]["get"]["responses"][str(status)]["content"]["application/json"]["schema"]


def test_an_error_stands_beside_what_a_view_gives_with_the_same_status():
    either = answer("/readyz", 503)["anyOf"]

    assert either[0] == answer("/readyz", 200)
    assert either[1] == {"$ref": "#/components/schemas/RefusalUnavailable"}
    refusal = DOCUMENT["components"]["schemas"]["RefusalUnavailable"]
    assert refusal["properties"]["error"]["enum"] == ["unavailable"]
    assert set(refusal["required"]) == {"success", "error", "message", "details", "request_id"}


def test_what_may_be_answered_instead_is_in_the_document():
    assert answer("/api/v1/amazon/connection", 200) == {
        "anyOf": [
            {"$ref": "#/components/schemas/ConnectionAnswer"},
            {"$ref": "#/components/schemas/UnconnectedAnswer"},
        ]
    }


def test_headers_that_a_view_heeds_are_parameters():
    told = {(one["in"], one["name"]) for one in DOCUMENT["paths"]["/api/v1/events"]["get"]["parameters"]}

    assert told == {("header", "Last-Event-ID"), ("query", "last_event_id")}


@pytest.mark.parametrize("callback", ["/api/v1/amazon/oauth/callback", "/api/v1/shopify/oauth/callback"])
def test_a_view_that_is_sent_on_whatever_comes_refuses_no_query(callback, anonymous):
    operation = DOCUMENT["paths"][callback]["get"]

    answer = anonymous.get(f"{callback}?state=1&state=2&error")

    assert answer.status_code == 302
    assert "400" not in operation["responses"]
    assert "state" in {one["name"] for one in operation["parameters"]}


@pytest.mark.parametrize("file", ["/", "/docs", "/assets/style.css"])
def test_a_file_is_given_once_and_in_parts_to_who_asks_for_parts(anonymous, file):
    with anonymous.get(file) as whole:
        tag = whole.headers["ETag"]

    asked = ({"If-None-Match": tag}, {"Range": "bytes=0-9"}, {"Range": "bytes=99999999-"})

    assert [status_of(anonymous, file, headers) for headers in asked] == [304, 206, 416]


def test_every_schema_is_one():
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_the_document_is_one_as_openapi_has_it():
    # By others' eyes. Python's own regular expressions know no classes such as \p{L}, which JSON Schema's do.
    plain = json.loads(re.sub(r"\\\\p\{[A-Z]\}", "x", json.dumps(DOCUMENT)))

    assert list(OpenAPIV31SpecValidator(plain).iter_errors()) == []


def test_every_subject_says_what_it_is():
    used = {operation["tags"][0] for methods in DOCUMENT["paths"].values() for operation in methods.values()}

    assert {tag["name"] for tag in DOCUMENT["tags"]} == used
    assert all(tag["description"] for tag in DOCUMENT["tags"])


@pytest.mark.parametrize(("rule", "method", "view"), [one for one in OPERATIONS if takes_body(one)], ids=name)
def test_every_body_has_an_example_that_its_view_takes(rule, method, view):
    description = description_of(view)
    path = re.sub(r"<(?:[^:<>]+:)?([a-z_]+)>", r"{\1}", rule.rule)
    shown = DOCUMENT["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]
    whole = {**shown["schema"], "components": DOCUMENT["components"]}

    assert shown["example"] == description.example
    assert description.body.model_validate_json(json.dumps(shown["example"]))
    jsonschema_rs.Draft202012Validator(whole, validate_formats=True).validate(shown["example"])


@pytest.mark.parametrize("word", ["ge", "gt", "le", "lt", "min_length", "max_length", "multiple_of"])
def test_limits_are_said_in_the_words_of_json_schema(word):
    texts = json.dumps(DOCUMENT["components"]["schemas"])

    assert f'"{word}":' not in texts


def test_every_link_leads_to_an_operation_and_to_one_of_its_parameters():
    targets = {
        operation["operationId"]: {one["name"] for one in operation["parameters"]}
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
    }
    links = [link for _call, operation in written() for link in links_of(operation)]

    assert len(links) > 20
    assert [one for one in links if not set(one["parameters"]) <= targets[one["operationId"]]] == []


def links_of(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [link for each in operation["responses"].values() for link in each.get("links", {}).values()]


def test_every_reference_leads_somewhere():
    schemas = set(DOCUMENT["components"]["schemas"])
    dangling = {ref for ref in references(DOCUMENT) if ref.rpartition("/")[2] not in schemas}

    assert dangling == set()


def references(node: object) -> set[str]:
    if isinstance(node, list):
        return {ref for one in node for ref in references(one)}
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own | {ref for one in node.values() for ref in references(one)}


@pytest.mark.parametrize("model", sorted(models(APP), key=name), ids=name)
def test_every_model_says_what_it_is(model):
    inherited = {mother.__doc__ for mother in (BaseModel, dict)}

    assert model.__doc__
    assert model.__doc__ not in inherited


def test_the_document_is_served_and_not_sent_twice(anonymous):
    first = anonymous.get("/openapi.json")

    again = anonymous.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})

    assert first.json["openapi"].startswith("3.1")
    assert first.json["paths"].keys() == DOCUMENT["paths"].keys()
    assert (again.status_code, again.data) == (304, b"")


def test_the_page_loads_nothing_from_elsewhere(anonymous):
    with anonymous.get("/docs") as page:
        text, kind = page.text, page.mimetype
    files = re.findall('(?:src|href)="(/docs/[^"]+)"', text)

    assert kind == "text/html"
    assert len(files) == 3
    assert [file for file in files if status_of(anonymous, file) != 200] == []
    assert "://" not in text


def status_of(client: FlaskClient, address: str, headers: dict[str, str] | None = None) -> int:
    with client.get(address, headers=headers) as answer:
        return answer.status_code


def test_of_that_page_only_its_files_are_served(anonymous):
    assert anonymous.get("/docs/__init__.py").status_code == 404
    assert anonymous.get("/docs/../page.py").status_code == 404
