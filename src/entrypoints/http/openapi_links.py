"""Links of the API's document: where an answer's ids lead."""

import re
from typing import Any

Document = dict[str, Any]

_ID = re.compile(r"(?P<parent>.+)/\{(?P<name>[a-z_]+)\}(?:/[a-z]+)?")
#: Where the id is in the answer, by its status: what was made or begun, and the first row of a list.
_MADE = {"201": "/id", "202": "/id"}
_LISTED = {"200": "/items/0/id"}


def add_links(paths: Document) -> None:
    """Lead from what makes or lists a kind of thing to what is asked of one of them: ``{parent}/{id}`` below ``{parent}``."""
    for path, methods in paths.items():
        below = _ID.fullmatch(path)
        if below is None or below["parent"] not in paths or not below["name"].endswith("_id"):
            continue
        for operation in methods.values():
            target = str(operation["operationId"])
            for method, places in (("post", _MADE), ("get", _LISTED)):
                above = paths[below["parent"]].get(method, {"responses": {}})
                _lead(above["responses"], places, target, below["name"])


def _lead(answers: Document, places: dict[str, str], target: str, parameter: str) -> None:
    for status, place in places.items():
        if status in answers:
            links = answers[status].setdefault("links", {})
            links[target] = {
                "operationId": target,
                "parameters": {parameter: f"$response.body#{place}"},
            }
