"""The pages of the documentation, and what stands in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"


def guides() -> list[Path]:
    """Everything that was written by hand for who uses Portside."""
    return [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


def everything() -> list[Path]:
    """All pages of the project."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


@dataclass(frozen=True)
class Line:
    """One line of a shell, and where it is told."""

    page: str
    text: str


def shell_lines() -> Iterator[Line]:
    """Every command of every shell example, without its comment; what goes on over several lines is one."""
    for page in guides():
        blocks = re.findall(r"^```(\w*)\n(.*?)^```", text_of(page), re.MULTILINE | re.DOTALL)
        for block in (inside for language, inside in blocks if language in ("", "sh")):
            whole = block.replace("\\\n", " ")
            for line in whole.splitlines():
                yield Line(page.name, re.sub(r"\s+#.*", "", line).strip())


def spans() -> Iterator[Line]:
    """Every piece of code within a sentence."""
    for page in guides():
        prose = re.sub(r"^```.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
        for span in re.findall(r"`([^`\n]+)`", prose):
            yield Line(page.name, span)


def headings(page: Path) -> set[str]:
    """What the headings of a page are linked by."""
    prose = re.sub(r"^```.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return {
        re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    }


def tables(page: Path) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Every table of a page: its heads, and its rows of cells."""
    for table in re.findall(r"(?:^\|.*\n)+", text_of(page) + "\n", re.MULTILINE):
        head, _rule, *rows = table.splitlines()
        yield cells(head), [cells(row) for row in rows]


def cells(row: str) -> list[str]:
    """The cells of a row; a pipe sign in a cell is written with a backslash before it."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
