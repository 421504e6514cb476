"""The path of a request before anybody decoded it: only there is ``%2F`` a part of a SKU."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def raw_path(environ: WSGIEnvironment) -> str:
    """The path below the region's prefix, percent-encoded as the client sent it.

    Servers tell it as ``REQUEST_URI`` or ``RAW_URI``; one that tells neither has decoded every ``%2F`` already.
    """
    uri = str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or "")
    if not uri:
        return quote(environ.get("PATH_INFO", ""), encoding="latin-1")
    path = uri.partition("?")[0] if uri.startswith("/") else urlsplit(uri).path
    return path.removeprefix(environ.get("SCRIPT_NAME", ""))


def path_pattern(template: str) -> re.Pattern[str]:
    """What a raw path must look like to be one of the template, whose parts in braces are parameters."""
    parts = re.split(r"\{(\w+)\}", template)
    literals, names = parts[::2], parts[1::2]
    pattern = re.escape(literals[0])
    for name, literal in zip(names, literals[1:], strict=True):
        pattern += f"(?P<{name}>[^/]+){re.escape(literal)}"
    return re.compile(pattern + r"\Z")


def parameters(pattern: re.Pattern[str], path: str) -> dict[str, str] | None:
    """The decoded parameters of a raw path; None if it is another path. A ``+`` in a path is a plus."""
    match = pattern.match(path)
    return None if match is None else {name: unquote(value) for name, value in match.groupdict().items()}
