"""The thief with a stolen database: looks for secrets in heaps of bytes, whatever form they lie about in.

A secret counts as found when sixteen characters of it in a row are there: as they are, reversed, in hex, percent-encoded, in
UTF-16, in base64 of either alphabet at any alignment; or any of these inside something that was compressed (zlib, gzip,
bare deflate) or encoded (base64, hex) as a whole, wherever in the bytes it begins.
"""

import base64
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

#: So many characters of a secret in a row are too many.
FRAGMENT = 16
_GRAM = 8
#: Any fragment covers a whole gram that begins at a multiple of this.
_STRIDE = FRAGMENT - _GRAM
_LARGEST = 1 << 20
#: The first bytes of a stream may look like text by chance; so many of them hardly ever do.
_HEAD = 12
#: What stands in front of many secrets and is no secret itself.
_PUBLIC = re.compile(rb"\A(amzn1\.oa2-cs\.v1\.|Atzr\||Atza\|)")
_PRINTED = re.compile(rb"[\x09\x0a\x0d\x20-\x7e]{24,}|\x00{16,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
_HEX = re.compile(rb"(?:[0-9a-f]{2}){16,}|(?:[0-9A-F]{2}){16,}")
_ZLIB_HEADS = re.compile(rb"(?=[\x08\x18\x28\x38\x48\x58\x68\x78].)", re.DOTALL)
_GZIP_HEADS = re.compile(rb"(?=\x1f\x8b\x08)")


@dataclass(frozen=True)
class Found:
    """Whose secret (its first characters), where, and in what form."""

    secret: str
    place: str
    form: str


@dataclass(frozen=True)
class _Form:
    """A secret in one form. ``enough`` is how many bytes of it in a row make a fragment."""

    secret: str
    name: str
    content: bytes
    enough: int


class Searcher:
    """Knows the secrets; ``search`` goes through a heap of bytes.

    Args:
        secrets: What is looked for.
        public: What may stand inside a secret and is known to everybody, such as a seller's id; as part of a fragment it
            does not count.
    """

    def __init__(self, secrets: Iterable[str | bytes], public: Iterable[str] = ()) -> None:
        self._public = {form.content for text in public for form in _forms(text.encode())}
        self._forms: list[_Form] = []
        self._grams: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
        for secret in dict.fromkeys(each.encode() if isinstance(each, str) else each for each in secrets):
            for form in _forms(secret):
                self._learn(form)

    def search(self, place: str, content: bytes) -> set[Found]:
        """Every secret that is in there, with the form it was found in."""
        return {
            Found(form.secret, place, f"{form.name}{'' if layer == 'plain' else f' in {layer}'}")
            for layer, heap in layers(content)
            for form in self._in(heap)
        }

    def _learn(self, form: _Form) -> None:
        number = len(self._forms)
        self._forms.append(form)
        for at in range(len(form.content) - _GRAM + 1):
            self._grams[form.content[at : at + _GRAM]].append((number, at))

    def _in(self, heap: bytes) -> Iterator[_Form]:
        grams = self._grams
        for at in range(0, len(heap) - _GRAM + 1, _STRIDE):
            for number, within in grams.get(heap[at : at + _GRAM], ()):
                form = self._forms[number]
                if len(self._secret(_common(heap, at, form.content, within))) >= form.enough:
                    yield form

    def _secret(self, stretch: bytes) -> bytes:
        """What is left of it without what everybody knows."""
        for known in self._public:
            stretch = stretch.replace(known, b"")
        return stretch


def layers(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes themselves, and whatever can be unfolded out of them: two foldings deep."""
    yield "plain", content
    for name, unfolded in _unfolded(content):
        yield name, unfolded
        for inner, deeper in _unfolded(unfolded, bare=False):
            yield f"{inner} in {name}", deeper


def _unfolded(content: bytes, *, bare: bool = True) -> Iterator[tuple[str, bytes]]:
    """Everything that was in one fold, heaped up by the kind of it."""
    pieces = list(_decoded(content))
    yield "base64 or hex", b"\n".join(pieces)
    starts = [match.start() for match in _ZLIB_HEADS.finditer(content) if _is_zlib(content, match.start())]
    yield "zlib", _inflated(content, starts, zlib.MAX_WBITS)
    gzips = [match.start() for match in _GZIP_HEADS.finditer(content)]
    yield "gzip", _inflated(content, gzips, 16 + zlib.MAX_WBITS)
    if bare:
        yield "deflate", _inflated(content, _unprinted(content), -zlib.MAX_WBITS)
        yield (
            "deflate in base64 or hex",
            b"\n".join(_inflated(piece, [0], -zlib.MAX_WBITS) for piece in pieces),
        )


def _decoded(content: bytes) -> Iterator[bytes]:
    for match in _BASE64.finditer(content):
        run = match.group().translate(bytes.maketrans(b"-_", b"+/"))
        for skipped in range(4):
            whole = run[skipped:]
            yield base64.b64decode(whole[: len(whole) - (len(whole) % 4 == 1)] + b"==")
    for match in _HEX.finditer(content):
        yield bytes.fromhex(match.group().decode())


def _inflated(content: bytes, starts: Iterable[int], kind: int) -> bytes:
    """What the streams that begin there hold, as far as they go; what is no stream holds nothing."""
    found = []
    for start in starts:
        stream, at = zlib.decompressobj(kind), start
        inflated = bytearray()
        try:
            while at < len(content) and not stream.eof and len(inflated) < _LARGEST:
                inflated += stream.decompress(content[at : at + 256], _LARGEST)
                at += 256
        except zlib.error:
            pass  # it ends here, or never was one; what came out until then counts
        if len(inflated) >= _GRAM:
            found.append(bytes(inflated))
    return b"\n".join(found)


def _unprinted(content: bytes) -> Iterator[int]:
    """Where a bare deflate stream may begin: anywhere but inside long stretches of text, which no stream looks like."""
    at = 0
    for match in _PRINTED.finditer(content):
        yield from range(at, match.start() + 1)
        at = max(at, match.end() - _HEAD)
    yield from range(at, len(content))


def _is_zlib(content: bytes, at: int) -> bool:
    head = int.from_bytes(content[at : at + 2], "big")
    return head % 31 == 0 and not head & 0x20


def _forms(secret: bytes) -> Iterator[_Form]:
    name = secret[:20].decode(errors="replace")
    bare = _PUBLIC.sub(b"", secret)
    fragment = min(FRAGMENT, len(bare))
    text = bare.decode(errors="surrogateescape")
    percent = quote(bare, safe="")
    ways = {
        "plain": (bare, fragment),
        "reversed": (bare[::-1], fragment),
        "hex": (bare.hex().encode(), 2 * fragment),
        "HEX": (bare.hex().upper().encode(), 2 * fragment),
        "percent": (percent.encode(), fragment),
        "percent, lower case": (_lowered(percent).encode(), fragment),
        "form": (quote_plus(bare).encode(), fragment),
        "UTF-16": (text.encode("utf-16-le", "surrogatepass"), 2 * fragment),
        "UTF-16, big end first": (text.encode("utf-16-be", "surrogatepass"), 2 * fragment),
    }
    for alphabet, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        for offset in range(3):
            # The characters at both ends depend on the neighbours; what stands between them does not.
            inner = encode(b"\0" * offset + bare)[4 if offset else 0 :].rstrip(b"=")[:-1]
            ways[f"{alphabet}+{offset}"] = (inner, min(len(inner), fragment * 4 // 3 - 2))
    for way, (content, enough) in ways.items():
        yield _Form(name, way, content, enough)


def _lowered(percent: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), percent)


def _common(heap: bytes, at: int, content: bytes, within: int) -> bytes:
    """The stretch that both have in common around these positions."""
    before = 0
    while before < min(at, within) and heap[at - before - 1] == content[within - before - 1]:
        before += 1
    after = 0
    while (
        at + after < len(heap)
        and within + after < len(content)
        and heap[at + after] == content[within + after]
    ):
        after += 1
    return heap[at - before : at + after]
