"""Lists inside of JSON documents, wherever these were cut into parts."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UpstreamFailed
from entrypoints.http.csv_lines import defused
from entrypoints.http.report_sections import outline, section_as_csv, section_as_json

TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('"\\{}[],: é漢')))
#: Python's reader of CSV does not take this one.
LINES = TEXTS.map(lambda text: text.replace("\0", ""))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def cut(data, cuts):
    places = sorted({min(place, len(data)) for place in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


@given(
    st.dictionaries(TEXTS, VALUES, max_size=5),
    st.booleans(),
    st.sampled_from([None, 2]),
    st.lists(st.integers(0, 300), max_size=8),
)
def test_every_list_of_a_document_comes_out_as_it_is(document, escaped, indent, cuts):
    parts = cut(json.dumps(document, ensure_ascii=escaped, indent=indent).encode(), cuts)
    lists = {name: value for name, value in document.items() if isinstance(value, list)}

    found = {name: json.loads(b"".join(section_as_json(parts, name))) for name in outline(parts)}

    assert found == lists


@given(st.lists(st.dictionaries(st.text("abc", min_size=1), LINES, min_size=1), max_size=4))
def test_a_list_as_csv_has_a_column_for_every_name(rows):
    parts = [json.dumps({"rows": rows}).encode()]
    columns = outline(parts)["rows"]

    text = b"".join(section_as_csv(parts, "rows", columns)).decode()

    read = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert read == [{name: defused(row.get(name, "")) for name in columns} for row in rows]
    assert set(columns) == {name for row in rows for name in row}


def test_nested_names_are_joined_by_dots_and_numbers_stay_as_they_are_written():
    rows = b'{"rows": [{"date": "2026-03-04", "sales": {"amount": 12.50, "currency": "EUR"}, "tags": ["a"]},'
    rows += b' {"date": null, "sales": {"amount": -3.0, "b2b": true}}]}'

    text = b"".join(section_as_csv([rows], "rows", outline([rows])["rows"])).decode()

    assert text.splitlines() == [
        "date,sales.amount,sales.currency,tags,sales.b2b",
        '2026-03-04,12.50,EUR,"[""a""]",',
        ",-3.0,,,true",
    ]


def test_a_document_that_is_a_list_has_no_name():
    parts = [b'[{"a": 1},', b' {"a": 2}]']

    assert outline(parts) == {"": ["a"]}
    assert b"".join(section_as_csv(parts, "", ["a"])) == b"a\r\n1\r\n2\r\n"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>",
        b"{",
        b'{"a"',
        b'{"a": [',
        b'{"a": [{"b": 1}',
        b'{"a": [{"b": "\\',
        b'{"a": [1,]}',
        b'{"a": [1 2]}',
        b'{"a": 1,}',
        b'{"a": [nope]}',
        b'{"a": []} {}',
        b"{1: 2}",
        b'{"a": [{"b": 1]}',
        b'"a"',
        b"[" * 100_000,
    ],
)
def test_what_is_not_json_is_amazons_failure(document):
    with pytest.raises(UpstreamFailed, match="not JSON"):
        outline([document])


def test_a_long_list_is_in_memory_only_in_part():
    drawn = []

    def parts():
        yield b'{"rows": ['
        for number in range(50):
            drawn.append(number)
            yield b'{"a": "%s"},' % (b"x" * 20_000)
        yield b"{}]}"

    first = next(section_as_json(parts(), "rows"))

    assert len(first) < 100_000
    assert len(drawn) < 10
