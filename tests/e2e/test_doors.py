"""Every door, with real processes on both sides: Amazon's own page, a token that is brought along, the environment."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.people import PASSWORD, Person
from tests.e2e.processes import Served, environment, free_port, run, until
from tests.e2e.stage import US

LOGIN = "/api/v1/amazon/oauth/login"
OWN = ("amzn1.application-oa2-client.own", "amzn1.oa2-cs.v1.own-secret")
ROTATED = (OWN[0], "amzn1.oa2-cs.v1.rotated-secret")


@dataclass
class House:
    """Portside, to be started, and the Amazon that knows where its doors are."""

    amazon: SimulatorServer
    variables: dict[str, str]
    home: Path
    port: int

    def served(self, **changes: str) -> Served:
        return Served({**self.variables, **changes}, self.home, self.port)

    def seller(self, region: str) -> Seller:
        return next(each for each in self.amazon.simulator.config.sellers if each.region == region)


def house(tmp_path: Path, database_url: str, **changes: object) -> Iterator[House]:
    port = free_port()
    config = SimulatorConfig(
        orders_per_day=3,
        history_days=10,
        rate_factor=50,
        sku_count=20,
        data_until=datetime.now(UTC) - timedelta(minutes=6),
        extra_clients=(OWN, ROTATED),
        login_uri=f"http://127.0.0.1:{port}{LOGIN}",
        report_seconds=0.3,
        **changes,  # type: ignore[arg-type] # callers name fields of SimulatorConfig
    )
    with SimulatorServer(config) as amazon:
        yield House(amazon, environment(amazon, database_url, tmp_path), tmp_path, port)


@pytest.fixture
def here(tmp_path: Path, database_url: str) -> Iterator[House]:
    yield from house(tmp_path, database_url)


@pytest.fixture
def draft(tmp_path: Path) -> Iterator[House]:
    yield from house(tmp_path, f"sqlite:///{tmp_path / 'draft.db'}", app_is_draft=True)


def link_of(person: Person, here: House, region: str) -> str:
    """Where Amazon's page sends the region's first seller."""
    page = person.browser.get(f"{here.amazon.base_url}/{region}/apps/manage", timeout=60)
    found = re.search(r'href="([^"]+)"', page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


def by_amazons_page(person: Person, address: str) -> str:
    """From our door back to Amazon's page, and from there to us again; returns what the front end is told."""
    answer = person.ask("GET", address)
    assert answer.status_code == 302, answer.text
    confirmed = person.browser.get(answer.headers["Location"], timeout=60, allow_redirects=False)
    assert confirmed.status_code == 302, confirmed.text
    return person.come_back(confirmed.headers["Location"])


def test_a_seller_who_begins_at_amazon_and_has_to_log_in_first_is_connected(here: House) -> None:
    seller = here.seller("eu")
    with here.served() as server, Person(server.url) as person:
        person.register()
        person.ask("POST", "/api/v1/auth/logout")
        sent_to = person.ask("GET", link_of(person, here, "eu")).headers["Location"]
        credentials = {"email": "seller@portside.example", "password": PASSWORD}
        assert person.ask("POST", "/api/v1/auth/login", json=credentials).status_code == 200
        door = parse_qs(urlsplit(sent_to).query)["next"][0]

        outcome = by_amazons_page(person, door)

        connection = person.get("/api/v1/amazon/connection")
        assert door == f"{server.url}{LOGIN}"
        assert outcome == "amazon_connected=true"
        assert (connection["seller_id"], connection["region"]) == (seller.id, "eu")
        assert set(connection["marketplace_ids"]) == set(seller.marketplace_ids)
        person.wait_for_first_sync()

        # A year later: the same door is the way of the renewal.
        assert by_amazons_page(person, link_of(person, here, "eu")) == "amazon_connected=true"
        assert [one["id"] for one in person.get("/api/v1/amazon/connections")["items"]] == [connection["id"]]
        assert person.get("/api/v1/audit")["items"][0]["action"] == "connection.renewed"


def test_a_draft_is_connected_by_either_door_when_portside_knows_that_it_is_one(draft: House) -> None:
    with draft.served(AMAZON_APP_DRAFT="true") as server, Person(server.url) as person:
        person.register()
        person.connect(US, draft.seller("na").id)

        assert by_amazons_page(person, link_of(person, draft, "na")) == "amazon_connected=true"


def test_a_seller_with_an_application_of_their_own_brings_the_token_along(here: House) -> None:
    seller = here.seller("na")
    token = here.amazon.simulator.refresh_token(seller.id, OWN[0])
    body = {"seller_id": seller.id, "refresh_token": token, "marketplace_ids": [US]}
    own = {"lwa_client_id": OWN[0], "lwa_client_secret": OWN[1]}
    with here.served() as server, Person(server.url) as person:
        person.register()
        path = "/api/v1/amazon/connections"

        wrong_secret = person.ask(
            "POST", path, json=body | own | {"lwa_client_secret": "amzn1.oa2-cs.v1.wrong"}
        )
        forged = person.ask("POST", path, json=body | own | {"refresh_token": "Atzr|forged"})
        made = person.ask("POST", path, json=body | own)
        again = person.ask("POST", path, json=body | own)

        assert set(wrong_secret.json()["details"]["fields"]) == {"lwa_client_id", "lwa_client_secret"}
        assert set(forged.json()["details"]["fields"]) == {"refresh_token"}
        assert (made.status_code, again.status_code) == (201, 200)
        assert made.json()["id"] == again.json()["id"]
        assert made.json()["lwa_client_id"] == OWN[0]
        person.wait_for_first_sync()

        change = f"{path}/{made.json()['id']}"
        refused = person.ask("PATCH", change, json={"lwa_client_secret": "amzn1.oa2-cs.v1.wrong"})
        rotated = person.ask("PATCH", change, json={"lwa_client_secret": ROTATED[1], "marketplace_ids": None})
        assert (refused.status_code, rotated.status_code) == (400, 200)
        assert set(rotated.json()["marketplace_ids"]) == set(seller.marketplace_ids)
        assert {person.wait_for(each)["status"] for each in person.sync()} == {"succeeded"}
        deeds = [(row["action"], row["details"].get("door")) for row in person.get("/api/v1/audit")["items"]]
        assert deeds[:5] == [
            ("connection.changed", None),
            ("connection.renewed", "self_authorised"),
            ("connection.connected", "self_authorised"),
            ("connection.refused", "self_authorised"),
            ("connection.refused", "self_authorised"),
        ]
        secrets = (token, OWN[1], ROTATED[1])
        told = server.log.read_text() + "".join(answer.text for answer in person.answers)
    assert not any(secret in told for secret in secrets)


def test_the_environments_connection_is_imported_by_command_and_at_the_start(here: House) -> None:
    seller = here.seller("fe")
    token = here.amazon.simulator.refresh_token(seller.id)
    named = {"AMAZON_REFRESH_TOKEN": token, "AMAZON_SELLER_ID": seller.id}

    def import_env(**changes: str) -> tuple[int, str]:
        done = run(["connections", "import-env"], {**here.variables, **changes}, here.home)
        assert token not in done.stdout + done.stderr
        return done.returncode, (done.stdout or done.stderr).strip().splitlines()[-1]

    assert import_env()[0] == 1
    assert "portside users create" in import_env(**named)[1]
    create = {**here.variables, "PORTSIDE_PASSWORD": PASSWORD}
    assert run(["users", "create", "owner@portside.example"], create, here.home).returncode == 0
    forged = import_env(**named | {"AMAZON_REFRESH_TOKEN": "Atzr|forged"})
    assert (forged[0], "AMAZON_REFRESH_TOKEN" in forged[1]) == (1, True)
    assert "no such user" in import_env(**named, AMAZON_OWNER_EMAIL="nobody@portside.example")[1]

    with here.served(**named) as server, Person(server.url) as person:
        credentials = {"email": "owner@portside.example", "password": PASSWORD}
        assert person.ask("POST", "/api/v1/auth/login", json=credentials).status_code == 200
        default = "/api/v1/amazon/connection"
        until(lambda: bool(person.get(default).get("participating_marketplace_ids")), 30, server.tail)
        connection = person.get("/api/v1/amazon/connection")
    assert (connection["region"], connection["seller_id"]) == ("fe", seller.id)
    assert set(connection["marketplace_ids"]) == set(seller.marketplace_ids)

    code, line = import_env(**named)
    assert (code, line.startswith(f"renewed {connection['id']}")) == (0, True)


def test_where_one_address_stands_for_all_regions_a_wrong_guess_is_put_right(here: House) -> None:
    seller = here.seller("eu")
    base = here.amazon.base_url
    with here.served(SP_API_URL=base, SELLER_CENTRAL_URL=base) as server, Person(server.url) as person:
        person.register()

        person.connect(US, seller.id)

        connection = person.get("/api/v1/amazon/connection")
        assert (connection["region"], connection["status"]) == ("eu", "connected")
        assert set(connection["marketplace_ids"]) == set(seller.marketplace_ids)
        person.wait_for_first_sync()
