"""What ``test_third_channel`` asks of a tree in whose table there is a further line, and nowhere else anything."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from domain.acting import acting_for, in_background
from domain.channels.brought import BroughtStore
from domain.channels.environment import StoreEnvironment, StoreSettings
from domain.channels.model import (
    HistoryLimit,
    Message,
    Parameters,
    Returned,
    StorePage,
    StoreWindow,
    StoreWords,
    Subject,
    Told,
)
from domain.connections.diagnosis import LinkState
from domain.connections.model import Connection, ConnectionStatus, Provider, Store
from domain.errors import ConsentFailed, InvalidInput, NotLoggedIn, UpstreamFailed
from domain.money import Money
from domain.sync.model import Resource
from domain.tokens.access import AccessTokens
from domain.users.model import User, Visitor
from entrypoints.bootstrap.ads import ads_on
from entrypoints.bootstrap.amazon import amazon_on
from entrypoints.bootstrap.desks import services_on
from entrypoints.bootstrap.ground import Ground, ground_for
from entrypoints.bootstrap.shopify import shopify_on
from entrypoints.bootstrap.stores import Stores
from entrypoints.http.app import create_app
from entrypoints.http.error_words import ERROR_WORDS
from entrypoints.http.errors import answer_for
from entrypoints.instance import open_instance
from entrypoints.services import Services
from entrypoints.settings import load_settings
from tests import databases
from tests.fakes.clock import HeldClock
from tests.fakes.store_tokens import PlainStorePages, ScriptedStoreTokens
from tests.fakes.stores import MemoryStoreFront, a_store_order

WOO = Provider("woocommerce")
SHOP, BROWSER, VISITOR = "https://shop.example.com", "browser-1", Visitor("192.0.2.7")
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


class Front(MemoryStoreFront):
    """With ``circles``, its pages of changes have no end."""

    circles = False

    def changes(self, connection: Connection, window: StoreWindow, token: str | None) -> StorePage:
        if self.circles:
            return StorePage((), "round")
        return super().changes(connection, window, token)


class WooTerms:
    """Stores are called by their address, "read" is all it takes, and nobody hides what is old."""

    def shop_named(self, text: str) -> str | None:
        name = text.lower().removesuffix("/")
        return name if name.startswith("https://") else None

    def may_read_orders(self, scopes: Any) -> bool:
        return "read" in scopes

    def history_limit(self, scopes: Any) -> HistoryLimit | None:
        return None

    def words(self) -> StoreWords:
        return StoreWords(
            "is not a store; write https://…", "read", "the store's own admin", "WOOCOMMERCE_URL"
        )


class WooArrivals:
    """Signs nothing, but brings a secret along."""

    def returned(self, parameters: Parameters, now: datetime) -> Returned:
        given = dict(parameters)
        whole = {"site", "grant"} <= given.keys()
        signed = given.get("proof") == "of the store"
        return Returned(
            given.get("echo"),
            given.get("site"),
            given.get("grant"),
            "no" in given,
            whole,
            signed,
            recent=True,
        )

    def installing(self, parameters: Parameters, now: datetime) -> str:
        raise InvalidInput({"request": "there is no such page"})


class WooMessages:
    """Tells of itself in words of its own."""

    def read(self, message: Message) -> Told:
        if message.signature != "good":
            raise NotLoggedIn("This is not signed.")
        return Told(Subject.UNINSTALLED, message.topic, json.loads(message.body)["site"])


@dataclass
class House:
    """Portside as it is wired, with one channel more."""

    clock: HeldClock
    services: Services
    user: User
    browser: FlaskClient
    front: Front

    @property
    def doors(self) -> Any:
        return self.services.stores[WOO]

    def connect(self) -> Connection:
        with acting_for(self.user.id):
            url = self.doors.consent.start(self.user, BROWSER, f"{SHOP}/")
            echo = url.split("state=")[1].split("&")[0]
            back = [("echo", echo), ("site", SHOP), ("grant", "code-1"), ("proof", "of the store")]
            connection: Connection = self.doors.consent.finish(self.user, VISITOR, BROWSER, back)
        return connection

    def mine(self) -> list[Connection]:
        with acting_for(self.user.id):
            return self.services.connections.of(self.user.id, WOO)

    def sync(self) -> None:
        """Work for some minutes."""
        with in_background():
            for _ in range(20):
                self.clock.advance(timedelta(seconds=30))
                for task in self.services.shift.claim(10):
                    self.services.runner.run(task, lambda: False)

    def told(self, dashboard: str, **query: str) -> Any:
        answer = self.browser.get(f"/api/v1/dashboard/{dashboard}", query_string=query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()["data"]


def woo_on(ground: Ground, front: MemoryStoreFront) -> Stores:
    """The module that a channel has in the bootstrap."""
    endpoint = ScriptedStoreTokens(ground.clock)
    tokens = AccessTokens(
        work=ground.work,
        look=ground.look,
        exchange=endpoint,
        clock=ground.clock,
        pause=ground.pause,
        owner=ground.owner,
        claim_seconds=65,
        revoked=lambda _connection, _version: None,
        channel=WOO.channel,
    )
    return Stores(
        provider=WOO,
        terms=WooTerms(),
        pages=PlainStorePages(),
        endpoint=endpoint,
        tokens=tokens,
        arrivals=WooArrivals(),
        messages=WooMessages(),
        accounts=front,
        feed=front,
        settings=StoreSettings("WOOCOMMERCE_SHOP", "WOOCOMMERCE_TOKEN", ()),
        environment=StoreEnvironment(),
        redirect_uri="https://portside.test/api/v1/woocommerce/oauth/callback",
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    variables = {
        "PORTSIDE_ENV": "test",
        "SCHEDULER": "off",
        "PORTSIDE_INSTANCE": str(tmp_path / "instance"),
        "DATABASE_URL": databases.sqlite_database(tmp_path),
        "BACKFILL_DAYS": "400",
    }
    settings = load_settings(variables, tmp_path)
    clock = HeldClock(NOW)
    ground = replace(ground_for(settings, open_instance(settings)), clock=clock)  # type: ignore[arg-type] # is held
    front = Front(
        [
            a_store_order(
                "new", created_at=NOW - DAY, updated_at=NOW - DAY, total=Money(2500, "EUR"), shop=SHOP
            ),
            a_store_order(
                "old",
                created_at=NOW - 200 * DAY,
                updated_at=NOW - 200 * DAY,
                total=Money(5000, "EUR"),
                shop=SHOP,
            ),
        ],
        Store("Blumen", "EUR", "Europe/Berlin", ("read",)),
    )
    amazon = amazon_on(ground)
    stores = [shopify_on(ground, amazon.metering), woo_on(ground, front)]
    services = services_on(ground, amazon, stores, ads_on(ground, amazon.metering))
    browser = create_app(services, settings, "a key of no installation").test_client()
    body = {"email": "ada@example.com", "password": "correct horse battery"}
    assert browser.post("/api/v1/auth/register", json=body).status_code == 201
    with in_background():
        (user,) = services.access.everybody()
    with ExitStack() as stack:
        stack.callback(ground.engine.dispose)
        yield House(clock, services, user, browser, front)


def test_a_consent_makes_a_connection_of_this_channel(house: House) -> None:
    connection = house.connect()

    assert (connection.provider, connection.seller_id, connection.store) == (WOO, SHOP, house.front.told)
    assert [one.id for one in house.mine()] == [connection.id]
    assert Resource.of(WOO) == (Resource("woocommerce_orders"),)


def test_another_answer_than_the_stores_is_refused_in_the_channels_name(house: House) -> None:
    with acting_for(house.user.id), pytest.raises(ConsentFailed) as failed:
        house.doors.consent.finish(house.user, VISITOR, BROWSER, [])

    assert str(failed.value) == "WooCommerce sent no state."


def test_a_store_that_is_brought_along_is_kept_under_its_own_name(house: House) -> None:
    with acting_for(house.user.id):
        accepted = house.doors.brought.connect(house.user, VISITOR, BroughtStore(SHOP, "token"))
        with pytest.raises(InvalidInput) as refused:
            house.doors.brought.connect(house.user, VISITOR, BroughtStore("acme", "token"))

    assert (accepted.connection.provider, accepted.connection.seller_id) == (WOO, SHOP)
    assert refused.value.fields == {"shop": "is not a store; write https://…"}


def test_all_of_its_history_comes_and_counts(house: House) -> None:
    house.connect()

    house.sync()

    first = (NOW - 300 * DAY).date().isoformat()
    told = house.told("channel-performance", **{"from": first, "currency": "EUR"})
    (woo,) = (each for each in told["channels"] if each["channel"] == "woocommerce")
    assert (woo["orders"], woo["revenue"], woo["percentage"]) == (2, 75.0, 100.0)
    assert woo["incompleteBecause"] is None
    assert woo["completeUntil"] is not None
    assert told["preferredChannel"] == "woocommerce"
    assert [each["channel"] for each in told["channels"]] == ["amazon", "shopify", "woocommerce"]


def test_what_lies_further_back_is_not_explained_by_another_channels_limit(house: House) -> None:
    house.connect()
    house.sync()

    first = (NOW - 700 * DAY).date().isoformat()
    told = house.told("channel-performance", **{"from": first, "currency": "EUR"})

    (woo,) = (each for each in told["channels"] if each["channel"] == "woocommerce")
    assert woo["incompleteBecause"].startswith(f"{SHOP}: All orders are here from ")
    assert "Shopify" not in woo["incompleteBecause"]


def test_the_setup_and_the_sync_show_it(house: House) -> None:
    house.connect()
    house.sync()

    woo = house.told("setup-status")["integrations"]["woocommerce"]
    (connection,) = house.browser.get("/api/v1/integrations/amazon/sync").get_json()["data"]["connections"]

    assert (woo["connected"], woo["status"], woo["orderCount"], "message" in woo) == (
        True,
        "connected",
        2,
        False,
    )
    assert [each["resource"] for each in connection["resources"]] == ["woocommerce_orders"]


def test_its_chain_is_tried_out_with_mends_of_its_own(house: House) -> None:
    connection = house.connect()

    with in_background():
        chain = house.doors.diagnosis.check(connection)

    assert {link.state for link in chain} == {LinkState.OK}
    mend = house.doors.diagnosis.mend(UpstreamFailed("It failed.", channel=WOO.channel))
    assert "see WOOCOMMERCE_URL, and ask WooCommerce's support" in mend


def test_its_messages_are_heeded(house: House) -> None:
    house.connect()
    body = json.dumps({"site": SHOP}).encode()

    house.doors.webhooks.receive(Message("gone", body, "good"))

    (kept,) = house.mine()
    assert kept.status is ConnectionStatus.DISCONNECTED


def test_its_errors_have_codes_words_and_a_place_in_the_document(house: House) -> None:
    error = UpstreamFailed("It failed.", channel=WOO.channel)
    document = house.browser.get("/openapi.json").get_data(as_text=True)

    assert answer_for(error) == (502, "woocommerce_error")
    assert "WooCommerce failed or refused" in ERROR_WORDS["woocommerce_error"].meaning
    assert "woocommerce_not_connected" in document
    assert "woocommerce_orders" in document


def test_what_goes_wrong_in_a_sync_is_said_of_it(house: House) -> None:
    house.front.circles = True
    house.connect()

    house.sync()

    connection = house.browser.get("/api/v1/integrations/amazon/sync").get_json()["data"]["connections"][0]
    assert connection["resources"][0]["error"]["code"] == "woocommerce_error"
    assert "in a circle" in connection["resources"][0]["error"]["message"]
