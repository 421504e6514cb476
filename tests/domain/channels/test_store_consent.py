"""Consent on a store's own page: what comes back makes a connection only if all of it is right."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.channels.model import LATEST
from domain.connections.catalog import Connections
from domain.connections.consent import Returned
from domain.connections.model import ConnectionStatus, Door, Provider
from domain.errors import (
    ClientRefused,
    ConsentFailed,
    InvalidInput,
    NotConfigured,
    ReauthorizationRequired,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.marketplaces import Region
from domain.sync.model import Resource
from domain.tokens.model import RefreshToken
from tests.domain.channels.stores_bench import BROWSER, VISITOR, StoresBench
from tests.domain.connections.bench import Bench
from tests.fakes.store_doors import seconds
from tests.fakes.store_tokens import PlainStorePages
from tests.fakes.stores import SHOP, STORE
from tests.fakes.things import NOW, a_user


@pytest.fixture
def bench() -> StoresBench:
    return StoresBench()


def failed(bench: StoresBench, parameters: list[tuple[str, str]], browser: str | None = BROWSER) -> str:
    """Why nothing came of what the browser brought back."""
    with pytest.raises(ConsentFailed) as caught:
        bench.doors.consent.finish(bench.user, VISITOR, browser, parameters)
    assert bench.mine() == []
    return caught.value.code


def test_a_consent_makes_a_connection_with_tokens_the_stores_facts_and_a_schedule(bench: StoresBench) -> None:
    connection = bench.connect()

    assert bench.mine() == [connection]
    assert (connection.provider, connection.seller_id, connection.region) == (
        Provider.SHOPIFY,
        SHOP,
        Region.WORLD,
    )
    assert (connection.marketplace_id, connection.marketplace_ids) == (SHOP, (SHOP,))
    assert (connection.store, connection.status, connection.is_default) == (
        STORE,
        ConnectionStatus.CONNECTED,
        True,
    )
    assert bench.store.tables.tokens[connection.id].refresh_token == RefreshToken("refresh:code-1")
    assert [key[1] for key in bench.store.tables.resources] == [Resource.SHOPIFY_ORDERS]
    assert bench.shopify.tokens.exchanged == [(SHOP, "code-1")]


def test_a_consent_is_in_the_audit_log_and_told_to_listeners(bench: StoresBench) -> None:
    connection = bench.connect()

    (entry,) = bench.entries
    assert (entry.action, entry.connection_id, entry.actor) == (
        "connection.connected",
        connection.id,
        bench.user.email,
    )
    assert dict(entry.details) == {"seller_id": SHOP, "door": "website"}
    assert [event.kind for event in bench.store.tables.events] == ["connection.changed"]
    assert bench.store.tables.figures_versions[bench.user.id] == 1


@pytest.mark.parametrize("shop", ["ACME", "acme", "Acme.MyShopify.com"])
def test_a_store_may_be_named_in_any_way_that_is_clear(bench: StoresBench, shop: str) -> None:
    assert bench.doors.consent.start(bench.user, BROWSER, shop).startswith(f"https://{SHOP}/consent?")


@pytest.mark.parametrize(
    "shop",
    ["", "-", "acme.example.com", "acme.myshopify.com.evil.com", "acme.myshopify.com/x", "a b", "evil.com#.myshopify.com",
     "acme.myshopify.com\n", "a@b", "ä"],
)  # fmt: skip
def test_what_can_be_no_store_is_refused(bench: StoresBench, shop: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        bench.doors.consent.start(bench.user, BROWSER, shop)

    assert list(caught.value.fields) == ["shop"]
    assert bench.store.tables.states == {}


def test_without_an_application_nobody_is_sent_anywhere(bench: StoresBench) -> None:
    bench.shopify.pages = PlainStorePages(("SHOPIFY_CLIENT_ID",))

    with pytest.raises(NotConfigured):
        bench.doors.consent.start(bench.user, BROWSER, SHOP)

    assert bench.store.tables.states == {}


def test_a_state_works_once(bench: StoresBench) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)
    parameters = bench.shopify.returns(url, SHOP)
    bench.doors.consent.finish(bench.user, VISITOR, BROWSER, parameters)

    with pytest.raises(ConsentFailed) as caught:
        bench.doors.consent.finish(bench.user, VISITOR, BROWSER, parameters)

    assert (caught.value.code, len(bench.shopify.tokens.exchanged)) == ("invalid_state", 1)


@pytest.mark.parametrize("browser", [None, "another"])
def test_a_state_works_in_its_browser_only(bench: StoresBench, browser: str | None) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)

    assert failed(bench, bench.shopify.returns(url, SHOP), browser) == "invalid_state"


def test_a_state_of_another_user_is_nothing_worth_and_stays_good_for_its_owner(bench: StoresBench) -> None:
    url = bench.doors.consent.start(bench.add("eve@example.com"), BROWSER, SHOP)

    assert failed(bench, bench.shopify.returns(url, SHOP)) == "invalid_state"
    assert len(bench.store.tables.states) == 1


def test_a_state_runs_out(bench: StoresBench) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)
    bench.clock.advance(timedelta(minutes=10))

    assert failed(bench, bench.shopify.returns(url, SHOP)) == "invalid_state"


def test_a_state_of_amazons_consent_is_no_state_here(bench: StoresBench) -> None:
    amazon = Bench(store=bench.store, clock=bench.clock, user=a_user("amazon@example.com"))
    state = amazon.start()
    parameters = bench.shopify.signs({"state": state, "shop": SHOP, "code": "c"})

    with pytest.raises(ConsentFailed) as caught:
        bench.doors.consent.finish(amazon.user, VISITOR, "browser-1", parameters)

    assert (caught.value.code, bench.shopify.tokens.exchanged) == ("invalid_state", [])


def test_a_state_of_a_stores_consent_is_none_at_amazons_door(bench: StoresBench) -> None:
    amazon = Bench(store=bench.store, clock=bench.clock, user=a_user("amazon@example.com"))
    url = bench.doors.consent.start(amazon.user, BROWSER, SHOP)
    state = dict(bench.shopify.returns(url, SHOP))["state"]

    with pytest.raises(ConsentFailed) as caught:
        amazon.consent.finish(amazon.user, VISITOR, BROWSER, Returned(state, "code", SHOP, None))

    assert (caught.value.code, amazon.lwa.exchanges) == ("invalid_state", 0)


def test_what_is_not_signed_is_not_exchanged(bench: StoresBench) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)
    parameters = dict(bench.shopify.returns(url, SHOP)) | {"code": "another"}

    assert failed(bench, list(parameters.items())) == "invalid_state"
    assert bench.shopify.tokens.exchanged == []


def test_another_store_than_the_one_that_was_asked_is_refused(bench: StoresBench) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)

    assert failed(bench, bench.shopify.returns(url, "other.myshopify.com")) == "invalid_state"
    assert bench.shopify.tokens.exchanged == []


@pytest.mark.parametrize("away", [-LATEST, LATEST])
def test_a_moment_that_is_not_recent_is_refused(bench: StoresBench, away: timedelta) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)
    sign = 1 if away > timedelta(0) else -1
    stale = seconds(NOW + away + timedelta(seconds=sign))
    fine = seconds(NOW + away)

    assert failed(bench, bench.shopify.returns(url, SHOP, timestamp=stale)) == "invalid_state"
    again = bench.doors.consent.start(bench.user, BROWSER, SHOP)
    parameters = bench.shopify.returns(again, SHOP, timestamp=fine)
    assert bench.doors.consent.finish(bench.user, VISITOR, BROWSER, parameters).seller_id == SHOP


@pytest.mark.parametrize("moment", ["soon", "-5", "1e9", "٣", "9" * 40, "1.5"])
def test_a_moment_that_is_none_is_refused(bench: StoresBench, moment: str) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)

    assert failed(bench, bench.shopify.returns(url, SHOP, timestamp=moment)) == "invalid_state"


@pytest.mark.parametrize("name", ["state", "code", "shop", "timestamp", "hmac"])
def test_what_is_missing_is_said_so(bench: StoresBench, name: str) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)
    parameters = [one for one in bench.shopify.returns(url, SHOP) if one[0] != name]

    assert failed(bench, parameters) == "missing_params"


def test_an_owner_may_say_no(bench: StoresBench) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)

    assert failed(bench, bench.shopify.returns(url, SHOP, error="access_denied")) == "access_denied"
    (entry,) = bench.entries
    assert (entry.action, entry.details["code"], entry.details["seller_id"]) == (
        "connection.refused",
        "access_denied",
        SHOP,
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamRefused("used"), "exchange_failed"),
        (UpstreamTimedOut("slow"), "exchange_failed"),
        (ClientRefused("wrong", ("SHOPIFY_CLIENT_SECRET",), "invalid_client"), "not_configured"),
    ],
)
def test_a_failed_exchange_connects_nothing(bench: StoresBench, error: Exception, code: str) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)
    bench.shopify.tokens.troubles.append(error)

    assert failed(bench, bench.shopify.returns(url, SHOP)) == code


def test_a_token_that_the_store_does_not_take_connects_nothing(bench: StoresBench) -> None:
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)
    bench.shopify.front.troubles.append(ReauthorizationRequired("no", channel="shopify"))

    assert failed(bench, bench.shopify.returns(url, SHOP)) == "exchange_failed"


def test_a_store_that_does_not_let_orders_be_read_is_not_connected(bench: StoresBench) -> None:
    bench.shopify.front.told = replace(STORE, scopes=("read_products",))
    url = bench.doors.consent.start(bench.user, BROWSER, SHOP)

    assert failed(bench, bench.shopify.returns(url, SHOP)) == "access_denied"


def test_a_grant_is_not_lost_because_the_store_has_nothing_to_say_yet(bench: StoresBench) -> None:
    bench.shopify.front.troubles.append(UpstreamTimedOut("slow", channel="shopify"))

    connection = bench.connect()

    assert (connection.status, connection.store) == (ConnectionStatus.DEGRADED, None)
    assert connection.last_error is not None
    assert connection.last_error.code == "shopify_timeout"
    assert [key[1] for key in bench.store.tables.resources] == [Resource.SHOPIFY_ORDERS]


def test_connecting_the_same_store_again_keeps_id_and_cursor(bench: StoresBench) -> None:
    first = bench.connect()
    key = (first.id, Resource.SHOPIFY_ORDERS)
    cursor = bench.store.tables.resources[key]
    bench.clock.advance(timedelta(days=3))
    bench.shopify.front.told = replace(STORE, name="Acme, renamed")

    again = bench.connect()

    assert (again.id, again.connected_at, again.authorized_at) == (first.id, NOW, NOW + timedelta(days=3))
    assert again.store == replace(STORE, name="Acme, renamed")
    assert bench.store.tables.resources[key].cursor == cursor.cursor
    assert bench.deeds == ["connection.connected", "connection.renewed"]


def test_a_disconnected_store_comes_back_as_what_it_was(bench: StoresBench) -> None:
    first = bench.connect()
    other = bench.connect("other.myshopify.com")
    Connections(bench.work, bench.look, bench.clock).disconnect(
        bench.user, VISITOR, first.id, Provider.SHOPIFY
    )

    again = bench.connect()

    assert (again.id, again.status) == (first.id, ConnectionStatus.CONNECTED)
    assert [one.id for one in bench.mine() if one.is_default] == [other.id]


def test_one_store_of_each_user_is_the_default_one_and_amazons_is_another(bench: StoresBench) -> None:
    amazon = Bench(store=bench.store, clock=bench.clock, user=a_user("amazon@example.com"))
    seller = amazon.connect()

    mine = [bench.connect(shop, amazon.user) for shop in (SHOP, "other.myshopify.com")]

    assert [one.is_default for one in (seller, *mine)] == [True, True, False]


def arrival(bench: StoresBench, **changes: str) -> list[tuple[str, str]]:
    return bench.shopify.signs({"shop": SHOP, **changes})


def test_who_installs_from_shopifys_own_page_is_known_by_its_signature(bench: StoresBench) -> None:
    assert bench.doors.consent.check_arrival(arrival(bench)) == SHOP


def test_an_install_request_that_shopify_has_not_signed_just_now_is_refused(bench: StoresBench) -> None:
    forged = dict(arrival(bench)) | {"shop": "other.myshopify.com"}
    stale = arrival(bench, timestamp=seconds(NOW - LATEST - timedelta(seconds=1)))
    stranger = arrival(bench, shop="evil.example.com")

    fields = []
    for parameters in (list(forged.items()), stale, stranger):
        with pytest.raises(InvalidInput) as caught:
            bench.doors.consent.check_arrival(parameters)
        fields += list(caught.value.fields)

    assert fields == ["hmac", "timestamp", "shop"]


def test_a_user_can_not_have_shopify_asked_for_ever(bench: StoresBench) -> None:
    bench.shopify.tokens.troubles.extend(UpstreamRefused("no") for _ in range(20))
    doors = bench.doors
    for _ in range(20):
        url = doors.consent.start(bench.user, BROWSER, SHOP)
        with pytest.raises(ConsentFailed):
            doors.consent.finish(bench.user, VISITOR, BROWSER, bench.shopify.returns(url, SHOP))
    url = doors.consent.start(bench.user, BROWSER, SHOP)

    with pytest.raises(ConsentFailed, match="often enough"):
        doors.consent.finish(bench.user, VISITOR, BROWSER, bench.shopify.returns(url, SHOP))

    assert bench.shopify.tokens.exchanged == []


def test_the_door_is_in_the_log_of_what_was_refused(bench: StoresBench) -> None:
    failed(bench, [("state", "nobody's")])

    (entry,) = bench.entries
    assert dict(entry.details) == {"code": "invalid_state", "door": Door.WEBSITE.value}
