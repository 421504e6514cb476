"""The browser that tests look through: one that is on the machine, started without a window."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

VARIABLE = "PORTSIDE_TEST_BROWSER"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
MEND = f"no browser: apt-get install chromium, or set {VARIABLE} to the program of a Chromium or Chrome"
#: Nothing but the page makes requests; a container's root may not have Chromium's own sandbox.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def program() -> str | None:
    """Where the browser is; what the variable names has to be one."""
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        assert found, f"{VARIABLE} is {named}, and that is no program"
        return found
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """The browser at this path, as long as the block lasts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
