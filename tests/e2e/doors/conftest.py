"""An Amazon for the whole matrix, and for each of its cells a house, with what the seller finds there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases
from tests.e2e.doors.amazon import OWN, Amazon
from tests.e2e.doors.house import PUBLIC_URL, SELLER, STRANGER, Contents, Furnished, House, opened
from tests.e2e.doors.outcomes import OTHER, STRANGERS
from tests.e2e.doors.visits import CONNECTIONS, MINE, FromOurSite
from tests.e2e.people import PASSWORD

LOGIN = f"{PUBLIC_URL}/api/v1/amazon/oauth/login"


@pytest.fixture(scope="module")
def amazon() -> Iterator[Amazon]:
    config = SimulatorConfig(
        orders_per_day=4,
        history_days=5,
        sku_count=5,
        rate_factor=50,
        seller_count=6,
        extra_clients=(OWN,),
        login_uri=LOGIN,
        report_seconds=0.3,
    )
    with SimulatorServer(config) as server:
        directed = Amazon(server)
        yield directed
        directed.close()


@pytest.fixture(scope="module")
def furnished(amazon: Amazon, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """Made by the application itself: users, a synced connection, one that was revoked, one that was disconnected."""
    home = tmp_path_factory.mktemp("doors")
    databases.sqlite_database(home)
    file = home / "portside.db"
    cookies: dict[str, str] = {}
    contents: dict[str, Contents] = {}

    def furnish(name: str, base: bytes, work: Callable[[House], None]) -> None:
        with opened(amazon, home, file, cookies, base) as house:
            work(house)
            seen = house.rows(), house.deeds(), house.grant()
        contents[name] = Contents(file.read_bytes(), *seen)

    furnish("nobody", file.read_bytes(), _let_people_in)
    furnish("connected", contents["nobody"].file, _connect)
    furnish("revoked", contents["connected"].file, _revoke)
    furnish("disconnected", contents["connected"].file, _disconnect)
    return Furnished(contents, cookies, home)


def _let_people_in(house: House) -> None:
    for browser, how, email in (
        (MINE, "register", SELLER),
        (STRANGERS, "register", STRANGER),
        (OTHER, "login", SELLER),
    ):
        answer = house.ask(
            browser, "POST", f"/api/v1/auth/{how}", json={"email": email, "password": PASSWORD}
        )
        assert answer.status_code < 300, answer.text


def _connect(house: House) -> None:
    assert FromOurSite(house).through() == "302 amazon_connected=true"
    house.sync()
    rows = house.rows()
    assert rows["connections"][0]["status"] == "connected"
    assert all(rows[name] for name in ("orders", "order_items", "daily_sales", "inventory_items"))
    assert all(row["cursor"] for row in rows["sync_resources"] if row["resource"] != "reports")


def _revoke(house: House) -> None:
    """The seller takes the consent back, which shows with the next exchange; what is granted later is good again."""
    house.amazon.revoke(house.amazon.seller)
    assert house.ask(MINE, "GET", "/api/amazon/test/status").status_code == 200
    house.amazon.restore(house.amazon.seller)
    assert house.rows()["connections"][0]["status"] == "reauthorization_required"


def _disconnect(house: House) -> None:
    (connection,) = house.rows()["connections"]
    assert house.ask(MINE, "DELETE", f"{CONNECTIONS}/{connection['id']}").status_code == 204


@pytest.fixture
def enter(amazon: Amazon, furnished: Furnished, tmp_path: Path) -> Iterator[Callable[[str], House]]:
    """Opens a house in which a seller finds what is asked for."""
    with ExitStack() as open_houses:

        def entered(finds: str) -> House:
            amazon.begin()
            content, cookies = furnished.contents[finds].file, dict(furnished.cookies)
            return open_houses.enter_context(
                opened(amazon, furnished.home, tmp_path / "portside.db", cookies, content)
            )

        yield entered
