"""The bundled page: static files, and one document for all of its views."""

from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory

from domain.errors import NotFound
from entrypoints.http.described import CSS, HTML, SCRIPT, SVG, TEXT, Access, a_file, described

FOLDER = Path(__file__).parent.parent / "page"

bp = Blueprint("page", __name__)

#: What the folder holds for browsers; it is a Python package as well.
_SHOWN = frozenset({".css", ".js", ".mjs", ".svg", ".md", ".txt"})
#: The page loads nothing from elsewhere and runs nothing inline.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: Says that there is a session, and nothing of it.
_HINT = "portside_here"


@bp.get("/")
@bp.get("/login")
@bp.get("/orders")
@bp.get("/stock")
@bp.get("/advertising")
@bp.get("/accounts")
@bp.get("/sync")
@bp.get("/usage")
@bp.get("/settings")
@described("Page", *a_file("The document.", HTML), access=Access.ANYBODY)
def document() -> Response:
    """The one document; the script in it knows the views.

    A cookie tells the script whether the browser has a session, which scripts can't see: without one it asks for nobody.
    """
    response = send_from_directory(FOLDER, "index.html", max_age=0)
    response.headers["Content-Security-Policy"] = _POLICY
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    if current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        response.set_cookie(_HINT, "1", secure=secure, samesite="Lax")
    elif _HINT in request.cookies:
        response.delete_cookie(_HINT, secure=secure, samesite="Lax")
    return response


@bp.get("/assets/<path:name>")
@described(
    "Page",
    *a_file("The file.", CSS, SCRIPT, SVG, TEXT, "text/markdown"),
    access=Access.ANYBODY,
    path={"name": "The file's name, with its folders."},
)
def asset(name: str) -> Response:
    """A file of the page; asked for again only when it has changed."""
    if Path(name).suffix not in _SHOWN:
        raise NotFound("There is no such file.")
    response = send_from_directory(FOLDER, name, max_age=0)
    if name.endswith((".mjs", ".js")):
        response.mimetype = "text/javascript"
    return response
