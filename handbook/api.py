"""docs/reference/api.md, from the API's document and from who may call what."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from flask import Flask

from entrypoints.http.described import Access, description_of
from entrypoints.http.openapi import document, operations
from handbook.markdown import anchor, code, page, table
from handbook.schemas import Schema, fields, kind, meaning, named

_ABOUT = """Every call, as `/openapi.json` has it. [api.md](../api.md) explains them, with examples; [errors.md](errors.md) says what
each code means. Every call may also answer `internal_error` and `unavailable`."""
_EVERYWHERE = {"internal_error", "unavailable"}
_WHO = {
    Access.USER: "a user, by session, API key or token of the identity provider",
    Access.PERSON: "a user, by session or token of the identity provider; no API key",
    Access.ANYBODY: "anybody",
    Access.BROWSER: "anybody; a session is heeded",
    Access.EITHER: "a user; anybody else is sent to the log-in",
    Access.SIGNED: "whoever can sign it",
}
Operation = Mapping[str, Any]


def api_page(app: Flask) -> str:
    """All operations by subject, and the shapes that they speak of."""
    made = document(app)
    who = _access(app)
    shapes = made["components"]["schemas"]
    told = [
        (str(operation["tags"][0]), path, method, operation)
        for path, methods in made["paths"].items()
        for method, operation in methods.items()
    ]
    told.sort(key=lambda one: one[0])
    sections = []
    for tag, ones in groupby(told, key=lambda one: one[0]):
        calls = [
            _operation(path, method, said, who[path, method], shapes) for _tag, path, method, said in ones
        ]
        sections.append(f"## {tag}\n\n" + "\n\n".join(calls))
    spoken = [_spoken(operation, shapes) for _tag, _path, _method, operation in told]
    inside = _reached(shapes, named(spoken))
    listed = "\n\n".join(_shape(name, shapes[name]) for name in sorted(inside) if not _refused(shapes[name]))
    contents = "\n".join(f"- [{tag}](#{anchor(tag)})" for tag in dict.fromkeys(one[0] for one in told))
    return page(
        "The API, call by call", _ABOUT, f"{contents}\n- [Shapes](#shapes)", *sections, "## Shapes", listed
    )


def _access(app: Flask) -> dict[tuple[str, str], Access]:
    """Who may call what, by path and method as the document writes them."""
    found = {}
    for rule, method, view in operations(app):
        description = description_of(view)
        if description is not None:
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            found[path, method.lower()] = description.access
    return found


def _operation(path: str, method: str, said: Operation, access: Access, shapes: Mapping[str, Schema]) -> str:
    parts = (
        f"### {code(f'{method.upper()} {path}')}",
        " ".join(part for part in (said["summary"], said.get("description", "")) if part).strip(),
        f"For: {_WHO[access]}.",
        _parameters(said),
        _body(said, shapes),
        _answers(said, shapes),
        _errors(said, shapes),
    )
    return "\n\n".join(part for part in parts if part)


def _parameters(said: Operation) -> str:
    return table(
        ("Parameter", "In", "Type", "Needed", "Meaning"),
        (
            (
                code(one["name"]),
                one["in"],
                kind(one["schema"]),
                "yes" if one.get("required") else "",
                meaning(one["schema"], one.get("description", "")),
            )
            for one in said["parameters"]
        ),
    )


def _body(said: Operation, shapes: Mapping[str, Schema]) -> str:
    if "requestBody" not in said:
        return ""
    body = said["requestBody"]
    ((media, content),) = body["content"].items()
    named_so = next(named(content["schema"]), None)
    inside = fields(shapes[named_so]) if named_so else ""
    left_out = "" if body.get("required") else "; it may be left out"
    return f"Body, as {code(media)}{left_out}:\n\n{inside}" if inside else f"Body: {code(media)}{left_out}."


def _answers(said: Operation, shapes: Mapping[str, Schema]) -> str:
    return table(
        ("Answer", "What", "Shape"),
        (
            (status, one["description"], _content(one))
            for status, one in said["responses"].items()
            if not _codes(status, one, shapes)
        ),
    )


def _content(answer: Operation) -> str:
    said = []
    for media, content in answer.get("content", {}).items():
        schema = content.get("schema", {})
        said.append(_wrapped(schema) if media == "application/json" and schema else code(media))
    return ", ".join(dict.fromkeys(said))


def _wrapped(schema: Schema) -> str:
    """The shape, with what is around it."""
    inside = schema.get("properties", {})
    if "items" in inside and "next_cursor" in inside and "items" in inside["items"]:
        return f"{code('{items, next_cursor}')} of {kind(inside['items']['items'])}"
    if "success" in inside and "data" in inside:
        return f"{code('{success, data}')} of {kind(inside['data'])}"
    return kind(schema)


def _errors(said: Operation, shapes: Mapping[str, Schema]) -> str:
    codes = [
        name
        for status, one in said["responses"].items()
        for name in _codes(status, one, shapes)
        if name not in _EVERYWHERE
    ]
    return f"Errors: {', '.join(code(name) for name in dict.fromkeys(codes))}." if codes else ""


def _codes(status: str, answer: Operation, shapes: Mapping[str, Schema]) -> list[str]:
    """The error codes that an answer stands for; none where it is no error of ours."""
    if not status.startswith(("4", "5")):
        return []
    return [each for name in named(answer.get("content", {})) for each in _refused(shapes[name])]


def _refused(shape: Schema) -> Sequence[str]:
    """The codes that an error of this shape may have; none where it is none, or may have any."""
    codes: Sequence[str] = shape.get("properties", {}).get("error", {}).get("enum", ())
    return codes


def _spoken(operation: Operation, shapes: Mapping[str, Schema]) -> list[object]:
    """What it answers and takes; a body's own fields stand with the operation, but for what they are made of."""
    bodies = [shapes[name] for name in named(operation.get("requestBody", {}))]
    return [operation["responses"], operation["parameters"], bodies]


def _reached(shapes: Mapping[str, Schema], names: Iterable[str]) -> set[str]:
    """These shapes, and all that they are made of."""
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += named(shapes[name])
    return found


def _shape(name: str, schema: Schema) -> str:
    described = " ".join(str(schema.get("description", "")).split())
    inside = fields(schema) or kind({each: value for each, value in schema.items() if each != "description"})
    return "\n\n".join(part for part in (f"### {name}", described, inside) if part)
