"""What Portside has answered, made ready to be compared with a recount: everything but the words beside the figures."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

#: How far figures can be trusted, and what is said about them. Whatever else an answer has is compared with the recount,
#: name by name: a figure that is new fails the tests until it is recounted, or stands here for a reason.
BESIDE_FIGURES = frozenset(
    {
        "dataAsOf",
        "previousAsOf",
        "completeUntil",
        "complete",
        "partial",
        "previousPartial",
        "incompleteBecause",
        "gaps",
        "lastSync",
        "lastSynced",
        "nextCursor",
        "revenueDefinition",
        "message",
        "details",
    }
)


def figures(data: Any, beside: frozenset[str] = BESIDE_FIGURES) -> Any:
    """All that an answer says, in figures."""
    if isinstance(data, dict):
        return {name: figures(value, beside) for name, value in data.items() if name not in beside}
    return [figures(each, beside) for each in data] if isinstance(data, list) else data


def lines_of(table: str) -> list[dict[str, str]]:
    """The lines of a CSV, by the names of its columns."""
    return list(csv.DictReader(io.StringIO(table, newline=""), strict=True))


def check_lines(
    told: Sequence[Mapping[str, str]],
    expected: Sequence[Mapping[str, Any]],
    beside: frozenset[str] = BESIDE_FIGURES,
) -> None:
    """Each line of a CSV says what is expected, under the same names, and no more."""
    rows = [dict(_cells(row)) for row in expected]
    names = {name for row in rows for name in row}
    assert len(told) == len(expected)
    for line, row in zip(told, rows, strict=True):
        cells = {name: cell for name, cell in line.items() if not beside.intersection(name.split("."))}
        assert set(cells) == names
        assert {name: _read(cell, row.get(name)) for name, cell in cells.items()} == dict.fromkeys(
            names
        ) | row


def _cells(row: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """What is nested has its names joined by dots."""
    found: list[tuple[str, Any]] = []
    for name, value in row.items():
        found += (
            _cells(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", value)]
        )
    return found


def _read(cell: str, wanted: Any) -> Any:
    """A cell as what is expected there: nothing, a text, a number or a truth."""
    if cell == "":
        return None
    return cell if isinstance(wanted, str) else json.loads(cell)
