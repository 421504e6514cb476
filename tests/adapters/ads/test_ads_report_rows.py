"""The rows of a report's document, wherever its pieces are cut."""

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ads.wire.report_rows import parts_of
from domain.errors import UpstreamFailed, WrongAnswer

NAMES = st.text(max_size=8)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.text(max_size=12),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(NAMES, st.integers(), max_size=2),
)
ROWS = st.lists(st.dictionaries(NAMES.filter(lambda name: not name.endswith("Id")), VALUES, max_size=4))


def cut(document: bytes, size: int) -> Iterator[bytes]:
    return (document[start : start + size] for start in range(0, len(document), size))


def rows_of(document: bytes, size: int = 7) -> list[object]:
    return [json.loads(line) for line in b"".join(parts_of(cut(document, size))).split(b"\n") if line]


@given(ROWS, st.integers(1, 40), st.sampled_from([None, 2]), st.booleans())
def test_every_row_comes_as_it_is(
    rows: list[dict[str, object]], size: int, indent: int | None, ascii_only: bool
) -> None:
    document = json.dumps(rows, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace")

    assert rows_of(document, size) == json.loads(document)


def test_ids_become_texts_and_other_numbers_stay_as_they_are_written() -> None:
    document = (
        b'[{"campaignId": 123456789012345678, "cost": 14.50, "big": 1e3, "adId": null, "keywordId": "7"}]'
    )

    assert b"".join(parts_of([document])) == (
        b'{"campaignId":"123456789012345678","cost":14.50,"big":1e3,"adId":null,"keywordId":"7"}\n'
    )


@pytest.mark.parametrize("document", [b"[]", b" [ ] \n", b"\xef\xbb\xbf[]"])
def test_an_empty_list_has_no_rows(document: bytes) -> None:
    assert list(parts_of([document])) == []


@pytest.mark.parametrize(
    "document",
    [b"", b"  ", b"[", b"[{}", b"[{},", b'[{"a": 1', b'[{"a": "\xc3', b'[{"a": "x"}, {"b"'],
)
def test_a_document_that_breaks_off_is_a_failure(document: bytes) -> None:
    with pytest.raises(UpstreamFailed, match="breaks off") as failure:
        list(parts_of(cut(document, 3)))

    assert not isinstance(failure.value, WrongAnswer)


@pytest.mark.parametrize(
    "document",
    [
        b"{}",
        b'"text"',
        b"<html></html>",
        b"[1]",
        b"[[]]",
        b"[{},]",
        b"[{} {}]",
        b"[{}]]",
        b"[{}] []",
        b"[,{}]",
        b"[null]",
        b'[{"a": "\xff"}]',
    ],
)
def test_what_is_no_list_of_objects_is_a_wrong_answer(document: bytes) -> None:
    with pytest.raises(WrongAnswer):
        list(parts_of(cut(document, 3)))


@pytest.mark.parametrize("row", [b'{"a": NaN}', b"{'a': 1}", b'{"a": ' + b"[" * 100_000])
def test_a_row_that_no_reading_on_would_mend_is_not_waited_for(row: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        list(parts_of([b"[" + row + b"," + b" " * 3 * 2**20 + b"]"]))


def test_a_long_document_is_never_in_memory_as_a_whole() -> None:
    row = json.dumps({"date": "2026-03-01", "campaignId": 123456789012345678, "clicks": 3}).encode()

    def pieces() -> Iterator[bytes]:
        yield b"[" + row
        for _ in range(2_000):
            yield (b",\n" + row) * 50
        yield b"]"

    tracemalloc.start()
    rows = longest = 0
    for part in parts_of(pieces()):
        rows += part.count(b"\n")
        longest = max(longest, len(part))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert rows == 100_001
    assert longest < 300 * 2**10
    assert peak < 3 * 2**20
