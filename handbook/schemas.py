"""The shapes of bodies and answers, in the words of the API's document."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from handbook.markdown import anchor, code, table

Schema = Mapping[str, Any]
_PREFIX = "#/components/schemas/"
_LIMITS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
    ("minLength", "{} characters or more"),
    ("maxLength", "up to {} characters"),
    ("minItems", "{} or more"),
    ("maxItems", "up to {}"),
)
#: A longer list of values is told by its length.
_MANY = 14


def kind(schema: Schema) -> str:
    """What a value is, in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(_PREFIX)
        return f"[{name}](#{anchor(name)})"
    for joining in ("anyOf", "oneOf"):
        if joining in schema:
            return " or ".join(dict.fromkeys(kind(each) for each in schema[joining]))
    if "allOf" in schema:
        return " with ".join(kind(each) for each in schema["allOf"])
    if "const" in schema:
        return code(_spelled(schema["const"]))
    if "enum" in schema:
        return _listed(schema["enum"])
    return _plain(schema)


def _plain(schema: Schema) -> str:
    what = schema.get("type", "anything")
    if isinstance(what, list):
        return " or ".join(what)
    if what == "array":
        return f"list of {kind(schema['items'])}" if "items" in schema else "list"
    if what == "object":
        inside = schema.get("additionalProperties")
        return f"object of {kind(inside)}" if isinstance(inside, Mapping) and inside else "object"
    return str(schema.get("format", what))


def _listed(values: list[object]) -> str:
    if len(values) > _MANY:
        return f"one of {len(values)} values"
    return ", ".join(code(_spelled(each)) for each in values)


def _spelled(value: object) -> str:
    """As JSON has it; a text without its quotes, where there is any."""
    return value if isinstance(value, str) and value else json.dumps(value)


def limits(schema: Schema) -> str:
    """The bounds that a value has to keep to."""
    either = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    narrow = {**schema, **either[0]} if len(either) == 1 else schema
    return ", ".join(words.format(narrow[name]) for name, words in _LIMITS if name in narrow)


def meaning(schema: Schema, described: str = "") -> str:
    """What is said of a value, with its bounds and its default."""
    parts = [described or str(schema.get("description", "")), _sentence(limits(schema))]
    if schema.get("default") is not None:
        parts.append(f"{code(_spelled(schema['default']))} by default.")
    return " ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def fields(schema: Schema) -> str:
    """A table of what an object holds."""
    needed = schema.get("required", ())
    return table(
        ("Field", "Type", "Needed", "Meaning"),
        (
            (code(name), kind(one), "yes" if name in needed else "", meaning(one))
            for name, one in schema.get("properties", {}).items()
        ),
    )


def named(schema: object) -> Iterator[str]:
    """The names of all shapes that are mentioned in one."""
    if isinstance(schema, Mapping):
        for key, each in schema.items():
            if key == "$ref":
                yield str(each).removeprefix(_PREFIX)
            else:
                yield from named(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from named(each)
