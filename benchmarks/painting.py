"""The overview in a real browser: how long after its address was typed something is painted, and all figures are there.

A warm server on this machine; each time a browser that has never been here, and one that has.
"""

import statistics
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.chromium import MEND, chromium, program
from tests.browser.harbour import Harbour, harbour
from tests.browser.visitor import Visitor
from tests.e2e.people import Person

_ROUNDS = 5
_PAINTED = """() => new Promise((tell) => new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") tell(startTime);
}).observe({ type: "paint", buffered: true }))"""


@dataclass(frozen=True)
class Painting:
    """Seconds, the median each."""

    first: float  # of a browser that has never been here
    again: float
    complete: float  # until the last figure stands, of a browser that has never been here

    def __str__(self) -> str:
        title = "first paint of the overview, and of a browser's next visit"
        words = f"{title:<58} {self.first * 1000:9.0f} ms {self.again * 1000:9.0f} ms  (goal < 1000 ms)"
        return f"{words}\n{'all of its figures there':<58} {self.complete * 1000:9.0f} ms"

    def figures(self) -> dict[str, float]:
        """For those who keep them."""
        return {
            "ms to the first paint of the overview": round(self.first * 1000),
            "ms to the first paint, the next time": round(self.again * 1000),
            "ms to all figures of the overview": round(self.complete * 1000),
        }


def painted(folder: Path) -> Painting | str:
    """What was measured, or why nothing could be."""
    path = program()
    if path is None:
        return f"the page's first paint was not measured: {MEND}"
    with chromium(path) as browser, harbour(folder) as port, port.furnished() as person:
        _visit(browser, port, person)  # the first one warms the server
        visits = [_visit(browser, port, person) for _ in range(_ROUNDS)]
    first, again, complete = (statistics.median(each) for each in zip(*visits, strict=True))
    return Painting(first, again, complete)


def _visit(browser: Browser, port: Harbour, person: Person) -> tuple[float, float, float]:
    visitor = Visitor(browser, port.url)
    visitor.borrow(person)
    visitor.open("/")
    complete: float = visitor.page.evaluate("performance.now()")
    first: float = visitor.page.evaluate(_PAINTED)
    visitor.open("/")
    again: float = visitor.page.evaluate(_PAINTED)
    visitor.close()
    return first / 1000, again / 1000, complete / 1000
