"""Trying out a store's connection, link by link."""

from dataclasses import replace
from typing import Self
from uuid import UUID

import pytest

from domain.channels.brought import BroughtStore
from domain.channels.diagnosis import CONNECT_AGAIN
from domain.connections.catalog import Connections
from domain.connections.diagnosis import Link, LinkState
from domain.connections.model import Connection, Provider
from domain.errors import (
    AccessDenied,
    ClientRefused,
    KeyUnavailable,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamTimedOut,
)
from domain.tokens.model import StoredTokens
from tests.domain.channels.stores_bench import VISITOR, StoresBench
from tests.fakes.memory_vault import MemoryVault
from tests.fakes.memory_work import MemoryWork
from tests.fakes.stores import SHOP, STORE


class ShutVault(MemoryVault):
    """Its secrets were sealed with a key that is lost."""

    def look(self, connection_id: UUID) -> StoredTokens | None:
        raise KeyUnavailable("TOKEN_ENCRYPTION_KEYS lacks the key k7, which a stored secret needs.")


class ShutWork(MemoryWork):
    """A transaction over such a vault."""

    def __enter__(self) -> Self:
        super().__enter__()
        self.vault = ShutVault(self._tables)
        return self


OK, WARNING, FAILED, SKIPPED = LinkState.OK, LinkState.WARNING, LinkState.FAILED, LinkState.SKIPPED


@pytest.fixture
def bench() -> StoresBench:
    return StoresBench()


def tried(bench: StoresBench, connection: Connection) -> dict[str, Link]:
    return {link.name: link for link in bench.doors.diagnosis.check(connection)}


def states(chain: dict[str, Link]) -> list[LinkState]:
    return [link.state for link in chain.values()]


def test_a_store_that_is_well_is_well_in_every_link(bench: StoresBench) -> None:
    chain = tried(bench, bench.connect())

    assert list(chain) == ["stored_credentials", "key", "token_exchange", "call", "scopes"]
    assert states(chain) == [OK] * 5
    assert chain["call"].details["store"] == STORE.name
    assert bench.shopify.tokens.refreshed == [(SHOP, "refresh:code-1")]


def test_a_history_of_sixty_days_is_pointed_out_with_the_mend(bench: StoresBench) -> None:
    bench.shopify.front.told = replace(STORE, scopes=("read_orders",))

    link = tried(bench, bench.connect())["scopes"]

    assert (link.state, "60 days" in link.cause, "read_all_orders" in link.mend) == (WARNING, True, True)


def test_orders_that_may_not_be_read_any_more_are_a_failure(bench: StoresBench) -> None:
    connection = bench.connect()
    bench.shopify.front.told = replace(STORE, scopes=("read_products",))

    assert tried(bench, connection)["scopes"].state is FAILED


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ReauthorizationRequired("no", channel="shopify"), "connect it again"),
        (ClientRefused("no", ("SHOPIFY_CLIENT_SECRET",), "invalid_client"), "SHOPIFY_CLIENT_SECRET"),
        (ClientRefused("no", ("client_id",), "invalid_client", own=True), "client id and secret"),
        (UpstreamTimedOut("slow", channel="shopify"), "HTTP_TIMEOUT_SECONDS"),
        (RateLimited("slow", 7, channel="shopify"), "7 seconds"),
    ],
)
def test_a_broken_exchange_says_the_mend(bench: StoresBench, error: PortsideError, words: str) -> None:
    connection = bench.connect()
    bench.shopify.tokens.troubles.append(error)

    chain = tried(bench, connection)

    assert states(chain) == [OK, OK, FAILED, SKIPPED, SKIPPED]
    assert words in chain["token_exchange"].mend


def test_access_that_was_revoked_is_marked_on_the_connection(bench: StoresBench) -> None:
    connection = bench.connect()
    bench.shopify.tokens.troubles.append(ReauthorizationRequired("no", channel="shopify"))

    tried(bench, connection)

    (kept,) = bench.mine()
    assert kept.status.value == "reauthorization_required"
    assert kept.last_error is not None
    assert kept.last_error.code == "shopify_reauthorization_required"


@pytest.mark.parametrize(
    "error",
    [AccessDenied("no", role="read_orders", channel="shopify"), UpstreamFailed("no", channel="shopify")],
)
def test_a_broken_call_says_the_mend(bench: StoresBench, error: PortsideError) -> None:
    connection = bench.connect()
    bench.shopify.front.troubles.append(error)

    chain = tried(bench, connection)

    assert states(chain) == [OK, OK, OK, FAILED, SKIPPED]
    assert chain["call"].mend


def test_a_disconnected_store_has_nothing_stored(bench: StoresBench) -> None:
    connection = bench.connect()
    gone = Connections(bench.work, bench.look, bench.clock).disconnect(
        bench.user, VISITOR, connection.id, Provider.SHOPIFY
    )

    chain = tried(bench, gone)

    assert states(chain) == [FAILED, *[SKIPPED] * 4]
    assert (chain["stored_credentials"].cause, chain["stored_credentials"].mend) == (
        "the connection was disconnected",
        CONNECT_AGAIN,
    )


def test_a_key_that_is_missing_is_said_so(bench: StoresBench) -> None:
    connection = bench.connect()
    diagnosis = replace(bench.doors.diagnosis, look=lambda: ShutWork(bench.store, reading=True))

    chain = {link.name: link for link in diagnosis.check(connection)}

    assert [chain[name].state for name in ("key", "token_exchange")] == [FAILED, SKIPPED]


def test_a_store_can_not_be_tried_out_for_ever(bench: StoresBench) -> None:
    brought = BroughtStore(SHOP, access_token="shpat_brought")
    connection = bench.doors.brought.connect(bench.user, VISITOR, brought).connection
    diagnosis = bench.doors.diagnosis
    for _ in range(20):
        diagnosis.check(connection)

    with pytest.raises(RateLimited):
        diagnosis.check(connection)
