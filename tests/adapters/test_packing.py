"""What is sent packed comes out as it was, in small pieces, or not at all."""

import gzip
from collections.abc import Iterator

import pytest

from adapters.packing import unpacked
from domain.errors import UpstreamFailed

DATA = b"an order\nanother order\n" * 1000


def cut(data: bytes, size: int) -> Iterator[bytes]:
    yield from (data[at : at + size] for at in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 7, 10**6])
@pytest.mark.parametrize(
    "sent",
    [DATA, gzip.compress(DATA), gzip.compress(gzip.compress(DATA)), gzip.compress(DATA) + bytes(512)],
    ids=["plain", "packed", "twice", "with a filled block"],
)
def test_it_comes_out_as_it_was_however_it_is_cut(sent: bytes, size: int) -> None:
    assert b"".join(unpacked(cut(sent, size))) == DATA


@pytest.mark.parametrize("data", [b"\x1f", b"", b"\x1f\x8c"])
def test_what_only_begins_like_a_packed_document_is_none(data: bytes) -> None:
    assert b"".join(unpacked(cut(data, 1))) == data


def test_a_few_packed_bytes_that_stand_for_many_come_in_small_pieces() -> None:
    bomb = gzip.compress(bytes(50 * 2**20))

    assert max(len(piece) for piece in unpacked([bomb])) <= 2**18


def test_what_breaks_off_is_an_error() -> None:
    with pytest.raises(UpstreamFailed, match="breaks off"):
        list(unpacked([gzip.compress(DATA)[:-4]]))


def test_what_is_damaged_is_an_error() -> None:
    packed = bytearray(gzip.compress(DATA))
    packed[-6] ^= 0xFF  # of the check sum

    with pytest.raises(UpstreamFailed, match="damaged"):
        list(unpacked([bytes(packed)]))
