"""The demo, as a newcomer starts it: nothing is configured, and a seller, a store and an advertiser are connected."""

import json
import random
import socket
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import requests

from entrypoints.simulator.shopify.stores import DEFAULT_STORES
from tests.e2e.people import Person
from tests.e2e.processes import Served, run, until

STORE = DEFAULT_STORES[0]


def two_ports() -> int:
    """The first of two ports in a row that nobody listens on: the simulator takes the second.

    Below those that systems hand out by themselves: one of these may be somebody's a moment later.
    """
    for _ in range(100):
        port = random.randrange(20_000, 30_000, 2)
        with socket.socket() as first, socket.socket() as second, suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("no two free ports next to each other")


def days() -> tuple[str, str]:
    """The fortnight until yesterday, as the store's days are."""
    yesterday = datetime.now(ZoneInfo(STORE.time_zone)).date() - timedelta(days=1)
    return (yesterday - timedelta(days=13)).isoformat(), yesterday.isoformat()


def told(person: Person) -> tuple[int, int]:
    """How many orders Portside counts in that time, and their revenue in cents."""
    first, last = days()
    asked = {"from": first, "to": last, "currency": STORE.currency}
    channels = person.get("/api/v1/dashboard/channel-performance", **asked)["data"]["channels"]
    (shopify,) = [each for each in channels if each["channel"] == "shopify"]
    return shopify["orders"], round(shopify["revenue"] * 100)


def true(port: int) -> tuple[int, int]:
    """The same by the simulator's own count."""
    address = f"http://127.0.0.1:{port}/simulator/truth"
    lines = requests.get(address, params={"shop": STORE.shop}, timeout=30).text.splitlines()
    first, last = days()
    sums = [line for line in map(json.loads, lines) if first <= line.get("day", "") <= last]
    counted = [line for line in sums if line["currency"] == STORE.currency]
    orders = sum(line["orders"] - line["not_counted"] for line in counted)
    return orders, sum(line["revenue"] for line in counted)


def accounts(person: Person) -> set[str]:
    """The kinds of advertising accounts that are there."""
    return {each["type"] for each in person.get("/api/v1/accounts", limit="200")["items"]}


def spent(person: Person) -> float:
    """What advertising cost, as far as it is known yet."""
    spend: float = person.get("/api/v1/ads/performance", currency="USD")["totals"]["spend"]
    return spend


def test_the_demo_connects_a_seller_a_store_and_an_advertiser(tmp_path: Path) -> None:
    port = two_ports()
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        "PORTSIDE_INSTANCE": str(tmp_path / "instance"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "REPORT_POLL_SECONDS": "1",
    }
    with Served(variables, tmp_path, port) as server, Person(server.url) as person:
        said = run(["demo"], variables, tmp_path)
        again = run(["demo"], variables, tmp_path)
        login = json.loads((tmp_path / "instance" / "demo_login.json").read_text())
        assert person.ask("POST", "/api/v1/auth/login", json=login).ok
        until(
            lambda: told(person) == true(port + 1),
            60,
            lambda: f"{told(person)} is not {true(port + 1)}; the log says:\n{server.tail()}",
        )
        known = told(person)
        until(
            lambda: accounts(person) == {"ads_account", "profile", "dsp_advertiser"} and spent(person) > 0,
            60,
            lambda: f"no figures of {accounts(person)}; the log says:\n{server.tail()}",
        )

    assert (said.returncode, again.returncode) == (0, 0), said.stderr + again.stderr
    assert "The demo store is connected; its first sync is under way." in said.stderr
    assert "The demo store is connected." in again.stderr
    assert "The demo advertiser is connected; its first sync is under way." in said.stderr
    assert "The demo advertiser is connected." in again.stderr
    assert known[0] > 20
