"""Reading a list page by page, as a client does."""

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient


def pages(browser: FlaskClient, path: str, limit: int = 1) -> Iterator[list[Any]]:
    """The rows of each page; what happens between two of them is for who takes them."""
    onward: dict[str, str] = {}
    while True:
        page = browser.get(path, query_string={"limit": str(limit), **onward}).json
        yield page["items"]
        if page["next_cursor"] is None:
            return
        onward = {"cursor": page["next_cursor"]}


def walked(
    browser: FlaskClient, path: str, between: Callable[[], object] = lambda: None, read: int = 0
) -> list[Any]:
    """All rows, one by one; ``between`` is done once, when so many of them were ``read``."""
    rows: list[Any] = []
    for page in pages(browser, path):
        rows += page
        if len(rows) == read:
            between()
    return rows
