"""What the page is looked at on: a desktop and a phone, by day and by night."""

import re
from dataclasses import dataclass
from typing import Literal

from entrypoints.http.page import FOLDER

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Look:
    """A screen and the colours that its owner prefers."""

    screen: str
    theme: Theme

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in CSS pixels."""
        return {"desktop": (1280, 800), "phone": (390, 844)}[self.screen]

    @property
    def is_phone(self) -> bool:
        return self.screen == "phone"

    def __str__(self) -> str:
        return f"{self.screen}-{self.theme}"


DESKTOP, PHONE = Look("desktop", "light"), Look("phone", "light")

#: Every view's path and name, as the page's own table has them.
VIEWS: dict[str, str] = dict(
    re.findall(r'^    path: "(/\w*)",\n    name: "(\w+)"', (FOLDER / "views.js").read_text(), re.MULTILINE)
)
