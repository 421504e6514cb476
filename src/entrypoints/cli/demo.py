"""The demo: a user of its own, with a seller, a store and an advertiser of the simulator, connected the way a person
would.
"""

import json
import secrets
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

import click

from entrypoints.embedded import plays_ads, plays_shopify
from entrypoints.instance import open_instance
from entrypoints.settings import Settings, load_settings
from entrypoints.simulator.shopify.stores import DEFAULT_STORES

_EMAIL = "demo@portside.example"
_FILE = "demo_login.json"
_START_SECONDS = 60.0


@dataclass(frozen=True)
class DemoLogin:
    """How to log in to the demo. The password is made once for each installation."""

    email: str
    password: str = field(repr=False)


def prepared_login(settings: Settings) -> DemoLogin:
    """The demo's log-in, from the instance folder; made there when it is missing."""
    path = open_instance(settings).folder / _FILE
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({"email": _EMAIL, "password": f"demo-{secrets.token_urlsafe(9)}"}))
    kept = json.loads(path.read_text())
    return DemoLogin(kept["email"], kept["password"])


@click.command(hidden=True)
def demo() -> None:
    """Connect a demo seller, store and advertiser to a server that is running with the embedded Amazon.

    "portside serve --demo" starts it by itself.
    """
    settings = load_settings()
    login = prepared_login(settings)
    browser = Browser(settings.public_url)
    browser.wait_until_up(_START_SECONDS)
    _log_in(browser, login)
    _connect(browser, "amazon", "seller")
    if plays_shopify(settings):
        _connect(browser, "shopify", "store", f"?shop={DEFAULT_STORES[0].shop}")
    if plays_ads(settings):
        _connect(browser, "ads", "advertiser")


def _connect(browser: "Browser", channel: str, what: str, query: str = "") -> None:
    if browser.json("GET", f"/api/v1/{channel}/connection")["connected"]:
        click.echo(f"The demo {what} is connected.", err=True)
        return
    address = browser.json("GET", f"/api/v1/{channel}/oauth/authorize{query}")["authorization_url"]
    landed = browser.consent(str(address))
    if f"{channel}_connected=true" not in landed:
        raise click.ClickException(f"the demo {what} could not be connected: {landed}")
    click.echo(f"The demo {what} is connected; its first sync is under way.", err=True)


def _log_in(browser: "Browser", login: DemoLogin) -> None:
    body = {"email": login.email, "password": login.password}
    try:
        browser.json("POST", "/api/v1/auth/login", body)
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise
        browser.json("POST", "/api/v1/auth/register", {**body, "first_name": "Demo", "last_name": "Seller"})


class Browser:
    """As much of a browser as the consent takes: cookies, redirects, a form."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def wait_until_up(self, seconds: float) -> None:
        """Wait until the server answers.

        Raises:
            click.ClickException: it does not, in all that time.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._opener.open(f"{self._base}/healthz", timeout=5).close()
            except OSError as error:
                if time.monotonic() > deadline:
                    raise click.ClickException(f"{self._base} does not answer") from error
                time.sleep(0.2)
            else:
                return

    def json(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """What the API answers."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._base}{path}", data, headers, method=method)  # noqa: S310 - our server
        with self._opener.open(request, timeout=60) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def consent(self, address: str) -> str:
        """Open the consent page, choose the first that is offered, confirm; returns where the browser ends up."""
        with self._opener.open(address, timeout=60) as page:
            form = _Form()
            form.feed(page.read().decode())
            target = urljoin(page.url, form.action)
        request = urllib.request.Request(target, urlencode(form.fields).encode(), method="POST")  # noqa: S310
        with self._opener.open(request, timeout=60) as landed:
            return str(landed.url)


class _Form(HTMLParser):
    """The one form of a consent page: hidden fields, the first choice of each kind, the first button."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values.get("action", "")
        elif tag in ("input", "button") and values.get("name"):
            self.fields.setdefault(values["name"], values.get("value", ""))
