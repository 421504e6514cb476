"""Tables of Amazon's as CSV and as JSON, line by line: however long they are, one part of them is in memory."""

import codecs
import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from entrypoints.http.csv_lines import FORMULA_BEGINS, csv_line

#: A line without any of these is CSV as soon as its tabs are commas.
_NEEDS_CARE = re.compile(rf'[",;\r]|(?:^|\t)\s*[{FORMULA_BEGINS}]')


def table_as_csv(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The table with commas. Cells stay as they are, but for those that a spreadsheet would run.

    A line that is shorter than the header is filled up; a longer one keeps what it has.
    """
    width = 0

    def written(line: str) -> str:
        nonlocal width
        width = width or _width(line)
        if _width(line) == width > 1 and _NEEDS_CARE.search(line) is None:
            return line.replace("\t", ",") + "\r\n"
        cells = line.split("\t")
        return csv_line(cells + [""] * (width - len(cells)))

    for lines in _by_part(parts):
        yield "".join(map(written, lines)).encode()


def table_as_json(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The table as a list of objects, with the header's names; all values are texts.

    What a line lacks is ``null``; what it has beyond the header is called ``column_`` and its number.
    """
    names: list[str] | None = None
    opening = "["
    for lines in _by_part(parts):
        written: list[str] = []
        for line in lines:
            cells = line.split("\t")
            if names is None:
                names = _names(cells)
                continue
            written.append(_object(names, cells))
        if written:
            yield (opening + ",\n".join(written)).encode()
            opening = ",\n"
    yield b"[]\n" if opening == "[" else b"]\n"


def _object(names: Sequence[str], cells: Sequence[str]) -> str:
    row: dict[str, str | None] = dict.fromkeys(names)
    row.update(zip(names, cells, strict=False))
    for number, cell in enumerate(cells[len(names) :], len(names) + 1):
        row[_unlike(row, f"column_{number}", number)] = cell
    return json.dumps(row, ensure_ascii=False)


def _names(header: Sequence[str]) -> list[str]:
    """The header's names, each of them once: nothing of a line may be lost."""
    names: list[str] = []
    for number, cell in enumerate(header, 1):
        names.append(_unlike(names, cell.strip() or f"column_{number}", number))
    return names


def _unlike(others: Container[str], name: str, number: int) -> str:
    while name in others:
        name = f"{name}_{number}"
    return name


def _width(line: str) -> int:
    return line.count("\t") + 1


def _by_part(parts: Iterable[bytes]) -> Iterator[list[str]]:
    """The lines that end in each part; wherever the parts were cut. Empty lines are none."""
    decode: Callable[..., str] = codecs.getincrementaldecoder("utf-8-sig")().decode
    rest = ""
    for part in parts:
        *whole, rest = (rest + decode(part)).split("\n")
        yield _without_ends(whole)
    yield _without_ends([rest + decode(b"", True)])


def _without_ends(lines: list[str]) -> list[str]:
    return [text for line in lines if (text := line.removesuffix("\r"))]
