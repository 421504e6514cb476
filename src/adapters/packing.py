"""What is sent in pieces, packed or not: unpacked piece by piece, and no piece grows without bounds."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from domain.errors import UpstreamFailed

GZIP = b"\x1f\x8b"
#: The most that is unpacked at once: a few packed bytes may stand for a gigabyte.
_UNPACKED_AT_ONCE = 256 * 2**10
#: A packed document in a packed answer, and nobody packs a third time.
_LAYERS = 2


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What was sent as it was before it was packed; as it is, when it was not.

    Its first bytes say which. What the sender or HTTP say of it is not always true: a client may have unpacked it already.

    Raises:
        UpstreamFailed: it breaks off, or what is packed is damaged.
    """
    found = iter(pieces)
    for _ in range(_LAYERS):
        found = _without_layer(found)
    return found


def _without_layer(pieces: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= len(GZIP):
            break
    onward = chain((head,), pieces)
    yield from _gunzipped(onward) if head.startswith(GZIP) else onward


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Member after member; zeros after the last one only fill a block."""
    unpacker = _gzip_member()
    for piece in pieces:
        left = piece
        while left:
            if unpacker.eof:
                left = left.lstrip(b"\0")
                if not left:
                    break
                unpacker = _gzip_member()
            try:
                out = unpacker.decompress(left, _UNPACKED_AT_ONCE)
            except zlib.error as error:
                raise UpstreamFailed("What was sent is packed, and damaged.") from error
            left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            if out:
                yield out
    # Whatever could be unpacked of the pieces has been: only the end is missing, if it is.
    if not unpacker.eof:
        raise UpstreamFailed("What was sent breaks off.")


def _gzip_member() -> "zlib._Decompress":
    return zlib.decompressobj(zlib.MAX_WBITS | 16)
