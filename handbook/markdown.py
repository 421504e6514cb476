"""Markdown, as the pages of the reference have it."""

import re
from collections.abc import Iterable, Sequence

_MADE = "<!-- Made from the code by `python3 dev.py docs`. Change it there. -->"


def page(title: str, about: str, *parts: str) -> str:
    """A whole page."""
    return "\n\n".join([f"# {title}", _MADE, about, *(part for part in parts if part)]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing at all where it would have no rows."""
    lines = [_row(row) for row in rows]
    return "\n".join([_row(heads), _row(["---"] * len(heads)), *lines]) if lines else ""


def code(text: str) -> str:
    """What is typed or read to the letter."""
    return f"`{text}`"


def from_docs(text: str) -> str:
    """Text whose links lead from ``docs/``, for a page in the folder below."""
    return re.sub(r"\]\((?![a-z]+:|#)", "](../", text)


def anchor(heading: str) -> str:
    """What a heading is linked by."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
