"""Lists inside of a JSON document, drawn out of it element by element: the whole of it is never in memory."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from domain.errors import UpstreamFailed
from entrypoints.http.csv_lines import csv_line

#: Of one element, in characters. Real ones have a few thousand.
_LARGEST = 16 * 2**20
#: Of what is sent at once, in characters.
_PIECE = 2**16
_BLANK = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^,\]}\s]*")
_BRACKETS = re.compile(r'["{}\[\]]')
#: Finds the end of a value that is there as a whole much sooner than a search for its brackets.
_DECODER = json.JSONDecoder()
_IN_TEXT = re.compile(r'["\\]')
#: The name of a list that is the whole document.
WHOLE = ""


def outline(parts: Iterable[bytes]) -> dict[str, list[str]]:
    """The document's lists, by their names, with the columns that their elements have between them.

    Raises:
        UpstreamFailed: it is not JSON.
    """
    columns: dict[str, dict[str, None]] = {}
    for name, element in _Scanner(iter(parts)).elements():
        known = columns.setdefault(name, {})
        if element is not None:
            known.update(dict.fromkeys(_flat(_read(element))))
    return {name: list(known) for name, known in columns.items()}


def section_as_csv(parts: Iterable[bytes], section: str, columns: list[str]) -> Iterator[bytes]:
    """One list as CSV, the columns as ``outline`` found them."""

    def lines() -> Iterator[str]:
        if columns:
            yield csv_line(columns)
        for element in _elements(parts, section):
            cells = _flat(_read(element))
            yield csv_line(cells.get(column, "") for column in columns)

    return _gathered(lines())


def section_as_json(parts: Iterable[bytes], section: str) -> Iterator[bytes]:
    """One list as it stands in the document."""

    def pieces() -> Iterator[str]:
        opening = "["
        for element in _elements(parts, section):
            yield opening + element
            opening = ",\n"
        yield "[]\n" if opening == "[" else "]\n"

    return _gathered(pieces())


def _gathered(texts: Iterable[str]) -> Iterator[bytes]:
    """The same in larger pieces: each costs whoever sends it a round of its own."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    if waiting:
        yield "".join(waiting).encode()


def _elements(parts: Iterable[bytes], section: str) -> Iterator[str]:
    found = _Scanner(iter(parts)).elements()
    return (element for name, element in found if name == section and element is not None)


def _read(element: str) -> object:
    """An element, its numbers as they are written."""
    try:
        return json.loads(element, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise _broken() from error


def _flat(value: object, name: str = "") -> dict[str, str]:
    """An element as cells: names of nested ones are joined by dots. Lists inside of it stay JSON."""
    if isinstance(value, Mapping) and value:
        cells: dict[str, str] = {}
        for inner, one in value.items():
            cells.update(_flat(one, f"{name}.{inner}" if name else inner))
        return cells
    return {name or "value": _cell(value)}


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _broken() -> UpstreamFailed:
    return UpstreamFailed("The document that Amazon made is not JSON, though it says so.")


@dataclass
class _Scanner:
    """Goes over a document. ``_start`` is where a text begins that is wanted: what is before it is forgotten."""

    parts: Iterator[bytes]
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8-sig"), init=False
    )
    _text: str = field(default="", init=False)
    _at: int = field(default=0, init=False)
    _start: int | None = field(default=None, init=False)

    def elements(self) -> Iterator[tuple[str, str | None]]:
        """Each list of the document by its name, first with ``None`` and then with each of its elements."""
        if self._next() == "[":
            yield from self._list(WHOLE)
        else:
            self._take("{")
            more = not self._has_ended("}")
            while more:
                name = _read(self._value())
                if not isinstance(name, str):
                    raise _broken()
                self._take(":")
                if self._next() == "[":
                    yield from self._list(name)
                else:
                    self._skip()
                more = self._goes_on("}")
        if self._next():
            raise _broken()

    def _list(self, name: str) -> Iterator[tuple[str, str | None]]:
        yield name, None
        self._take("[")
        more = not self._has_ended("]")
        while more:
            yield name, self._value()
            more = self._goes_on("]")

    def _goes_on(self, end: str) -> bool:
        """Whether another one follows: after a comma."""
        if self._has_ended(end):
            return False
        self._take(",")
        return True

    def _has_ended(self, end: str) -> bool:
        if self._next() != end:
            return False
        self._at += 1
        return True

    def _take(self, mark: str) -> None:
        if self._next() != mark:
            raise _broken()
        self._at += 1

    def _next(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            self._at = self._end_of(_BLANK)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _value(self) -> str:
        """The value that begins here, as it is written."""
        self._next()
        self._start = self._at
        self._skip()
        start, self._start = self._start, None
        return self._text[start : self._at]

    def _skip(self) -> None:
        first = self._next()
        if first == '"':
            self._skip_text()
        elif first in ("{", "["):
            self._skip_nested()
        else:
            self._skip_scalar()

    def _skip_scalar(self) -> None:
        began = False
        while True:
            end = self._end_of(_SCALAR)
            began = began or end > self._at
            self._at = end
            if self._at < len(self._text) or not self._more():
                break
        if not began:
            raise _broken()

    def _skip_nested(self) -> None:
        try:
            self._at = _DECODER.raw_decode(self._text, self._at)[1]
        except (ValueError, RecursionError):  # most often since it goes on in the next part
            self._search_end()

    def _search_end(self) -> None:
        depth = 0
        while True:
            mark = self._find(_BRACKETS)
            if mark == '"':
                self._skip_text()
                continue
            self._at += 1
            depth += 1 if mark in "{[" else -1
            if depth == 0:
                return

    def _skip_text(self) -> None:
        self._at += 1
        while self._find(_IN_TEXT) == "\\":
            self._at += 1
            if self._at >= len(self._text) and not self._more():
                raise _broken()
            self._at += 1
        self._at += 1

    def _find(self, marks: re.Pattern[str]) -> str:
        """Go on to the next of these characters; it has to come."""
        while True:
            found = marks.search(self._text, self._at)
            if found is not None:
                self._at = found.start()
                return found.group()
            self._at = len(self._text)
            if not self._more():
                raise _broken()

    def _end_of(self, run: re.Pattern[str]) -> int:
        found = run.match(self._text, self._at)
        return self._at if found is None else found.end()

    def _more(self) -> bool:
        """Read on; ``False`` at the end. Only what is still wanted stays in memory."""
        keep = self._at if self._start is None else self._start
        for part in self.parts:
            fresh = self._decoder.decode(part)
            if not fresh:
                continue
            self._text = self._text[keep:] + fresh
            self._at -= keep
            if self._start is not None:
                self._start = 0
                if self._at > _LARGEST:
                    raise _broken()
            return True
        return False
