"""The bundled page: static files, and one document for all of its views."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from domain.errors import NotFound

FOLDER = Path(__file__).parent.parent / "page"

bp = Blueprint("page", __name__)

#: What the folder holds for browsers; it is a Python package as well.
_SHOWN = frozenset({".css", ".js", ".mjs", ".svg", ".md", ".txt"})
#: The page loads nothing from elsewhere and runs nothing inline.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@bp.get("/")
@bp.get("/login")
@bp.get("/settings")
def document() -> Response:
    """The one document; the script in it knows the views."""
    response = send_from_directory(FOLDER, "index.html", max_age=0)
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@bp.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """A file of the page; asked for again only when it has changed."""
    if Path(name).suffix not in _SHOWN:
        raise NotFound("There is no such file.")
    response = send_from_directory(FOLDER, name, max_age=0)
    if name.endswith((".mjs", ".js")):
        response.mimetype = "text/javascript"
    return response
