"""JSON's rows as CSV."""

import csv
import io

from entrypoints.http.csv_tables import as_csv


def table_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_names_are_the_first_line() -> None:
    assert table_of(as_csv([{"date": "2026-03-04", "orders": 2}])) == [
        ["date", "orders"],
        ["2026-03-04", "2"],
    ]


def test_numbers_are_written_as_in_json_and_the_unknown_is_empty() -> None:
    row = {"whole": 3, "part": 0.1, "less": -1.5, "yes": True, "nothing": None, "none": [], "void": {}}

    assert table_of(as_csv([row]))[1] == ["3", "0.1", "-1.5", "true", "", "", ""]


def test_a_name_that_some_rows_lack_has_its_column() -> None:
    assert table_of(as_csv([{"a": 1}, {"b": 2, "a": 3}])) == [["a", "b"], ["1", ""], ["3", "2"]]


def test_nested_names_are_joined_by_dots() -> None:
    table = table_of(as_csv([{"revenue": {"value": 5, "change": {"of": 1}}, "name": "x"}]))

    assert table == [["revenue.value", "revenue.change.of", "name"], ["5", "1", "x"]]


def test_a_list_stands_in_one_cell() -> None:
    assert table_of(as_csv([{"ids": ["A", "B"], "lines": [{"n": 1}]}]))[1] == ["A;B", '[{"n": 1}]']


def test_a_formula_is_defused_and_quotes_are_doubled() -> None:
    assert as_csv([{"sku": '=1+"1"', "title": "Ä, ö"}]) == 'sku,title\r\n"\'=1+""1""","Ä, ö"\r\n'


def test_a_name_is_no_formula_either() -> None:
    assert as_csv([{"=a": 1}]).startswith("'=a\r\n")


def test_names_that_are_given_stand_there_without_rows_too() -> None:
    assert as_csv([], ("sku", "units")) == "sku,units\r\n"
    assert as_csv([{"units": 2, "more": 1}], ("sku", "units")) == "sku,units,more\r\n,2,1\r\n"


def test_without_rows_and_names_there_is_no_line() -> None:
    assert as_csv([]) == ""
