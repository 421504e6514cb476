"""CSV as RFC 4180 has it, with cells that no spreadsheet runs as a formula."""

import re
from collections.abc import Iterable

#: What a cell begins with that a spreadsheet may run; the wide ones are taken for the same.
FORMULA_BEGINS = "=+\\-@＝＋－＠"
_FORMULA = re.compile(rf"\s*[{FORMULA_BEGINS}]|[\t\r\n]")
#: A negative amount is no formula, and has to stay an amount.
_NUMBER = re.compile(r"[+-]?(?:[0-9][0-9.,]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?%?")
_TO_BE_QUOTED = re.compile(r'[",;\t\r\n]')
#: Semicolons and tabs part cells in some countries' spreadsheets, and our quotes count for nothing there: they, and the
#: ends of lines, may not uncover a formula behind them.
_UNCOVERED = re.compile(rf"([;\t\r\n]\s*)(?=[{FORMULA_BEGINS}])(?!{_NUMBER.pattern}(?:[;\t\r\n]|\Z))")


def defused(cell: str) -> str:
    """The cell as it is; with an apostrophe in front of what a spreadsheet might run.

    Source: OWASP, "CSV Injection".
    """
    if _TO_BE_QUOTED.search(cell) is not None:
        cell = _UNCOVERED.sub(r"\1'", cell)
    if _FORMULA.match(cell) is None or _NUMBER.fullmatch(cell) is not None:
        return cell
    return f"'{cell}"


def csv_line(cells: Iterable[str]) -> str:
    """One line of CSV, with its end."""
    written = [_quoted(defused(cell)) for cell in cells]
    # A line with nothing on it would be no line at all.
    return ('""' if written == [""] else ",".join(written)) + "\r\n"


def _quoted(cell: str) -> str:
    if _TO_BE_QUOTED.search(cell) is None:
        return cell
    return '"' + cell.replace('"', '""') + '"'
