"""What stock is found by, and put in the order of titles by: the same text on every database."""

import unicodedata

#: Parts the words; nobody can search for it.
_BETWEEN = "\x1f"
#: So much of a title decides its place; titles that begin alike go by SKU.
TITLE_BEGINNING = 100


def words(title: str | None, sku: str, asin: str | None) -> str:
    """Title, SKU and ASIN without regard to case: databases differ in what they take for the same letter."""
    return folded(_BETWEEN.join((title or "", sku, asin or "")))


def folded(text: str) -> str:
    """A text as ``words`` has it: an accented letter as one character, for some keyboards and files send it as two.

    Composed first, then folded: so what was kept before letters were composed stays the same, where they came composed.
    """
    return unicodedata.normalize("NFC", text).casefold()
