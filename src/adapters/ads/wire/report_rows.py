"""A report's document, row by row: one JSON array, however long, with a row of it in memory at a time.

Source: Amazon Ads API, "Reporting version 3": GZIP_JSON is a packed array of flat objects; ids in it are numbers that
are too large for a browser.
"""

import codecs
import json
from collections.abc import Iterable, Iterator

from domain.errors import UpstreamFailed, WrongAnswer

#: So much is gathered before rows are looked for in it.
_CHUNK = 64 * 2**10
#: No row is longer, in characters.
_LONGEST_ROW = 2**20
#: A part is given out as soon as it has so many bytes.
_PART = 256 * 2**10
_SPACE = " \t\r\n"


class _Number(str):
    """A number, as Amazon wrote it."""

    __slots__ = ()


def _no_number(name: str) -> None:
    raise _wrong(f"has {name} in the place of a number")


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_no_number)


def parts_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The rows of an unpacked document: an object and a line end each, in parts of whole rows.

    Ids become texts; other numbers stay as they were written.

    Raises:
        UpstreamFailed: it breaks off.
        WrongAnswer: it is not an array of objects.
    """
    part = bytearray()
    for row in _rows(_gathered(pieces)):
        part += _line(row)
        if len(part) >= _PART:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)


def _gathered(pieces: Iterable[bytes]) -> Iterator[str]:
    """The text, in pieces that are worth looking at."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    gathered = ""
    for piece in pieces:
        try:
            gathered += decoder.decode(piece)
        except UnicodeDecodeError as error:
            raise _wrong("is not written in UTF-8") from error
        if len(gathered) >= _CHUNK:
            yield gathered
            gathered = ""
    if decoder.getstate()[0]:
        raise _broken_off()
    if gathered:
        yield gathered


def _rows(texts: Iterator[str]) -> Iterator[dict[str, object]]:
    """Each object, as soon as all of it is there."""
    scan = _Scan(texts)
    if scan.next_sign() != "[":
        raise _wrong("is not a list")
    if scan.peek() == "]":
        scan.next_sign()
    else:
        while True:
            yield scan.object()
            sign = scan.next_sign()
            if sign == "]":
                break
            if sign != ",":
                raise _wrong("has something between its rows")
    if not scan.is_over():
        raise _wrong("goes on behind its end")


class _Scan:
    """Reads a text that comes piece by piece."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """The next sign that is no space; it stays."""
        if not self._skip():
            raise _broken_off()
        return self._text[self._at]

    def next_sign(self) -> str:
        """The next sign that is no space; it is taken."""
        sign = self.peek()
        self._at += 1
        return sign

    def is_over(self) -> bool:
        """Whether nothing but space is left."""
        return not self._skip()

    def object(self) -> dict[str, object]:
        """The object that begins here."""
        if self.peek() != "{":
            raise _wrong("has a row that is no object")
        while True:
            try:
                found, self._at = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise _wrong("has a row that can't be read") from error
            except ValueError as error:
                # Wrong, or not all here yet: only more of it can tell.
                if len(self._text) - self._at > _LONGEST_ROW:
                    raise _wrong("has a row that can't be read") from error
                if not self._more():
                    raise _broken_off() from error
            else:
                return dict(found)

    def _skip(self) -> bool:
        while True:
            rest = self._text[self._at : self._at + 64].lstrip(_SPACE)
            if rest:
                self._at += min(64, len(self._text) - self._at) - len(rest)
                return True
            if self._at + 64 < len(self._text):
                self._at += 64
            elif not self._more(drop=True):
                return False

    def _more(self, *, drop: bool = False) -> bool:
        """Whether there was more; what has been read is let go."""
        text = next(self._texts, None)
        if drop:
            self._text, self._at = "", 0
        if text is None:
            return False
        self._text, self._at = self._text[self._at :] + text, 0
        return True


def _line(row: dict[str, object]) -> bytes:
    cells = (f"{json.dumps(name)}:{_written(_as_id(name, value))}" for name, value in row.items())
    # Halves of characters, which JSON can carry and UTF-8 can't, are nobody's campaign.
    return ("{" + ",".join(cells) + "}\n").encode("utf-8", "replace")


def _as_id(name: str, value: object) -> object:
    return str(value) if isinstance(value, _Number) and name.endswith("Id") else value


def _written(value: object) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _wrong(what: str) -> WrongAnswer:
    return WrongAnswer(f"The report's document {what}.", channel="ads")


def _broken_off() -> UpstreamFailed:
    return UpstreamFailed("The report's document breaks off.", channel="ads")
