"""The API's document as JSON, and a page to read it and try it out."""

import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory
from flask.typing import ResponseReturnValue

from domain.errors import NotFound
from entrypoints.http.described import CSS, HTML, JSON, SCRIPT, TEXT, Access, Gives, a_file, described

FOLDER = Path(__file__).parent.parent / "reference"

bp = Blueprint("reference", __name__)

_SHOWN = frozenset({".css", ".js", ".txt", ".md"})
#: Swagger UI sets styles inline and draws its icons from ``data:``; it runs no inline script.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@bp.get("/openapi.json")
@described(
    "Operations",
    Gives("The document, OpenAPI 3.1.", headers={"ETag": "Changes when the document does."}, media=(JSON,)),
    Gives("It has not changed.", 304, media=()),
    access=Access.ANYBODY,
)
def openapi() -> ResponseReturnValue:
    """This document: every call, what it takes, gives and refuses."""
    text, tag = _document()
    response = Response(text, mimetype=JSON)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    return response.make_conditional(request)


@bp.get("/docs")
@described("Operations", *a_file("The page.", HTML), access=Access.ANYBODY)
def docs() -> ResponseReturnValue:
    """This document, to be read and tried out in a browser."""
    response = send_from_directory(FOLDER, "index.html", max_age=0)
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@bp.get("/docs/<path:name>")
@described(
    "Operations",
    *a_file("The file.", CSS, SCRIPT, TEXT, "text/markdown"),
    access=Access.ANYBODY,
    path={"name": "Of a file."},
)
def asset(name: str) -> ResponseReturnValue:
    """A file of that page."""
    if Path(name).suffix not in _SHOWN:
        raise NotFound("There is no such file.")
    return send_from_directory(FOLDER, name, max_age=0)


def _document() -> tuple[str, str]:
    """The document as a text, made when it is first asked for, and its ETag."""
    kept = current_app.extensions.get("portside_document")
    if kept is None:
        from entrypoints.http.openapi import document  # noqa: PLC0415 - brings its writer along, which few ask for

        text = json.dumps(document(current_app), separators=(",", ":"))
        kept = text, hashlib.sha256(text.encode()).hexdigest()[:32]
        current_app.extensions["portside_document"] = kept
    text, tag = kept
    return text, tag
