"""Somebody who looks at the page in a real browser, and notes whatever goes wrong behind it."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Request,
    Response,
    Route,
    WebError,
    expect,
)

from tests.browser.looks import DESKTOP, VIEWS, Look
from tests.e2e.people import PASSWORD, Person

#: What is on screen while something is still being loaded.
UNFINISHED = (
    "main :is(.loading, .skeleton, .plot-wait, .figures-body[aria-busy=true], .tiles[aria-busy=true])"
)
#: Milliseconds for what a user sees to appear, on a machine that is busy with other tests.
_PATIENCE = 20_000
expect.set_options(timeout=_PATIENCE)
_POLICY_WATCH = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`the policy refused ${event.blockedURI} as ${event.effectiveDirective}`))"""
#: How a request ends whose page has been left.
_LEFT = "net::ERR_ABORTED"


class Visitor:
    """A browser window of its own: cookies, screen, colours.

    ``troubles`` has what no visit should cause: words on the console, requests that failed or were refused, requests to
    anybody but ``hosts``. What a test brings about itself, it names beforehand in ``expected``, as patterns.
    """

    def __init__(self, browser: Browser, url: str, hosts: tuple[str, ...] = (), look: Look = DESKTOP) -> None:
        width, height = look.size
        self.url = url
        self.look = look
        self.expected: list[str] = []
        self._told: list[str] = []
        self._hosts = {urlsplit(each).netloc for each in (url, *hosts)}
        self.context: BrowserContext = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            color_scheme=look.theme,
            has_touch=look.is_phone,
            is_mobile=look.is_phone,
            locale="en-US",
            timezone_id="America/New_York",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(_PATIENCE)
        self.context.add_init_script(_POLICY_WATCH)
        self.context.on("console", self._hear)
        self.context.on("weberror", self._note_error)
        self.context.on("request", self._note_host)
        self.context.on("requestfailed", self._note_failure)
        self.context.on("response", self._note_refusal)
        self.page = self.context.new_page()

    def close(self) -> None:
        self.context.close()

    @property
    def troubles(self) -> list[str]:
        """All that went wrong and was not expected."""
        return [each for each in self._told if not any(re.search(known, each) for known in self.expected)]

    def borrow(self, person: Person) -> None:
        """Be logged in as a person is who has done so in another way."""
        self.context.add_cookies(
            [
                {"name": each.name, "value": each.value or "", "url": self.url}
                for each in person.browser.cookies
            ]
        )

    def get(self, path: str, **parameters: str) -> Any:
        """What the API answers to this browser's session."""
        answer = self.context.request.get(path, params={**parameters})
        assert answer.ok, answer.text()
        return answer.json()

    # Looking

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def open(self, path: str) -> None:
        """Type an address, and wait until everything of it is there."""
        self.page.goto(path)
        self.see_all(path)

    def see_all(self, path: str) -> None:
        """Wait until the view at a path is there with all of its figures."""
        name = VIEWS[urlsplit(path).path]
        expect(self.page).to_have_title(f"{name} · Portside")
        expect(self.main.get_by_role("heading", level=1)).to_be_visible()
        expect(self.page.locator(UNFINISHED)).to_have_count(0)

    def see(self, words: str | re.Pattern[str]) -> Locator:
        """Wait until these words are in sight; gives the first place."""
        place = self.main.get_by_text(words).filter(visible=True).first
        expect(place).to_be_visible()
        return place

    def go(self, path: str) -> None:
        """Choose a view in the navigation; on a phone some are behind "More"."""
        entry = self.page.locator(f'nav.nav a[href="{path}"]')
        if not entry.is_visible():
            self.press("More")
        entry.click()
        self.see_all(path)

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press the button of this name."""
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    # Doing

    def log_in(self, email: str, password: str = PASSWORD) -> None:
        """Fill in the form that is on screen."""
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_role("textbox", name="Password").fill(password)
        self.press("Log in")

    def register(self, email: str) -> None:
        """From the log-in, become a user."""
        self.press("Create an account")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_role("textbox", name="Password").fill(PASSWORD)
        self.press("Create account")

    def log_out(self) -> None:
        """Leave; comes back when the log-in is there."""
        button = self.page.get_by_role("button", name="Log out")
        if not button.is_visible():
            self.press("More")
        # Of whatever the view is asking for in this moment, some is asked too late.
        self.expected.append("401")
        button.click()
        expect(self.page).to_have_title("Log in · Portside")

    # What the network does to it

    def answered(self, path: str, status: int, body: dict[str, Any]) -> Callable[[], None]:
        """Have calls of this path answered so, in the server's place. Calling the result ends that."""
        return self._between(path, lambda route: route.fulfill(status=status, json=body))

    def held(self, path: str) -> Callable[[], None]:
        """Leave calls of this path without an answer. Calling the result lets them through."""
        waiting: list[Route] = []
        end = self._between(path, waiting.append)

        def let_go() -> None:
            end()
            for route in waiting:
                route.continue_()

        return let_go

    def _between(self, path: str, step_in: Callable[[Route], Any]) -> Callable[[], None]:
        over = False

        def decide(route: Route) -> None:
            if over:
                route.continue_()
            else:
                step_in(route)

        def end() -> None:
            nonlocal over
            over = True

        # For as long as the window is there: Chromium may lose a request under way when nothing is looked at any more.
        self.context.route(re.compile(rf"{re.escape(self.url)}{path}(\?|$)"), decide)
        return end

    # Listening

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._told.append(f"console: {message.text} {message.location.get('url', '')}")

    def _note_error(self, error: WebError) -> None:
        self._told.append(f"error: {error.error}")

    def _note_host(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self._hosts:
            self._told.append(f"elsewhere: {request.url}")

    def _note_failure(self, request: Request) -> None:
        if request.failure != _LEFT:
            self._told.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _note_refusal(self, response: Response) -> None:
        if response.status >= 400:
            self._told.append(f"refused: {response.status} {response.request.method} {response.url}")
