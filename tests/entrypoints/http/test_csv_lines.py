"""Lines of CSV: as RFC 4180 has them, and nothing in them that a spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.csv_lines import csv_line, defused


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "=cmd|'/c calc'!A1",
        "+cmd|x",
        "-2+3+cmd|x",
        "@SUM(A1)",
        " =1",
        "\u00a0=1",
        "＝1",
        "\tx",
        "+49 171 1",
        "-",
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_defused(cell):
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("a;=1", "a;'=1"),
        ("a; =1;b", "a; '=1;b"),
        ("a\n@x\t-x", "a\n'@x\t'-x"),
        ("a;-1+x", "a;'-1+x"),
        ("1;-2;+3", "1;-2;+3"),
        ("a;b=1", "a;b=1"),
    ],
)
def test_no_formula_is_uncovered_where_other_characters_part_the_cells(cell, written):
    assert defused(cell) == written


@pytest.mark.parametrize(
    "cell",
    ["", "A", "-12.50", "-1,50", "+3", "-1.234,56", "-.5", "1E-3", "-1e+5", "-12%", "a=b", "2026-03-04"],
)
def test_what_is_no_formula_stays_as_it_is(cell):
    assert defused(cell) == cell


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_every_line_is_read_back_as_it_was_written(cells):
    line = csv_line(cells)

    (read,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert read == [defused(cell) for cell in cells]
    assert line.endswith("\r\n")
