"""JSON's rows as a table in CSV: a header line of the names, and a line for each row."""

import json
from collections.abc import Iterator, Mapping, Sequence

from entrypoints.http.csv_lines import csv_line

Row = Mapping[str, object]


def as_csv(rows: Sequence[Row], names: Sequence[str] = ()) -> str:
    """The rows, with a column for each name that any of them has, in the order in which they come.

    What is nested has its names joined by dots. A list of plain values stands in one cell, with semicolons; one of
    objects as JSON. What is unknown (``null``) or missing is empty.

    Args:
        rows: May be none.
        names: Of the columns that there are even so; without them, a table without rows has no line at all.
    """
    flat = [dict(_cells(row)) for row in rows]
    columns = list(dict.fromkeys([*names, *(name for row in flat for name in row)]))
    if not columns:
        return ""
    lines = [csv_line(columns), *(csv_line(row.get(name, "") for name in columns) for row in flat)]
    return "".join(lines)


def _cells(row: Row, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if isinstance(value, dict) and value:
            yield from _cells(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _text(value)


def _text(value: object) -> str:
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        if any(isinstance(each, list | tuple | dict) for each in value):
            return json.dumps(value, ensure_ascii=False)
        return ";".join(map(_text, value))
    return json.dumps(value)
