"""Figures as they stand on the page, held against the API's own."""

import re
from decimal import ROUND_HALF_UP, Decimal

from playwright.sync_api import Locator, expect

MISSING = "–"


def shows(text: str, value: float | None, *, times: int = 1) -> bool:
    """Whether a text is this figure, rounded as far as the text goes; per cent are hundred ``times`` a fraction."""
    if value is None:
        return text.strip() == MISSING
    digits = re.sub(r"[^\d.-]", "", text)
    if not re.fullmatch(r"-?\d+(\.\d+)?", digits):
        return False
    told = Decimal(digits)
    # JavaScript rounds what is written of a number in one place, and what it is to the last bit in another.
    exactly = (Decimal(str(value)), Decimal(value))
    return any(told == (each * times).quantize(told, ROUND_HALF_UP) for each in exactly)


def tile(place: Locator, label: str) -> str:
    """The figure of the tile with this label."""
    found = place.locator(".tile").filter(has=place.page.locator("dt").get_by_text(label, exact=True))
    return found.locator(".tile-value").inner_text()


def table(place: Locator, label: str) -> list[dict[str, str]]:
    """The rows of the table with this label, by its columns' titles; columns that a phone leaves out are in it."""
    found = place.get_by_role("group", name=label, exact=True)
    expect(found.locator("tbody tr").first).to_be_attached()
    titles, *rows = found.locator("table").evaluate(_CELLS)
    return [dict(zip(titles, row, strict=True)) for row in rows]


#: What stands in the cells, piece by piece, without the marks that tell how a table is sorted.
_CELLS = """(table) => [...table.rows].map((row) => [...row.cells].map((cell) => {
    const pieces = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    const words = [];
    while (pieces.nextNode())
        if (!pieces.currentNode.parentElement.closest(".sort-mark")) words.push(pieces.currentNode.data.trim());
    return words.filter(Boolean).join(" ");
}))"""
