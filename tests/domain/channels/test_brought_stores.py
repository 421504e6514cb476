"""Stores that their owners bring along: kept only when the store honours what was brought."""

from dataclasses import replace

import pytest

from domain.channels.brought import BroughtStore
from domain.connections.model import Provider
from domain.errors import (
    ClientRefused,
    InvalidInput,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
)
from domain.tokens.model import LwaClient, RefreshToken
from tests.domain.channels.stores_bench import VISITOR, StoresBench
from tests.fakes.stores import SHOP, STORE

TOKEN = BroughtStore("acme", access_token="shpat_brought")
CLIENT = BroughtStore(SHOP, client=LwaClient("their-client", "their-secret"))


@pytest.fixture
def bench() -> StoresBench:
    return StoresBench()


def refused(bench: StoresBench, brought: BroughtStore) -> InvalidInput:
    """Why it was not taken; nothing is kept then."""
    with pytest.raises(InvalidInput) as caught:
        bench.doors.brought.connect(bench.user, VISITOR, brought)
    assert bench.mine() == []
    return caught.value


def test_a_permanent_token_connects_its_store(bench: StoresBench) -> None:
    accepted = bench.doors.brought.connect(bench.user, VISITOR, TOKEN)

    connection = accepted.connection
    assert (accepted.renewed, connection.seller_id, connection.store) == (False, SHOP, STORE)
    assert connection.lwa_client_id is None
    row = bench.store.tables.tokens[connection.id]
    assert row.refresh_token == RefreshToken("permanent:shpat_brought")


def test_a_client_of_ones_own_is_asked_for_a_token_and_kept_with_it(bench: StoresBench) -> None:
    connection = bench.doors.brought.connect(bench.user, VISITOR, CLIENT).connection

    with bench.look() as work:
        stored = work.vault.look(connection.id)
    assert stored is not None
    assert (stored.refresh_token, stored.client) == (RefreshToken("client_credentials:"), CLIENT.client)
    assert (stored.account, connection.lwa_client_id) == (SHOP, "their-client")
    assert dict(bench.entries[0].details) == {
        "seller_id": SHOP,
        "door": "self_authorised",
        "client_id": "their-client",
    }


def test_bringing_the_same_store_again_renews_it(bench: StoresBench) -> None:
    first = bench.doors.brought.connect(bench.user, VISITOR, CLIENT).connection

    again = bench.doors.brought.connect(bench.user, VISITOR, TOKEN)

    assert (again.renewed, again.connection.id, again.connection.lwa_client_id) == (True, first.id, None)
    assert len(bench.mine()) == 1


def test_nobody_gets_a_store_by_its_name_alone(bench: StoresBench) -> None:
    error = refused(bench, BroughtStore(SHOP))

    assert list(error.fields) == ["access_token"]
    assert bench.shopify.tokens.clients == []


def test_not_both_are_brought(bench: StoresBench) -> None:
    refused(bench, replace(CLIENT, access_token="shpat_brought"))


@pytest.mark.parametrize("shop", ["https://acme.com", "acme.myshopify.com.evil.com", ""])
def test_what_can_be_no_store_is_refused(bench: StoresBench, shop: str) -> None:
    assert list(refused(bench, replace(TOKEN, shop=shop)).fields) == ["shop"]


@pytest.mark.parametrize(
    ("brought", "error", "fields"),
    [
        (TOKEN, ReauthorizationRequired("no"), ["access_token"]),
        (CLIENT, ReauthorizationRequired("no"), ["client_id"]),
        (TOKEN, UpstreamRefused("no such store"), ["shop"]),
    ],
)
def test_what_the_store_does_not_take_is_not_kept(
    bench: StoresBench, brought: BroughtStore, error: PortsideError, fields: list[str]
) -> None:
    bench.shopify.front.troubles.append(error)

    assert list(refused(bench, brought).fields) == fields
    assert bench.deeds == ["connection.refused"]


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (ClientRefused("no", (), "invalid_client", own=True), ["client_id", "client_secret"]),
        (ClientRefused("no", (), "shop_not_permitted", own=True), ["client_id", "client_secret"]),
        (ReauthorizationRequired("not installed"), ["shop"]),
        (UpstreamRefused("no such store"), ["shop"]),
    ],
)
def test_a_client_that_gets_no_token_is_refused_with_the_reason(
    bench: StoresBench, error: PortsideError, fields: list[str]
) -> None:
    bench.shopify.tokens.troubles.append(error)

    assert refused(bench, CLIENT).fields == dict.fromkeys(fields, str(error))


def test_a_token_that_lets_no_orders_be_read_is_refused(bench: StoresBench) -> None:
    bench.shopify.front.told = replace(STORE, scopes=("read_products",))

    assert "read_orders" in refused(bench, TOKEN).fields["access_token"]


def test_a_store_that_does_not_answer_now_is_brought_again_later(bench: StoresBench) -> None:
    bench.shopify.front.troubles.append(UpstreamFailed("broken", channel="shopify"))

    with pytest.raises(UpstreamFailed):
        bench.doors.brought.connect(bench.user, VISITOR, TOKEN)

    assert (bench.mine(), bench.deeds) == ([], ["connection.refused"])


def test_a_user_can_not_have_shopify_asked_for_ever(bench: StoresBench) -> None:
    doors = bench.doors
    for _ in range(20):
        doors.brought.connect(bench.user, VISITOR, TOKEN)

    with pytest.raises(RateLimited):
        doors.brought.connect(bench.user, VISITOR, TOKEN)


def test_what_was_brought_is_not_shown() -> None:
    assert "shpat_brought" not in repr(TOKEN)
    assert "their-secret" not in repr(CLIENT)


def test_several_users_may_have_the_same_store(bench: StoresBench) -> None:
    bench.doors.brought.connect(bench.user, VISITOR, TOKEN)
    eve = bench.add("eve@example.com")

    bench.doors.brought.connect(eve, VISITOR, TOKEN)

    with bench.look() as work:
        both = work.connections.by_account(Provider.SHOPIFY, SHOP)
    assert {one.user_id for one in both} == {bench.user.id, eve.id}
