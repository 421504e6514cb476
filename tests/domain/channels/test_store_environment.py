"""The store that the operator has put into the environment."""

from dataclasses import replace

import pytest

from domain.channels.environment import StoreEnvironment
from domain.connections.erasure import Erasures
from domain.errors import (
    ClientRefused,
    NotConfigured,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.tokens.model import RefreshToken
from domain.users.model import CONSOLE
from tests.domain.channels.stores_bench import VISITOR, StoresBench
from tests.fakes.stores import SHOP, STORE

TOKEN = StoreEnvironment(SHOP, "shpat_env")


@pytest.fixture
def bench() -> StoresBench:
    return StoresBench(TOKEN)


def test_a_permanent_token_connects_its_store(bench: StoresBench) -> None:
    accepted = bench.doors.environment.run(CONSOLE)

    connection = accepted.connection
    assert (accepted.renewed, connection.seller_id, connection.user_id) == (False, SHOP, bench.user.id)
    assert connection.store == STORE
    assert bench.store.tables.tokens[connection.id].refresh_token == RefreshToken("permanent:shpat_env")


def test_without_a_token_our_application_gets_one_by_its_secret(bench: StoresBench) -> None:
    bench.environment = StoreEnvironment(SHOP)

    connection = bench.doors.environment.run(CONSOLE).connection

    assert bench.shopify.tokens.clients == [(SHOP, None)]
    assert bench.store.tables.tokens[connection.id].refresh_token == RefreshToken("client_credentials:")
    assert connection.lwa_client_id is None


def test_again_it_is_renewed(bench: StoresBench) -> None:
    first = bench.doors.environment.run(CONSOLE).connection

    again = bench.doors.environment.run(CONSOLE)

    assert (again.renewed, again.connection.id) == (True, first.id)


def test_its_owner_may_be_named(bench: StoresBench) -> None:
    eve = bench.add("eve@example.com")
    bench.environment = replace(TOKEN, owner_email="EVE@example.com")

    assert bench.doors.environment.run(CONSOLE).connection.user_id == eve.id


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        (StoreEnvironment(), ("SHOPIFY_SHOP",)),
        (replace(TOKEN, owner_email="nobody@example.com"), ("AMAZON_OWNER_EMAIL",)),
    ],
)
def test_what_is_not_set_or_names_nobody_is_said(
    bench: StoresBench, environment: StoreEnvironment, missing: tuple[str, ...]
) -> None:
    bench.environment = environment

    with pytest.raises(NotConfigured) as caught:
        bench.doors.environment.run(CONSOLE)

    assert caught.value.missing == missing


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        (ReauthorizationRequired("no"), ("SHOPIFY_ACCESS_TOKEN",)),
        (UpstreamRefused("no such store"), ("SHOPIFY_SHOP",)),
    ],
)
def test_a_token_that_is_refused_names_the_variable(
    bench: StoresBench, error: PortsideError, missing: tuple[str, ...]
) -> None:
    bench.shopify.front.troubles.append(error)

    with pytest.raises(NotConfigured) as caught:
        bench.doors.environment.run(CONSOLE)

    assert (caught.value.missing, bench.mine(), bench.deeds) == (missing, [], ["connection.refused"])


def test_a_client_that_gets_no_token_names_the_variables(bench: StoresBench) -> None:
    bench.environment = StoreEnvironment(SHOP)
    bench.shopify.tokens.troubles.append(ReauthorizationRequired("The application is not installed."))

    with pytest.raises(NotConfigured, match="not installed") as caught:
        bench.doors.environment.run(CONSOLE)

    assert "SHOPIFY_CLIENT_ID" in caught.value.missing


def test_a_token_that_lets_no_orders_be_read_is_refused(bench: StoresBench) -> None:
    bench.shopify.front.told = replace(STORE, scopes=())

    with pytest.raises(NotConfigured, match="read_orders"):
        bench.doors.environment.run(CONSOLE)


def test_at_start_it_is_imported_once(bench: StoresBench) -> None:
    bench.doors.environment.at_start()
    bench.doors.environment.at_start()

    assert len(bench.mine()) == 1
    assert bench.deeds == ["connection.connected"]


def test_what_was_erased_for_good_is_not_brought_back_by_a_start(bench: StoresBench) -> None:
    bench.doors.environment.at_start()
    Erasures(bench.work, bench.look, bench.clock).request(bench.user, VISITOR, bench.mine()[0].id)

    bench.doors.environment.at_start()

    assert bench.mine() == []


def test_without_a_user_it_waits(bench: StoresBench) -> None:
    bench.store.tables.users.clear()

    bench.doors.environment.at_start()

    assert bench.store.tables.connections == {}


@pytest.mark.parametrize(
    "error",
    [
        UpstreamTimedOut("slow"),
        RateLimited("slow down", 5),
        ClientRefused("wrong", (), "invalid_client"),
        ZeroDivisionError(),
    ],
)
def test_a_start_never_fails_because_of_it(bench: StoresBench, error: Exception) -> None:
    bench.environment = StoreEnvironment(SHOP)
    bench.shopify.tokens.troubles.append(error)

    bench.doors.environment.at_start()

    assert bench.mine() == []


def test_nothing_set_is_nothing_to_do(bench: StoresBench) -> None:
    bench.environment = StoreEnvironment()

    bench.doors.environment.at_start()

    assert (bench.mine(), bench.doors.environment.named) == ([], False)


def test_the_token_is_not_shown() -> None:
    assert "shpat_env" not in repr(TOKEN)
