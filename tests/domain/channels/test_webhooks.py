"""What Shopify tells us by itself is heeded when it is signed, once, however often and late it comes."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.acting import present
from domain.channels.brought import BroughtStore
from domain.channels.model import Message
from domain.connections.erasure import Erasures
from domain.connections.model import ConnectionStatus
from domain.errors import InvalidInput, NotFound, NotLoggedIn
from domain.tokens.model import LwaClient
from tests.domain.channels.stores_bench import VISITOR, StoresBench
from tests.fakes.memory_work import MemoryWork
from tests.fakes.stores import SHOP

CUSTOMER = {"id": 191167, "email": "john@example.com", "phone": "555-625-1199"}
PRIVACY = ["customers/data_request", "customers/redact"]


@pytest.fixture
def bench() -> StoresBench:
    return StoresBench()


def message(bench: StoresBench, topic: str, shop: str = SHOP, **changes: object) -> Message:
    """A message as Shopify sends it: just now, signed."""
    told: dict[str, object] = {"shop_id": 954889, "shop_domain": shop}
    if topic == "app/uninstalled":
        told = {"id": 954889, "name": "Acme", "domain": "shop.acme.com", "myshopify_domain": shop}
    if topic in PRIVACY:
        told["customer"] = CUSTOMER
    body = json.dumps(told | changes).encode()
    return Message(topic, body, bench.shopify.seals(body), "wh-1", bench.clock.now())


def test_an_uninstalled_application_disconnects_the_store(bench: StoresBench) -> None:
    connection = bench.connect()

    bench.doors.webhooks.receive(message(bench, "app/uninstalled"))

    (kept,) = bench.mine()
    assert (kept.id, kept.status) == (connection.id, ConnectionStatus.DISCONNECTED)
    assert bench.store.tables.tokens[connection.id].refresh_token is None
    entry = bench.entries[-1]
    assert (entry.action, entry.actor, entry.details["topic"]) == (
        "connection.disconnected",
        "system",
        "app/uninstalled",
    )
    (resource,) = bench.store.tables.resources.values()
    assert resource.next_run_at is None


def test_a_store_that_wants_to_be_forgotten_is_out_of_sight_and_then_erased(bench: StoresBench) -> None:
    connection = bench.connect()
    erasures = Erasures(bench.work, bench.look, bench.clock)

    bench.doors.webhooks.receive(message(bench, "shop/redact"))

    assert bench.mine() == []
    assert [one.id for one in erasures.under_way()] == [connection.id]
    while erasures.step():
        pass
    assert bench.store.tables.connections == {}
    assert bench.deeds[-2:] == ["connection.erasure_requested", "connection.erased"]


def test_it_is_erased_too_when_it_was_disconnected_before(bench: StoresBench) -> None:
    bench.connect()
    bench.doors.webhooks.receive(message(bench, "app/uninstalled"))
    bench.clock.advance(timedelta(days=2))

    bench.doors.webhooks.receive(message(bench, "shop/redact"))

    assert bench.mine() == []


def test_it_is_heeded_for_everybody_who_has_the_store_and_for_no_other_store(bench: StoresBench) -> None:
    eve = bench.add("eve@example.com")
    mine, hers, other = bench.connect(), bench.connect(user=eve), bench.connect("other.myshopify.com")

    bench.doors.webhooks.receive(message(bench, "app/uninstalled"))

    kept = bench.store.tables.connections
    assert [kept[one.id].status.value for one in (mine, hers, other)] == [
        "disconnected",
        "disconnected",
        "connected",
    ]
    assert kept[other.id].is_default


def test_a_store_with_a_client_of_its_owners_belongs_to_another_application(bench: StoresBench) -> None:
    brought = BroughtStore(SHOP, client=LwaClient("theirs", "secret"))
    bench.doors.brought.connect(bench.user, VISITOR, brought)

    bench.doors.webhooks.receive(message(bench, "app/uninstalled"))

    assert [one.status for one in bench.mine()] == [ConnectionStatus.CONNECTED]


@pytest.mark.parametrize("topic", ["app/uninstalled", "shop/redact"])
def test_what_happened_before_the_latest_consent_is_not_about_it(bench: StoresBench, topic: str) -> None:
    bench.connect()
    late = message(bench, topic)
    bench.clock.advance(timedelta(hours=1))
    bench.connect()

    bench.doors.webhooks.receive(late)

    assert [one.status for one in bench.mine()] == [ConnectionStatus.CONNECTED]


@pytest.mark.parametrize("topic", ["app/uninstalled", "shop/redact", *PRIVACY])
def test_a_repetition_does_nothing_more(bench: StoresBench, topic: str) -> None:
    bench.connect()
    bench.doors.webhooks.receive(message(bench, topic))
    before = bench.store.tables.snapshot()

    bench.doors.webhooks.receive(message(bench, topic))

    assert bench.store.tables == before


@pytest.mark.parametrize("topic", PRIVACY)
def test_what_the_law_asks_about_customers_is_written_down_without_them(
    bench: StoresBench, topic: str
) -> None:
    connection = bench.connect()

    bench.doors.webhooks.receive(message(bench, topic))

    entry = bench.entries[-1]
    assert (entry.action, entry.connection_id) == ("connection.privacy_requested", connection.id)
    assert dict(entry.details) == {"seller_id": SHOP, "topic": topic, "webhook_id": "wh-1"}
    assert [one.status for one in bench.mine()] == [ConnectionStatus.CONNECTED]


def test_two_requests_about_customers_are_two(bench: StoresBench) -> None:
    bench.connect()
    first = message(bench, "customers/redact")

    bench.doors.webhooks.receive(first)
    bench.doors.webhooks.receive(replace(first, id="wh-2"))

    assert bench.deeds.count("connection.privacy_requested") == 2


@pytest.mark.parametrize("topic", ["app/uninstalled", "shop/redact", *PRIVACY])
def test_a_store_that_nobody_has_is_nothing_to_do(bench: StoresBench, topic: str) -> None:
    before = bench.store.tables.snapshot()

    bench.doors.webhooks.receive(message(bench, topic))

    assert bench.store.tables == before


@pytest.mark.parametrize("forged", ["", "c2lnbmVk", "ä", "not base64!"])
def test_what_is_not_signed_is_refused_before_it_is_read(bench: StoresBench, forged: str) -> None:
    bench.connect()
    broken = Message("shop/redact", b"{broken", forged)
    good = replace(message(bench, "shop/redact"), signature=forged)

    for one in (broken, good):
        with pytest.raises(NotLoggedIn):
            bench.doors.webhooks.receive(one)

    assert len(bench.mine()) == 1


def test_a_signed_body_can_not_be_passed_off_as_another_topic(bench: StoresBench) -> None:
    bench.connect()
    signed = message(bench, "customers/redact")

    with pytest.raises(InvalidInput):
        bench.doors.webhooks.receive(replace(signed, topic="shop/redact"))

    assert len(bench.mine()) == 1


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"shop_domain": 5}', b'{"shop_domain": "evil.com"}']
)
def test_a_signed_body_that_names_no_store_is_refused(bench: StoresBench, body: bytes) -> None:
    with pytest.raises(InvalidInput):
        bench.doors.webhooks.receive(Message("shop/redact", body, bench.shopify.seals(body)))


def test_an_unknown_topic_is_not_found(bench: StoresBench) -> None:
    with pytest.raises(NotFound):
        bench.doors.webhooks.receive(message(bench, "orders/create"))


def test_it_is_the_installations_own_work(bench: StoresBench) -> None:
    acted = []

    def look() -> MemoryWork:
        acted.append(present().background)
        return bench.look()

    replace(bench.doors.webhooks, look=look).receive(message(bench, "shop/redact"))

    assert acted == [True]
