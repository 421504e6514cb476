"""A report's text in parts that can be stored: what would name a buyer is dropped before anything is kept."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter

from domain.errors import WrongAnswer

TABLE = "text/tab-separated-values"
JSON = "application/json"
XML = "text/xml"
PLAIN = "text/plain"

#: The most that a part of a document has, in bytes; no line is longer either.
LARGEST_PART = 2**20
_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_DECLARED = re.compile(r"(<\?xml[^>]*?encoding\s*=\s*)([\"'])[^\"']*\2")
_ENDS = re.compile(r"\r\n?")
_OTHER_THAN_TABS = re.compile("[,;|]")
#: Names of columns, in small letters with hyphens, that tell who bought, where they live or how to reach them. One
#: column too many is dropped rather than one too few.
_BUYERS = re.compile(
    r"""
    ^(?:buyer|recipient|receiver|customer|consignee|purchaser|bill|billing|ship-to|deliver-to|cpf|cnpj)(?:-|$)
    | ^(?:ship|shipping|delivery|destination|order)-
      (?:address|name|city|state|province|region|postal|post-?code|zip|county|district|country|phone|instructions)
    | (?:^|-)(?:e?mail|phone|telephone|fax|address(?:es)?|street|city|county|zip|zip-?code|postal|post-?code)(?:-|\d|$)
    | ^e-mail | -e-mail | ^gift-message | ^delivery-instructions
    # How reports with translated headers name them.
    | käufer | empfänger | kunden?name | anschrift | adresse | postleitzahl | telefon | e-mail
    | acheteur | destinataire | code-postal | téléphone
    | comprador | destinatario | dirección | código-postal | teléfono
    | acquirente | indirizzo | codice-postale
    | 購入者 | お届け先 | 受取人 | 送り先 | 住所 | 郵便番号 | 電話 | メール
    """,
    re.VERBOSE,
)


def name_of(column: str) -> str:
    """A column's name as it is compared: small letters, hyphens between the words."""
    return re.sub(r"[\s_]+", "-", column.replace("\ufeff", "").strip().strip('"').lower())


def tells_of_buyers(column: str) -> bool:
    """Whether a column is never stored."""
    return _BUYERS.search(name_of(column)) is not None


def media_of(beginning: str) -> str:
    """What a document is, by how it begins.

    Raises:
        WrongAnswer: it is a page for a browser, which no report is; or columns in it tell of buyers, and are not parted
            by tabs, so that they can't be dropped.
    """
    if _PAGE.match(beginning):
        raise WrongAnswer("In the place of the report's document there is an HTML page.")
    text = beginning.lstrip()
    if text.startswith("<"):
        return XML
    if text.startswith(("{", "[")):
        return JSON
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    if "\t" in first:
        return TABLE
    if any(map(tells_of_buyers, _OTHER_THAN_TABS.split(first))):
        raise WrongAnswer("The report tells of buyers in a form that Portside can't take them out of.")
    return PLAIN


def text_parts(media: str, pieces: Iterable[str]) -> Iterator[bytes]:
    """The document in UTF-8, in parts. Of a table, each line ends with a line feed, and none is empty.

    Raises:
        WrongAnswer: a table's line is too long, or does not fit to its header.
    """
    if media == TABLE:
        return _cut(_Columns().kept(_lines(pieces)), b"\n")
    return _cut((piece.encode() for piece in (_in_utf8(pieces) if media == XML else pieces)), None)


def _cut(pieces: Iterable[bytes], after: bytes | None) -> Iterator[bytes]:
    """Parts of at most ``LARGEST_PART``, that end with ``after``, or else where a character ends."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > LARGEST_PART:
            end = _end_of_part(held, after)
            yield bytes(held[:end])
            del held[:end]
    if held:
        yield bytes(held)


def _end_of_part(held: bytearray, after: bytes | None) -> int:
    if after is not None:
        end = held.rfind(after, 0, LARGEST_PART) + 1
        if end == 0:
            raise _too_long()
        return end
    end = LARGEST_PART
    while held[end] & 0xC0 == 0x80:  # within a character
        end -= 1
    return end


def _lines(pieces: Iterable[str]) -> Iterator[list[str]]:
    """Whole lines without their ends and without empty ones, as many at once as a piece has."""
    rest = ""
    for piece in pieces:
        text = rest + piece
        # The line feed of this one's carriage return may come with the next piece.
        held = "\r" if text.endswith("\r") else ""
        *lines, rest = _ENDS.sub("\n", text.removesuffix(held)).split("\n")
        rest += held
        if len(rest) > LARGEST_PART:
            raise _too_long()
        yield [line for line in lines if line]
    yield [line for line in _ENDS.sub("\n", rest).split("\n") if line]


class _Columns:
    """Which columns are kept, as soon as the header has been seen."""

    def __init__(self) -> None:
        self._width = 0
        self._pick: Callable[[list[str]], Sequence[str]] | None = None

    def kept(self, batches: Iterable[list[str]]) -> Iterator[bytes]:
        """The lines with nothing but these columns."""
        for lines in batches:
            if lines and not self._width:
                self._read_header(lines[0])
            if lines:
                yield ("\n".join(self._without_buyers(lines)) + "\n").encode()

    def _read_header(self, header: str) -> None:
        names = header.split("\t")
        self._width = len(names)
        kept = [number for number, name in enumerate(names) if not tells_of_buyers(name)]
        if not kept:
            raise WrongAnswer("The report has no columns but those that tell of buyers.")
        if len(kept) == 1:
            only = kept[0]
            self._pick = lambda cells: (cells[only],)
        elif len(kept) < len(names):
            self._pick = itemgetter(*kept)

    def _without_buyers(self, lines: list[str]) -> list[str]:
        if self._pick is None:
            return lines
        rows = [line.split("\t") for line in lines]
        width = self._width
        if any(len(cells) != width for cells in rows):
            rows = [self._fitted(cells) for cells in rows]
        pick, join = self._pick, "\t".join
        return [join(pick(cells)) for cells in rows]

    def _fitted(self, cells: list[str]) -> list[str]:
        """A line with as many cells as the header. One that has more could hold a buyer's city in any of them."""
        if any(cells[self._width :]):
            raise WrongAnswer("A line of the report has more cells than there are columns.")
        return cells[: self._width] + [""] * (self._width - len(cells))


def _in_utf8(pieces: Iterable[str]) -> Iterator[str]:
    """XML that says of itself how it is written now."""
    first = True
    for piece in pieces:
        yield _DECLARED.sub(r"\1\2UTF-8\2", piece, count=1) if first else piece
        first = False


def _too_long() -> WrongAnswer:
    return WrongAnswer(f"A line of the report has more than {LARGEST_PART} bytes.")
