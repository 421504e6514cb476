"""The text in a report's document, in whatever characters it was written.

Everything goes piece by piece, and no piece grows much beyond the one that it is made of.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from domain.marketplaces import Region, find

_NAMED = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
#: Java's names of character sets that Python calls otherwise, and those of Japan with the characters that are in use.
_JAVA = {"windows31j": "cp932", "shiftjis": "cp932", "sjis": "cp932", "ms932": "cp932", "xsjis": "cp932"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_STRANGE = re.compile(rb"[\x80-\xff]")
#: So many bytes are enough to see a mark or XML's declaration; so many show whether a text is UTF-8.
_HEAD = 256
_SAMPLE = 64 * 2**10


def characters(
    pieces: Iterable[bytes], content_type: str, marketplace_ids: Sequence[str] = ()
) -> Iterator[str]:
    """The document's text, without a mark of its byte order; never an empty piece.

    In this order: the mark at its beginning, the character set that HTTP names, the one that XML names, UTF-8 if it can
    be UTF-8, and what the marketplace's reports are written in. What even that does not know becomes U+FFFD.
    """
    found = iter(pieces)
    head = b""
    for piece in found:
        head += piece
        if len(head) >= _HEAD:
            break
    onward = chain((head,), found)
    name = _stated(head, content_type)
    if name is None or name == "utf-8":
        yield from _guessed(onward, _usual(marketplace_ids))
    else:
        yield from _decoded(onward, name)


def _decoded(pieces: Iterable[bytes], name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(name)(errors="replace")
    for piece in pieces:
        text = decoder.decode(piece)
        if text:
            yield text
    text = decoder.decode(b"", final=True)
    if text:
        yield text


def _guessed(pieces: Iterable[bytes], otherwise: str) -> Iterator[str]:
    """ASCII until the first byte that is not; from there on, a sample decides between UTF-8 and the other one."""
    found = iter(pieces)
    sample = b""
    for piece in found:
        plain = 0 if sample else _plain_bytes(piece)
        if plain:
            yield piece[:plain].decode("ascii")
        sample += piece[plain:]
        if len(sample) >= _SAMPLE:
            break
    name = "utf-8" if _is_utf8(sample) else otherwise
    yield from _decoded(chain((sample,), found), name)


def _plain_bytes(piece: bytes) -> int:
    """How many of them are ASCII before the first that is not."""
    strange = _STRANGE.search(piece)
    return len(piece) if strange is None else strange.start()


def _is_utf8(sample: bytes) -> bool:
    whole = len(sample) < _SAMPLE
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample[:_SAMPLE], final=whole)
    except UnicodeDecodeError as error:
        # One that begins well and only lacks the rest of its last character is UTF-8 that breaks off.
        return error.start > 0 and error.reason == "unexpected end of data"
    return True


def _stated(head: bytes, content_type: str) -> str | None:
    """The character set that the document or its answer names, if one does that we know."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    said = _NAMED.search(content_type)
    declared = _XML.match(head)
    return (_known(said[1]) if said else None) or (_known(declared[1].decode("ascii")) if declared else None)


def _known(name: str) -> str | None:
    """Python's name of a character set; ``None`` for one that is unknown, or none at all."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    try:
        found = codecs.lookup(_JAVA.get(plain, name)).name
        b"a".decode(found)
        codecs.getincrementaldecoder(found)
    except (LookupError, ValueError):
        return None
    return found


def _usual(marketplace_ids: Sequence[str]) -> str:
    """What reports of these marketplaces are written in where nothing is said.

    Source: observed; the customary client libraries do the same.
    """
    known = [marketplace for marketplace in map(find, marketplace_ids) if marketplace is not None]
    if any(marketplace.country_code == "JP" for marketplace in known):
        return "cp932"
    return "cp1252" if any(marketplace.region is Region.EU for marketplace in known) else "latin-1"
