"""Advertising's door with everything real behind it: the database, the keys, and an Ads API over HTTP."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
import requests
from flask.testing import FlaskClient

from domain.acting import in_background
from domain.connections.diagnosis import Link, LinkState
from domain.connections.model import Connection, ConnectionId, Provider
from domain.users.model import CONSOLE
from entrypoints.bootstrap import Portside, build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from entrypoints.simulator.ads.config import AdsConfig
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.processes import run

HERE = "http://127.0.0.1:5000"


@pytest.fixture(scope="module")
def amazon() -> Iterator[SimulatorServer]:
    still = datetime.now(UTC) - timedelta(minutes=5)
    with SimulatorServer(SimulatorConfig(history_days=3, data_until=still, rate_factor=1000)) as running:
        yield running


@dataclass
class House:
    """Portside, in which Ada is logged in."""

    portside: Portside
    browser: FlaskClient
    amazon: SimulatorServer
    folder: Path
    variables: dict[str, str]

    def consent(self, region: str = "eu", decision: str = "allow") -> str:
        """A whole consent; returns what the browser is told in the end."""
        asked = self.browser.get("/api/v1/ads/oauth/authorize", query_string={"region": region})
        url = asked.get_json()["authorization_url"]
        page = requests.get(url, timeout=5, allow_redirects=False)
        if page.status_code != 302:
            form = unescape(re.findall(r'name="form" value="([^"]+)"', page.text)[0])
            person = re.findall(r'name="person_id" value="([^"]+)"', page.text)[0]
            sent = {"form": form, "person_id": person, "decision": decision}
            page = requests.post(url, data=sent, timeout=5, allow_redirects=False)
        back = page.headers["Location"].removeprefix(HERE)
        return self.browser.get(back).headers["Location"].removeprefix(f"{HERE}/settings?")

    @property
    def connection(self) -> Connection:
        with in_background():
            known = self.portside.services.connections.everybodys()
        return next(one for one in known if one.provider is Provider.AMAZON_ADS)

    def chain(self) -> list[Link]:
        with in_background():
            return self.portside.services.ads.diagnosis.check(self.connection)

    def kept(self) -> tuple[str, str]:
        """The tokens in the vault."""
        with in_background(), self.portside.services.connections.look() as work:
            stored = work.vault.look(UUID(str(self.connection.id)))
        assert stored is not None
        assert stored.access_token is not None
        return stored.refresh_token.text, stored.access_token.text

    def control(self, path: str, **body: object) -> None:
        """Turn something at Amazon."""
        answer = requests.post(f"{self.amazon.base_url}/simulator/ads/{path}", json=body, timeout=5)
        assert answer.status_code < 300, answer.text


@pytest.fixture
def house_at(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Makes a house before an Amazon; variables may be others than the usual ones."""
    with ExitStack() as open_things:

        def made(amazon: SimulatorServer, **changes: str) -> House:
            config = amazon.simulator.config.ads
            variables = {
                "PORTSIDE_ENV": "test",
                "SCHEDULER": "off",
                "PORTSIDE_INSTANCE": str(tmp_path / "instance"),
                "AMAZON_ADS_CLIENT_ID": config.client_id,
                "AMAZON_ADS_CLIENT_SECRET": config.client_secret,
                "ADS_API_URL": f"{amazon.base_url}/ads/{{region}}",
                "ADS_CONSENT_URL": f"{amazon.base_url}/{{region}}/ap/oa",
                "ADS_TOKEN_URL": f"{amazon.base_url}/auth/o2/token",
                **changes,
            }
            settings = load_settings(variables, tmp_path)
            portside = build(settings, open_instance(settings))
            open_things.callback(portside.engine.dispose)
            portside.migrate()
            browser = create_app(portside.services, settings, "a key of no installation").test_client()
            body = {"email": "ada@example.com", "password": "correct horse battery"}
            assert browser.post("/api/v1/auth/register", json=body).status_code == 201
            return House(portside, browser, amazon, tmp_path, variables)

        yield made


@pytest.fixture
def house(house_at: Callable[..., House], amazon: SimulatorServer) -> Iterator[House]:
    yield house_at(amazon)
    requests.post(f"{amazon.base_url}/simulator/ads/restore", json={}, timeout=5)


def test_a_consent_on_one_region_s_page_opens_the_profiles_of_all(house: House) -> None:
    told = house.consent("eu")

    *chain, call = house.chain()

    assert told == "ads_connected=true"
    assert {link.state for link in (*chain, call)} == {LinkState.OK}
    assert set(call.details) == {"profiles_na", "profiles_eu", "profiles_fe"}
    assert all(call.details.values())


def test_the_token_is_renewed_and_the_refresh_token_stays(house: House) -> None:
    house.consent()
    refresh, access = house.kept()

    house.chain()

    assert house.kept()[0] == refresh
    assert house.kept()[1] != access


def test_nothing_of_it_is_kept_in_the_clear(house: House) -> None:
    house.consent()
    secrets = [*house.kept(), house.amazon.simulator.config.ads.client_secret]
    with in_background():
        exported = str(list(house.portside.services.exports.of(ConnectionId(house.connection.id), CONSOLE)))

    files = [path.read_bytes() for path in (house.folder / "instance").rglob("*") if path.is_file()]
    answers = house.browser.get("/api/v1/audit").text + house.browser.get("/api/v1/ads/connections").text

    assert [secret for secret in secrets if any(secret.encode() in file for file in files)] == []
    assert [secret for secret in secrets if secret in answers + exported] == []
    assert "amazon-ads" in exported


def test_who_says_no_is_not_connected(house: House) -> None:
    assert house.consent(decision="cancel") == "ads_error=access_denied"
    assert house.browser.get("/api/v1/ads/connection").get_json() == {"connected": False}


def test_a_revoked_consent_is_told_and_a_new_one_mends_it(house: House) -> None:
    house.consent()
    before = house.connection.id
    house.control("revoke")

    chain = house.chain()
    shown = house.browser.get("/api/v1/ads/connection").get_json()
    house.control("restore")
    told = house.consent("fe")

    assert [link.name for link in chain if link.state is LinkState.FAILED] == ["token_exchange"]
    assert shown["status"] == "reauthorization_required"
    assert told == "ads_connected=true"
    assert (house.connection.id, house.connection.region.value) == (before, "fe")


def test_a_wrong_secret_is_the_operators_to_mend_and_marks_nobody(
    house_at: Callable[..., House], amazon: SimulatorServer, caplog: pytest.LogCaptureFixture
) -> None:
    house = house_at(amazon, AMAZON_ADS_CLIENT_SECRET="amzn1.oa2-cs.v1.wrong")

    told = house.consent()

    assert told == "ads_error=not_configured"
    assert "AMAZON_ADS_CLIENT_SECRET is wrong" in caplog.text


def test_a_client_without_access_to_the_ads_api_is_told_apart(house_at: Callable[..., House]) -> None:
    still = datetime.now(UTC) - timedelta(minutes=5)
    config = SimulatorConfig(history_days=1, data_until=still, ads=AdsConfig(approved=False))
    with SimulatorServer(config) as strict:
        house = house_at(strict)

        assert house.consent() == "ads_error=not_configured"


def test_the_doctor_looks_at_advertising_as_well(house: House) -> None:
    house.consent()

    report = run(["doctor", "--connection", str(house.connection.id)], house.variables, house.folder)

    assert "ok   ads_client" in report.stdout
    assert re.search(
        r"ok   call amazon-ads/eu \S+ profiles_na=\d+ profiles_eu=\d+ profiles_fe=\d+", report.stdout
    )


def test_the_doctor_says_which_settings_a_connected_user_needs(house: House) -> None:
    house.consent()
    lacking = {name: value for name, value in house.variables.items() if "AMAZON_ADS" not in name}

    report = run(["doctor"], lacking, house.folder)

    assert report.returncode == 1
    assert "advertising is connected, and can't be asked for" in report.stdout
