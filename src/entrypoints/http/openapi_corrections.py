"""Where spectree writes something else than what is meant."""

from collections.abc import Mapping
from typing import Any

from entrypoints.http.described import JSON, Description

Document = dict[str, Any]


def corrected_parameter(one: Document) -> Document:
    """A parameter that may be left out is left out, not null."""
    # Spectree knows nothing of converters that are not werkzeug's own: those take texts.
    schema = dict(one["schema"] or {"type": "string"})
    either = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if either and len(either) < len(schema["anyOf"]):
        del schema["anyOf"]
        schema = {**schema, **either[0]} if len(either) == 1 else {**schema, "anyOf": either}
    if schema.get("default", 0) is None:
        del schema["default"]
    description = one.get("description") or schema.get("description", "")
    schema.pop("description", None)
    written: Document = {**one, "schema": schema, "description": description}
    if one["in"] == "query" and schema.get("type") == "array":
        written["explode"] = False  # with commas: nothing is given twice
    return written


def correct_body(operation: Document, description: Description, method: str) -> None:
    """What spectree does not know of bodies: one may be left out, another is passed on as it comes; and examples."""
    if "requestBody" in operation and description.body_optional:
        operation["requestBody"]["required"] = False
    if "requestBody" in operation and description.example is not None:
        operation["requestBody"]["content"][JSON]["example"] = dict(description.example)
    if description.raw_body is not None and description.takes_body(method):
        operation["requestBody"] = {"required": False, "content": {description.raw_body: {"schema": {}}}}


def named_in(paths: Document, schemas: Mapping[str, Document]) -> Document:
    """The schemas that operations name, directly or not, by name. Of a query the parameters are told, and no schema."""
    found: set[str] = set()
    wanted = _named(paths)
    while wanted:
        found |= wanted
        wanted = {name for each in wanted for name in _named(schemas[each])} - found
    return {name: schemas[name] for name in sorted(found)}


def _named(node: object) -> set[str]:
    if isinstance(node, list):
        return {name for one in node for name in _named(one)}
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"].rpartition("/")[2]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(_named, node.values()))
