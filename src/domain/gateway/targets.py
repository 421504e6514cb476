"""Paths and queries that are handed through to SP-API: refused where anybody could read them in two ways.

Whoever stands between us and Amazon may decode a path once more, or take ``..`` out of it. What we decide about a path
must hold for all of them, so a path is looked at in every layer of its encoding, and goes on as it came.
"""

import re
from urllib.parse import unquote, unquote_plus

from domain.errors import InvalidInput, NotFound

#: A SKU of "100%" is encoded once; encoded three times nobody means it.
_LAYERS = 3
_LETTER = r"[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}"
_PATH = re.compile(rf"(?:/(?:{_LETTER})+)+")
_QUERY = re.compile(rf"(?:{_LETTER}|[/?])*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


def path_as_sent(path: str) -> str:
    """The path, its escapes in capitals as RFC 3986 wants them, and nothing else about it changed.

    Raises:
        NotFound: it is not a path that stays what it is: dot segments, empty ones, backslashes or control characters
            in whatever encoding, or characters that have no place in a path.
    """
    if not _PATH.fullmatch(path):
        raise _nowhere()
    layers(path)
    return _capitals(path)


def query_as_sent(query: str) -> str:
    """The query, likewise.

    Raises:
        InvalidInput: it holds characters that have to be percent-encoded.
    """
    if not _QUERY.fullmatch(query):
        raise InvalidInput({"query": "holds characters that have to be percent-encoded"})
    return _capitals(query)


def layers(path: str) -> str:
    """The path with all of its encodings taken off.

    Raises:
        NotFound: in one of them it leads elsewhere, or there is no end to them.
    """
    for _ in range(_LAYERS):
        _insist_straight(path)
        decoded = _decoded(path)
        if decoded == path:
            return path
        path = decoded
    raise _nowhere()


def without(query: str, name: str) -> tuple[str, list[str]]:
    """The query without the parameters of this name, however that is encoded; and their values, decoded."""
    rest, values = [], []
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if unquote_plus(key) == name:
            values.append(unquote_plus(value))
        else:
            rest.append(part)
    return "&".join(rest), values


def _insist_straight(path: str) -> None:
    if _CONTROL.search(path):
        raise _nowhere()
    for segment in path.removeprefix("/").split("/"):
        # Some servers cut off what follows a semicolon before they look for dots.
        if segment.partition(";")[0].strip() in ("", ".", ".."):
            raise _nowhere()


def _decoded(path: str) -> str:
    try:
        return unquote(path, errors="strict")
    except UnicodeDecodeError as error:
        raise _nowhere() from error


def _capitals(text: str) -> str:
    return _ESCAPE.sub(lambda escape: escape[0].upper(), text)


def _nowhere() -> NotFound:
    return NotFound("SP-API has no such path.")
