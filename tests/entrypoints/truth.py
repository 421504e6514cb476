"""What views answer, held against the API's document: whatever a test asks for, the document has to have said so."""

import json
import re
from copy import deepcopy
from typing import Any

import jsonschema_rs
from flask import Flask, Response, current_app, request
from flask.testing import FlaskClient

from entrypoints.http.described import ANY, JSON, description_of
from entrypoints.http.openapi import document

_WRONG = "portside_wrong_answer"
#: Of the path of a rule: each part that varies, with its converter.
_PART = re.compile(r"<(?:[a-z]+(?:\([^)]*\))?:)?([a-z_]+)>")


class HonestClient(FlaskClient):
    """A browser that does not take an answer which the document does not know."""

    def open(self, *args: Any, **options: Any) -> Any:
        """As any client does it; then the answer is judged, where nothing of Portside can catch the error."""
        answer = super().open(*args, **options)
        wrong = self.application.extensions.pop(_WRONG, None)
        assert wrong is None, wrong
        return answer


def hold_to_the_document(app: Flask) -> None:
    """From now on an answer that the document does not know is an error of the test that asked for it."""

    def hold(response: Response) -> Response:
        if request.url_rule is not None and request.method not in ("HEAD", "OPTIONS"):
            wrong = _wrong(current_app, request.url_rule.rule, request.method, response)
            if wrong is not None:
                # The application that is asked: a copy of one that is held to the document is held to it as well.
                current_app.extensions[_WRONG] = f"{request.method} {request.url_rule.rule} answers {wrong}"
        return response

    app.test_client_class = HonestClient
    # The functions are called from the last one to the first: this one sees what leaves.
    app.after_request_funcs.setdefault(None, []).insert(0, hold)


def _wrong(app: Flask, rule: str, method: str, response: Response) -> str | None:
    """How an answer differs from what was said of it."""
    view = app.view_functions[request.endpoint or ""]
    if description_of(view) is None:
        return None
    answers = _strict(app)["paths"][_PART.sub(r"{\1}", rule)][method.lower()]["responses"]
    status, said = response.status_code, answers.get(str(response.status_code), answers.get("default"))
    if said is None:
        return f"{status}, which nobody has described: {response.get_data(as_text=True)[:300]}"
    media = said.get("content", {})
    if not media:
        return (
            None if status == 304 or not response.get_data() else f"{status} with something, not with nothing"
        )
    if not {response.mimetype, ANY} & media.keys():
        return f"{status} as {response.mimetype}, which is not among {list(media)}"
    if response.mimetype != JSON or JSON not in media or response.direct_passthrough:
        return None
    schema = json.dumps(media[JSON]["schema"], sort_keys=True)
    wrong = [
        f"{one.instance_path}: {one.message}" for one in _checker(app, schema).iter_errors(response.json)
    ]
    return f"{status} otherwise than described: {wrong[:5]}" if wrong else None


_DOCUMENTS: dict[tuple[str, ...], dict[str, Any]] = {}


def _strict(app: Flask) -> dict[str, Any]:
    """The document, with every object closed: a field that nobody has described is a difference too."""
    names = tuple(sorted(f"{rule.rule} {rule.endpoint}" for rule in app.url_map.iter_rules()))
    if names not in _DOCUMENTS:
        made = deepcopy(document(app))
        for schema in made["components"]["schemas"].values():
            _close(schema)
        _DOCUMENTS[names] = made
    return _DOCUMENTS[names]


def _close(schema: Any) -> None:
    if isinstance(schema, list):
        for one in schema:
            _close(one)
    elif isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        for one in schema.values():
            _close(one)


_CHECKERS: dict[str, jsonschema_rs.Draft202012Validator] = {}


def _checker(app: Flask, schema: str) -> jsonschema_rs.Draft202012Validator:
    if schema not in _CHECKERS:
        whole = {**json.loads(schema), "components": _strict(app)["components"]}
        _CHECKERS[schema] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return _CHECKERS[schema]
