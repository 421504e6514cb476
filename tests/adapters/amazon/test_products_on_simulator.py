"""The product questions over real sockets to the simulator, all the way from the desks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.amazon.products import AmazonFees, AmazonInbound, AmazonRestrictions
from adapters.http import Outbound
from adapters.memory.cache import MemoryCache
from adapters.system import SystemStopwatch
from domain.errors import NotFound, PortsideError, UpstreamFailed
from domain.money import Money
from domain.products.asking import Questions, Turns
from domain.products.eligibility import ELIGIBILITY, EligibilityDesk
from domain.products.fees import FEES, FeesDesk
from domain.products.inbound import ITEMS, SHIPMENTS, Inbound
from domain.products.model import (
    Eligibility,
    EligibilityStatus,
    FeeEstimate,
    FeeQuestion,
    IdKind,
    ListingQuestion,
    ShipmentSearch,
    ShipmentStatus,
)
from entrypoints.simulator.server import SimulatorServer
from tests.adapters.amazon.bench import CLOCK, CONFIG, START, Bench

FIVE_MINUTES = timedelta(minutes=5)
TURNS = Turns(SystemStopwatch())
CACHE = MemoryCache(CLOCK)


@pytest.fixture(scope="module")
def amazon() -> Iterator[SimulatorServer]:
    # Long enough for more shipments than a page holds.
    with SimulatorServer(replace(CONFIG, history_days=200)) as server:
        yield server


@pytest.fixture
def bench(amazon: SimulatorServer, outbound: Outbound) -> Bench:
    return Bench(amazon, outbound, CONFIG.sellers[0])


def eligibility(bench: Bench) -> EligibilityDesk:
    return EligibilityDesk(
        AmazonRestrictions(bench.gateway), Questions(CACHE, FIVE_MINUTES, ELIGIBILITY), TURNS
    )


def fees(bench: Bench) -> FeesDesk:
    return FeesDesk(AmazonFees(bench.gateway), Questions(CACHE, FIVE_MINUTES, FEES), TURNS)


def inbound(bench: Bench) -> Inbound:
    feed = AmazonInbound(bench.gateway)
    return Inbound(
        feed,
        Questions(CACHE, FIVE_MINUTES, SHIPMENTS),
        Questions(CACHE, FIVE_MINUTES, ITEMS),
        TURNS,
        CLOCK,
    )


def called(bench: Bench, operation: str) -> int:
    return sum(line.operation == operation for line in bench.log.lines)


def question(bench: Bench, product_id: str, price: int = 1999, kind: IdKind = IdKind.ASIN) -> FeeQuestion:
    home = bench.connection.marketplace_id
    return FeeQuestion(kind, product_id, home, Money(price, "USD"), Money(0, "USD"))


def skus(bench: Bench, amazon: SimulatorServer) -> list[str]:
    """The seller's own SKUs, as Amazon lists them."""
    catalogue = amazon.simulator.store.catalogue(bench.seller.id)
    return [product.sku for product in catalogue.products]


def test_each_product_has_its_own_answer(bench: Bench) -> None:
    home = bench.connection.marketplace_id
    asins = ["B0FREE0001", "B0GATE0001", "B0NOPE0001", "B0NONE0001"]

    found = eligibility(bench).many(bench.connection, [ListingQuestion(asin, home) for asin in asins])

    assert [one.status if isinstance(one, Eligibility) else type(one).__name__ for one in found] == [
        EligibilityStatus.ELIGIBLE,
        EligibilityStatus.APPROVAL_REQUIRED,
        EligibilityStatus.NOT_ELIGIBLE,
        "NotFound",
    ]
    gated = found[1]
    assert isinstance(gated, Eligibility)
    assert gated.reasons[0].links[0].url.startswith("https://sellercentral.amazon.com/")


def test_a_hundred_products_are_a_hundred_calls_within_the_plan(bench: Bench) -> None:
    home = bench.connection.marketplace_id
    asked = [ListingQuestion(f"B0FREE{number:04}", home) for number in range(100)]

    found = eligibility(bench).many(bench.connection, asked)

    assert all(isinstance(one, Eligibility) and one.can_list for one in found)
    assert called(bench, "getListingsRestrictions") == 100
    assert {line.outcome for line in bench.log.lines} == {200}


def test_what_can_be_no_asin_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFound):
        eligibility(bench).one(
            bench.connection, ListingQuestion("ZZZZZZZZZZ", bench.connection.marketplace_id)
        )


def test_one_estimate_adds_up(bench: Bench) -> None:
    asked = question(bench, "B0FREE0001")

    found = fees(bench).one(bench.connection, asked)

    assert found.total.minor == sum(fee.amount.minor for fee in found.fees)
    assert found.referral_fee.minor > 0
    assert found.fba_fulfillment_fee.minor > 0
    assert found.proceeds(asked).minor == 1999 - found.total.minor


def test_estimates_of_one_and_of_many_are_the_same(bench: Bench) -> None:
    asked = question(bench, "B0FREE0002")
    single = fees(bench).one(bench.connection, asked)

    (among_many,) = AmazonFees(bench.gateway).many(bench.connection, [asked])

    assert among_many == single


def test_an_unknown_product_has_no_estimate(bench: Bench) -> None:
    with pytest.raises(NotFound):
        fees(bench).one(bench.connection, question(bench, "B0NONE0001"))


def test_a_hundred_estimates_take_five_calls_and_each_has_its_own_outcome(
    bench: Bench, amazon: SimulatorServer
) -> None:
    own = skus(bench, amazon)
    asked = [question(bench, own[number % len(own)], 1000 + number, IdKind.SKU) for number in range(97)] + [
        question(bench, asin) for asin in ("B0NONE0001", "B0FAIL0001", "B0FREE0003")
    ]

    found = fees(bench).many(bench.connection, asked)

    assert called(bench, "getMyFeesEstimates") == 5
    assert sum(isinstance(one, FeeEstimate) for one in found[:97]) >= 50
    assert [type(one) for one in found[97:]] == [NotFound, UpstreamFailed, FeeEstimate]
    assert [one.total.currency for one in found if not isinstance(one, PortsideError)] == ["USD"] * sum(
        isinstance(one, FeeEstimate) for one in found
    )


def test_a_sku_of_odd_characters_is_understood(bench: Bench, amazon: SimulatorServer) -> None:
    odd = [sku for sku in skus(bench, amazon) if set(sku) & set("/+% &")]
    desk = fees(bench)

    found = [
        single
        for sku in odd[:3]
        if isinstance(
            single := desk.many(bench.connection, [question(bench, sku, kind=IdKind.SKU)])[0], FeeEstimate
        )
    ]
    singly = [desk.schedule.one(bench.connection, question(bench, sku, kind=IdKind.SKU)) for sku in odd[:1]]

    assert odd
    assert found
    assert singly[0] == found[0]


def test_shipments_come_with_all_their_items(bench: Bench) -> None:
    search = ShipmentSearch(bench.connection.marketplace_id, tuple(ShipmentStatus))

    found = inbound(bench).search(bench.connection, search)

    assert len(found) > 20  # more than a page
    assert len({one.shipment.shipment_id for one in found}) == len(found)
    assert all(one.items for one in found)
    closed = [one for one in found if one.shipment.status == "CLOSED"]
    assert closed
    assert any(item.received > 0 for one in closed for item in one.items)
    assert all(0 <= item.received <= item.shipped for one in found for item in one.items)


def test_shipments_that_changed_lately_are_some_of_them(bench: Bench) -> None:
    home = bench.connection.marketplace_id
    everything = inbound(bench).search(bench.connection, ShipmentSearch(home, tuple(ShipmentStatus)))

    lately = inbound(bench).search(
        bench.connection, ShipmentSearch(home, updated_after=START - timedelta(days=10))
    )

    assert {one.shipment.shipment_id for one in lately} < {one.shipment.shipment_id for one in everything}
