"""A store's doors with everything real behind them: the database, the keys, and a Shopify over HTTP."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from domain.acting import in_background
from domain.connections.diagnosis import LinkState
from domain.connections.model import ConnectionId, Provider
from domain.users.model import CONSOLE
from entrypoints.bootstrap import Portside, build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.shopify.stores import ShopifyStore
from tests.e2e.processes import SOURCES, run

ACME = ShopifyStore("acme.myshopify.com", "Acme", "CAD", "America/St_Johns", orders_per_day=1)
FRESH = ShopifyStore(
    "fresh.myshopify.com",
    "Fresh",
    "EUR",
    "Europe/Berlin",
    scopes=("read_orders", "read_products"),
    orders_per_day=1,
)
FOREIGN = ShopifyStore("foreign.myshopify.com", "Foreign", "USD", "UTC", same_organization=False)
OWN_CLIENT = {"client_id": "portside-simulator-shopify", "client_secret": "shpss_portside_simulator"}


@pytest.fixture(scope="module")
def shopify() -> Iterator[SimulatorServer]:
    config = SimulatorConfig(
        history_days=3,
        data_until=datetime.now(UTC) - timedelta(minutes=5),
        rate_factor=1000,
        stores=(ACME, FRESH, FOREIGN),
        shopify_redirect_uris=("http://127.0.0.1:5000/api/v1/shopify/oauth/callback",),
    )
    with SimulatorServer(config) as running:
        yield running


@dataclass
class House:
    """Portside, in which Ada is logged in."""

    portside: Portside
    app: Flask
    browser: FlaskClient
    shopify: SimulatorServer
    folder: Path

    def consent(self, shop: str, decision: str = "confirm") -> str:
        """A whole consent; returns what the browser is told in the end."""
        asked = self.browser.get("/api/v1/shopify/oauth/authorize", query_string={"shop": shop})
        url = asked.get_json()["authorization_url"]
        page = requests.get(url, timeout=60)
        form = unescape(re.findall(r'name="form" value="([^"]+)"', page.text)[0])
        answer = requests.post(
            url, data={"form": form, "decision": decision}, timeout=60, allow_redirects=False
        )
        back = answer.headers["Location"].removeprefix("http://127.0.0.1:5000")
        return self.browser.get(back).headers["Location"].removeprefix("http://127.0.0.1:5000/settings?")

    def connection(self) -> dict[str, object]:
        found: dict[str, object] = self.browser.get("/api/v1/shopify/connection").get_json()
        return found

    def chain(self) -> list[LinkState]:
        """How the links of the default store are, tried out now."""
        with in_background():
            (connection,) = (
                one
                for one in self.portside.services.connections.everybodys()
                if str(one.id) == self.connection()["id"]
            )
            return [
                link.state
                for link in self.portside.services.stores[Provider.SHOPIFY].diagnosis.check(connection)
            ]

    def kept(self) -> tuple[str, str]:
        """What is in the vault of the default store."""
        with in_background(), self.portside.services.connections.look() as work:
            stored = work.vault.look(UUID(str(self.connection()["id"])))
        assert stored is not None
        assert stored.access_token is not None
        return stored.refresh_token.text, stored.access_token.text

    def control(self, path: str, **body: object) -> requests.Response:
        """Turn something at Shopify."""
        answer = requests.post(f"{self.shopify.base_url}/simulator/{path}", json=body, timeout=60)
        assert answer.status_code < 300, answer.text
        return answer


@pytest.fixture
def house(shopify: SimulatorServer, tmp_path: Path) -> Iterator[House]:
    config = shopify.simulator.config
    variables = {
        "PORTSIDE_ENV": "test",
        "SCHEDULER": "off",
        "PORTSIDE_INSTANCE": str(tmp_path / "instance"),
        "SHOPIFY_URL": shopify.base_url,
        "SHOPIFY_CLIENT_ID": config.shopify_client_id,
        "SHOPIFY_CLIENT_SECRET": config.shopify_client_secret,
        "SHOPIFY_SHOP": ACME.shop,
    }
    settings = load_settings(variables, tmp_path)
    portside = build(settings, open_instance(settings))
    portside.migrate()
    app = create_app(portside.services, settings, "a key of no installation")
    browser = app.test_client()
    body = {"email": "ada@example.com", "password": "correct horse battery"}
    assert browser.post("/api/v1/auth/register", json=body).status_code == 201
    for store in (ACME, FRESH, FOREIGN):
        requests.post(f"{shopify.base_url}/simulator/shopify/restore", json={"shop": store.shop}, timeout=60)
    yield House(portside, app, browser, shopify, tmp_path)
    portside.engine.dispose()


def test_a_store_is_connected_by_its_owners_consent_and_its_token_renewed_again_and_again(
    house: House,
) -> None:
    told = house.consent("acme")

    shown = house.connection()
    assert told == "shopify_connected=true"
    assert (shown["shop"], shown["name"], shown["currency"], shown["time_zone"]) == (
        ACME.shop,
        "Acme",
        "CAD",
        "America/St_Johns",
    )
    assert shown["scopes"] == ["read_all_orders", "read_orders", "read_products"]
    tokens = [house.kept()]
    for _ in range(3):
        assert set(house.chain()) == {LinkState.OK}
        tokens.append(house.kept())
    assert all(refresh.startswith("refresh:") for refresh, _access in tokens)
    assert len({refresh for refresh, _access in tokens}) == len({access for _r, access in tokens}) == 4


def test_nothing_of_a_store_is_kept_in_the_clear(house: House) -> None:
    house.consent("acme")
    secrets = [part.partition(":")[2] or part for part in house.kept()]
    secrets.append(house.shopify.simulator.config.shopify_client_secret)
    connection_id = ConnectionId(UUID(str(house.connection()["id"])))
    with in_background():
        exported = str(list(house.portside.services.exports.of(connection_id, CONSOLE)))

    files = [path.read_bytes() for path in (house.folder / "instance").rglob("*") if path.is_file()]
    answers = house.browser.get("/api/v1/audit").text + house.browser.get("/api/v1/shopify/connections").text

    assert [secret for secret in secrets if any(secret.encode() in file for file in files)] == []
    assert [secret for secret in secrets if secret in answers + exported] == []
    assert ACME.shop in exported


def test_an_owner_may_say_no(house: House) -> None:
    assert house.consent("acme", "cancel") == "shopify_error=access_denied"
    assert house.connection() == {"connected": False}


def test_a_store_without_its_whole_history_says_so(house: House) -> None:
    house.consent("fresh")

    assert house.connection()["history_limited_to_days"] == 60
    assert house.chain()[-1] is LinkState.WARNING


def test_stores_are_brought_along_by_a_token_or_by_a_client(house: House) -> None:
    def brought(**sent: str) -> tuple[int, dict[str, object]]:
        answer = house.browser.post("/api/v1/shopify/connections", json=sent)
        return answer.status_code, answer.get_json()

    by_token = brought(shop=ACME.shop, access_token=ACME.access_token)
    well = house.chain()
    by_client = brought(shop=ACME.shop, **OWN_CLIENT)
    refused = [
        brought(shop=ACME.shop, access_token="shpat_nobodys"),
        brought(shop=FOREIGN.shop, **OWN_CLIENT),
        brought(shop=ACME.shop, client_id="nobodys", client_secret="nobodys"),
        brought(shop="there-is-none", access_token=ACME.access_token),
    ]

    assert (by_token[0], set(well), by_client[0]) == (201, {LinkState.OK}, 200)
    assert set(house.chain()) == {LinkState.OK}
    assert [(status, list(body["details"]["fields"])) for status, body in refused] == [  # type: ignore[index]
        (400, ["access_token"]),
        (400, ["client_id", "client_secret"]),
        (400, ["client_id", "client_secret"]),
        (400, ["shop"]),
    ]


def test_the_store_of_the_environment_is_imported_by_the_applications_secret(house: House) -> None:
    with in_background():
        house.portside.services.stores[Provider.SHOPIFY].environment.at_start()
        house.portside.services.stores[Provider.SHOPIFY].environment.at_start()

    assert (house.connection()["shop"], house.kept()[0]) == (ACME.shop, "client_credentials:")
    assert set(house.chain()) == {LinkState.OK}


def test_an_uninstalled_application_is_noticed_at_the_latest_when_its_token_is_renewed(house: House) -> None:
    house.consent("acme")
    house.control("shopify/uninstall", shop=ACME.shop)

    chain = house.chain()

    assert LinkState.FAILED in chain
    shown = house.connection()
    assert (shown["connected"], shown["status"]) == (False, "reauthorization_required")
    assert house.consent("acme") == "shopify_connected=true"
    again = house.connection()
    assert (again["id"], again["status"]) == (shown["id"], "connected")


def test_shopifys_own_messages_are_heeded_when_they_are_signed(house: House) -> None:
    house.consent("acme")
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.port}/api/v1/shopify/webhooks"

    def delivered(topic: str, **more: object) -> int:
        answer = house.control("shopify/webhooks", shop=ACME.shop, topic=topic, url=f"{base}/{topic}", **more)
        return int(answer.json()["status"])

    try:
        forged = delivered("shop/redact", signed=False)
        kept = house.connection()["status"]
        customers = [delivered(topic) for topic in ("customers/data_request", "customers/redact")]
        uninstalled, gone = delivered("app/uninstalled"), house.connection()["status"]
        redacted = delivered("shop/redact")
    finally:
        server.shutdown()
        server.server_close()

    assert (forged, kept, customers, uninstalled, gone, redacted) == (
        401,
        "connected",
        [200, 200],
        200,
        "disconnected",
        200,
    )
    assert house.connection() == {"connected": False}
    actions = [item["action"] for item in house.browser.get("/api/v1/audit").get_json()["items"]]
    assert actions.count("connection.privacy_requested") == 2


def test_an_operator_imports_the_environments_store_and_has_it_tried_out(
    shopify: SimulatorServer, tmp_path: Path
) -> None:
    requests.post(f"{shopify.base_url}/simulator/shopify/restore", json={"shop": FRESH.shop}, timeout=60)
    variables = {
        **_bare(tmp_path),
        "SHOPIFY_URL": shopify.base_url,
        "SHOPIFY_SHOP": "fresh",
        "SHOPIFY_ACCESS_TOKEN": FRESH.access_token,
    }
    run(["users", "create", "ada@example.com", "--password", "correct horse battery"], variables, tmp_path)

    imported = run(["connections", "import-env"], variables, tmp_path)
    doctor = run(["doctor", "--json"], variables, tmp_path)

    assert (imported.returncode, imported.stdout.split()[0]) == (0, "connected")
    checks = {one["name"]: one for one in json.loads(doctor.stdout)["checks"]}
    assert doctor.returncode == 0, doctor.stdout
    assert {
        name: checks[name]["status"] for name in ("amazon_client", "token_exchange", "call", "scopes")
    } == {
        "amazon_client": "warning",
        "token_exchange": "ok",
        "call": "ok",
        "scopes": "warning",
    }
    assert (checks["scopes"]["seller_id"], "60 days" in checks["scopes"]["cause"]) == (FRESH.shop, True)


def test_without_anything_to_import_the_variables_are_named(tmp_path: Path) -> None:
    said = run(["connections", "import-env"], _bare(tmp_path), tmp_path)

    assert said.returncode == 1
    assert "AMAZON_REFRESH_TOKEN" in said.stderr
    assert "SHOPIFY_SHOP" in said.stderr


def _bare(home: Path) -> dict[str, str]:
    """A Portside without any channel."""
    instance = str(home / "instance")
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(SOURCES),
        "PORTSIDE_INSTANCE": instance,
        "AMAZON_SIMULATOR": "off",
        "SCHEDULER": "off",
    }
