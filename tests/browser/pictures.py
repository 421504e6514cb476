"""The pictures of the page in the documentation: ``python3 dev.py pictures``.

Taken anew when the page looks different; the figures are of invented sellers, stores and advertisers.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from entrypoints.simulator.config import SimulatorConfig
from tests.browser.chromium import MEND, chromium, program
from tests.browser.harbour import harbour
from tests.browser.looks import DESKTOP, PHONE, VIEWS, Look
from tests.browser.visitor import Visitor

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
#: Bytes of one picture: a reader of the README waits for it.
LARGEST = 150_000
#: So much that two periods of 30 days can be compared.
_TOWN = SimulatorConfig(history_days=75, rate_factor=1000, report_seconds=0.1, bulk_seconds=0.1)


@dataclass(frozen=True)
class Picture:
    """A view as somebody with this screen sees it."""

    name: str
    view: str
    look: Look = DESKTOP

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.png"


PICTURES = (
    *(Picture(name.lower(), path) for path, name in VIEWS.items()),
    Picture("overview-dark", "/", Look(DESKTOP.screen, "dark")),
    Picture("overview-phone", "/", PHONE),
    Picture("overview-phone-dark", "/", Look(PHONE.screen, "dark")),
)


def main() -> int:
    """Take all of them; the exit code says whether that could be done."""
    path = program()
    if path is None:
        print(MEND, file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="portside-pictures-") as home,
        chromium(path) as browser,
        harbour(Path(home), _TOWN) as port,
        port.furnished("demo@portside.example") as person,
    ):
        for picture in PICTURES:
            visitor = Visitor(browser, port.url, port.hosts, picture.look)
            visitor.borrow(person)
            visitor.open(picture.view)
            visitor.page.screenshot(path=picture.file, animations="disabled")
            visitor.close()
            print(f"docs/pictures/{picture.file.name}  {picture.file.stat().st_size:,} bytes", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
