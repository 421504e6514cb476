"""Marked secrets go through a whole life of a connection, and are found nowhere afterwards."""

import json
import re
import sqlite3
import zlib
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.people import buyer_json, recipient_json
from entrypoints.simulator.server import SimulatorServer
from tests import databases, servers
from tests.e2e.issued import Issued
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment
from tests.e2e.searching import Searcher

CLIENT_SECRET = "amzn1.oa2-cs.v1.canary-client-secret-0f9d3b7c"
OWN_CLIENT, OWN_SECRET = "amzn1.application-oa2-client.own", "amzn1.oa2-cs.v1.own-clients-canary-58ce21d4"
WRONG_OWN_SECRET = "amzn1.oa2-cs.v1.wrong-own-canary-90be73aa"
PASSWORD = "canary password 5e1c88a2"
WRONG_PASSWORD = "canary wrong password 77ab"
US = "ATVPDKIKX0DER"


@dataclass(frozen=True)
class Traces:
    """All that a flow has left behind, and what must not be in it."""

    places: dict[str, bytes]
    issued: Issued
    cookies: list[str]
    keys: list[str]
    buyers: list[str]
    public: list[str]  # what the embedded Amazon writes into its tokens, for everybody to read

    def secrets(self) -> list[str | bytes]:
        """Everything that nobody may find, the keys in the very bytes that they are as well."""
        marked = [CLIENT_SECRET, OWN_SECRET, WRONG_OWN_SECRET, PASSWORD, WRONG_PASSWORD]
        raw = [b64decode(key.partition(":")[2]) for key in self.keys if ":" in key]
        return [*marked, *self.issued.everything(), *self.keys, *raw]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def traces(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    """Register, connect, sync, fail in every way, renew, log out; then collect."""
    home = tmp_path_factory.mktemp("canary")
    on_sqlite = request.param == "sqlite"
    url = databases.sqlite_database(home) if on_sqlite else databases.postgres_database()
    still = datetime.now(UTC) - timedelta(minutes=6)
    client = SimulatorConfig.client_id
    config = SimulatorConfig(
        orders_per_day=6,
        history_days=30,
        data_until=still,
        extra_clients=((client, CLIENT_SECRET), (OWN_CLIENT, OWN_SECRET)),
        report_seconds=0.3,
    )
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config))
        issued = Issued.by(amazon)
        settings = {
            "AMAZON_LWA_CLIENT_SECRET": CLIENT_SECRET,
            "LOG_LEVEL": "DEBUG",
            "HTTP_TIMEOUT_SECONDS": "1",
        }
        server = stack.enter_context(Served(environment(amazon, url, home, **settings), home))
        person = stack.enter_context(Person(server.url))
        cookies = _lived_through(person, amazon)
        places = _left_behind(person, server, home) | _database(url, home)
        instance = home / "instance"
        public = [*(seller.id for seller in config.sellers), client, OWN_CLIENT]
        keys = [(instance / name).read_text().strip() for name in ("secret_key", "token_keys")]
        yield Traces(places, issued, cookies, [*keys, keys[1].partition(":")[2]], _buyers(amazon), public)
    if not on_sqlite:
        servers.postgres().drop_database(url)


def test_no_secret_is_found_anywhere_in_any_form(traces: Traces) -> None:
    thief = Searcher(traces.secrets(), traces.public)

    found = [one for place, content in traces.places.items() for one in thief.search(place, content)]

    assert sorted(found, key=str) == []


def test_a_session_cookie_is_in_no_log_and_in_no_row(traces: Traces) -> None:
    silent = {name: content for name, content in traces.places.items() if not name.startswith("answer")}

    sessions = [_session_token(cookie) for cookie in traces.cookies]
    found = [
        place
        for secret in (*traces.cookies, *sessions)
        for place, content in silent.items()
        if secret.encode() in content
    ]

    assert sorted(found, key=str) == []


def test_no_buyer_is_in_any_row_log_or_answer(traces: Traces) -> None:
    found = [
        (buyer, place)
        for place, content in traces.places.items()
        for buyer in traces.buyers
        if buyer.encode() in content
    ]

    assert sorted(found, key=str) == []


def test_the_search_looks_at_what_the_flow_has_left(traces: Traces) -> None:
    log = traces.places["log"]

    assert len(traces.issued.codes) >= 4
    assert len(traces.issued.access_tokens) >= 3
    assert len(traces.issued.refresh_tokens) >= 2
    assert len(traces.buyers) > 100
    assert b"consent failed" in log
    assert b"run failed" in log
    files = {name for name in traces.places if name.startswith("database portside.db")}
    assert files in (set(), {f"database portside.db{end}" for end in ("", "-wal", "-shm")})
    rows = b"".join(content for name, content in traces.places.items() if name.startswith("database"))
    assert b"canary@portside.example" in rows
    assert len(re.findall(rb"v1\.k[0-9a-f]{8}\.[\w-]{16}\.[\w-]{40}", rows)) >= 3


def test_the_search_finds_each_secret_where_it_is_put(traces: Traces) -> None:
    thief = Searcher(traces.secrets(), traces.public)
    log = traces.places["log"][:20_000]

    overlooked = [
        secret
        for secret in traces.secrets()
        for way in (_plain, b64encode, zlib.compress)
        if not thief.search("planted", log + b"\n" + way(_bytes(secret)) + b"\n" + log)
    ]

    assert overlooked == []


def _plain(content: bytes) -> bytes:
    return content


def _bytes(secret: str | bytes) -> bytes:
    return secret.encode() if isinstance(secret, str) else secret


def _lived_through(person: Person, amazon: SimulatorServer) -> list[str]:
    """The flow; returns the session cookies that there were."""
    seller = amazon.simulator.config.sellers[0]
    faults = amazon.simulator.reception.faults
    person.register("canary@portside.example", PASSWORD)
    cookies = [str(person.browser.cookies["portside_session"])]
    person.ask("GET", _back(person, seller.id) + "tampered")
    for fault in (
        Fault("lwa.authorization_code", "lwa_error", status=400, error="invalid_grant"),
        Fault("lwa.authorization_code", "status", status=500),
        Fault("lwa.authorization_code", "truncated"),
        Fault("lwa.authorization_code", "hang", seconds=2),
    ):
        faults.order(fault)
        assert person.come_back(_back(person, seller.id)) == "amazon_error=exchange_failed"
        faults.clear()
    person.connect(US, seller.id)
    person.wait_for_first_sync()
    person.connect(US, seller.id)
    faults.order(Fault("getInventorySummaries", "token_expired"))
    faults.order(Fault("searchOrders", "truncated", times=4))
    for run in person.sync():
        person.wait_for(run)
    for path in ("amazon/connection", "amazon/connections", "auth/me", "sync/runs"):
        person.get(f"/api/v1/{path}")
    amazon.simulator.endpoint.revocations.revoke(seller.id)
    faults.order(Fault("getInventorySummaries", "token_expired"))
    person.ask("POST", "/api/v1/integrations/amazon/sync")
    for field, password in (("password", WRONG_PASSWORD), ("pass", WRONG_PASSWORD), ("password", PASSWORD)):
        person.ask("POST", "/api/v1/auth/login", json={"email": "canary@portside.example", field: password})
    cookies.append(str(person.browser.cookies["portside_session"]))
    person.ask("DELETE", "/api/v1/amazon/disconnect")
    faults.clear()
    _brings_an_own_client(person, amazon)
    person.ask("POST", "/api/v1/auth/logout")
    return cookies


def _brings_an_own_client(person: Person, amazon: SimulatorServer) -> None:
    """A connection that stays, under a client of the user's own; the wrong secret is tried first."""
    seller = amazon.simulator.config.sellers[0]
    amazon.simulator.endpoint.revocations.restore(seller.id)
    brought = {
        "seller_id": seller.id,
        "refresh_token": amazon.simulator.endpoint.self_authorised(OWN_CLIENT, seller.id),
        "marketplace_ids": [US],
        "lwa_client_id": OWN_CLIENT,
    }
    for secret, status in ((WRONG_OWN_SECRET, 400), (OWN_SECRET, 200)):
        answer = person.ask(
            "POST", "/api/v1/amazon/connections", json={**brought, "lwa_client_secret": secret}
        )
        assert answer.status_code == status, answer.text
    own = answer.json()["id"]
    for _ in range(2):
        chain = person.get("/api/amazon/test/status", amazonAccountId=own)["data"]
        assert chain["ok"], chain
    person.ask("PATCH", f"/api/v1/amazon/connections/{own}", json={"lwa_client_secret": WRONG_OWN_SECRET})
    person.wait_for_first_sync()


def _session_token(cookie: str) -> str:
    """What Flask's signed cookie holds: JSON in base64, compressed where it begins with a dot."""
    payload = cookie.rsplit(".", 2)[0]
    content = urlsafe_b64decode(payload.removeprefix(".") + "==")
    if payload.startswith("."):
        content = zlib.decompress(content)
    return str(json.loads(content)["_user_id"])


def _back(person: Person, seller_id: str) -> str:
    return person.decide(person.address_of_consent(US), seller_id)


def _left_behind(person: Person, server: Served, home: Path) -> dict[str, bytes]:
    """Log, answers with their headers, and every file but the two that hold the installation's own keys."""
    places = {"log": server.log.read_bytes()}
    for number, answer in enumerate(person.answers):
        head = f"{answer.status_code} {answer.headers}".encode()
        places[f"answer {number} to {answer.request.method} {answer.request.path_url[:40]}"] = (
            head + answer.content
        )
    own = {home / "instance" / "secret_key", home / "instance" / "token_keys"}
    for path in home.rglob("*"):
        if path.is_file() and path not in own:
            kind = "database" if path.name.startswith("portside.db") else "file"
            places[f"{kind} {path.name}"] = path.read_bytes()
    return places


def _database(url: str, home: Path) -> dict[str, bytes]:
    """Every row as text; what a file's pages hide from a plain search would show here."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(home / "portside.db")) as connection:
            return {"database dump": "\n".join(connection.iterdump()).encode()}
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        question = sql.SQL("SELECT t::text FROM {} t")
        return {
            f"database table {name}": "\n".join(
                row for (row,) in connection.execute(question.format(sql.Identifier(name)))
            ).encode()
            for (name,) in names
        }


def _buyers(amazon: SimulatorServer) -> list[str]:
    """Names, e-mails and streets of everybody who has bought."""
    config, store = amazon.simulator.config, amazon.simulator.store
    orders = store.orders(config.sellers[0].id, datetime.now(UTC))
    buyers = [buyer_json(order) for order in orders]
    addresses = [recipient_json(order)["deliveryAddress"] for order in orders]
    return sorted(
        {str(buyer[name]) for buyer in buyers for name in ("buyerName", "buyerEmail")}
        | {str(address["addressLine1"]) for address in addresses}
    )
