"""Tables of Amazon's in other forms, wherever they were cut into parts."""

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.csv_lines import defused
from entrypoints.http.report_tables import table_as_csv, table_as_json

#: Whatever may stand in a cell, and what other formats make much of.
CELLS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs", "Cc"]), st.sampled_from('",;=+-@ \u2028é漢'))
).map(lambda text: text.removeprefix("\ufeff"))
NAMES = st.lists(st.text("abc-", min_size=1), min_size=2, max_size=5, unique=True)


@st.composite
def tables(draw):
    """A header with its lines, and the bytes of both cut into parts."""
    header = draw(NAMES)
    rows = draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header))))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = "".join("\t".join(cells) + end for cells in [header, *rows])
    data = text.encode() if draw(st.booleans()) else text.removesuffix(end).encode()
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return header, rows, [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def as_csv(*parts):
    return b"".join(table_as_csv(parts)).decode()


def as_json(*parts):
    return json.loads(b"".join(table_as_json(parts)))


@given(tables())
def test_a_table_as_csv_has_the_same_cells(table):
    header, rows, parts = table

    read = list(csv.reader(io.StringIO(as_csv(*parts), newline=""), strict=True))

    assert read == [[defused(cell) for cell in row] for row in [header, *rows]]


@given(tables())
def test_a_table_as_json_has_the_same_cells_by_name(table):
    header, rows, parts = table

    assert as_json(*parts) == [dict(zip(header, row, strict=True)) for row in rows]


def test_a_line_that_is_too_short_is_filled_up():
    assert as_csv(b"sku\tasin\tprice\nS-1\n") == "sku,asin,price\r\nS-1,,\r\n"
    assert as_json(b"sku\tasin\nS-1\n") == [{"sku": "S-1", "asin": None}]


def test_of_a_line_that_is_too_long_nothing_is_lost():
    assert as_csv(b"sku\tasin\nS-1\tA\t9\n") == "sku,asin\r\nS-1,A,9\r\n"
    assert as_json(b"sku\tasin\nS-1\tA\t9\n") == [{"sku": "S-1", "asin": "A", "column_3": "9"}]


def test_of_two_columns_with_one_name_neither_is_lost():
    assert as_json(b"sku\tsku\t\nA\tB\tC\n") == [{"sku": "A", "sku_2": "B", "column_3": "C"}]


def test_a_name_made_for_one_column_is_no_other_columns():
    assert as_json(b"a_3\tb\ta_3\tcolumn_5\n1\t2\t3\t4\t5\n") == [
        {"a_3": "1", "b": "2", "a_3_3": "3", "column_5": "4", "column_5_5": "5"}
    ]


def test_empty_lines_are_no_lines():
    assert as_csv(b"sku\tasin\r\n\r\nS-1\tA\r\n\r\n") == "sku,asin\r\nS-1,A\r\n"


def test_a_table_of_one_column_is_a_table():
    assert as_csv(b"sku\n=S-1\n") == "sku\r\n'=S-1\r\n"


def test_a_header_alone_is_an_empty_list():
    assert as_csv(b"sku\tasin\n") == "sku,asin\r\n"
    assert as_json(b"sku\tasin\n") == []


def test_without_a_header_there_is_nothing():
    assert as_csv() == ""
    assert as_json() == []


def test_a_long_table_is_handed_on_part_by_part():
    drawn = []

    def parts():
        for number in range(3):
            drawn.append(number)
            yield b"sku\tasin\n" * 10

    first = next(table_as_csv(parts()))

    assert (drawn, first.count(b"\r\n")) == ([0], 10)
