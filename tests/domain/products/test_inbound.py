"""Shipments to Amazon, complete or not at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import InvalidInput, NotConnected, RateLimited, UpstreamFailed
from domain.products.inbound import LARGEST_LISTING
from domain.products.model import (
    UNFINISHED,
    FullShipment,
    Shipment,
    ShipmentItem,
    ShipmentSearch,
    ShipmentStatus,
)
from tests.domain.products.bench import CONNECTION, KEPT_FOR, Bench
from tests.fakes.things import DE, NOW, US

OPEN = ShipmentSearch(US)
RECENT = ShipmentSearch(US, updated_after=NOW - timedelta(days=7))


def shipment(number: int, status: str = "RECEIVING") -> Shipment:
    return Shipment(f"FBA{number:05}", f"Shipment {number}", status, "ABE8")


def bench_with(count: int, status: str = "RECEIVING") -> Bench:
    bench = Bench()
    bench.feed.kept = [shipment(number, status) for number in range(count)]
    bench.feed.contents = {one.shipment_id: [ShipmentItem("MUG", 10, 4)] for one in bench.feed.kept}
    return bench


def test_shipments_come_with_what_was_received_of_them() -> None:
    bench = bench_with(1)
    bench.feed.contents = {"FBA00000": [ShipmentItem("MUG", 10, 4), ShipmentItem("TRAY/OAK", 5, 5)]}

    found = bench.inbound.search(CONNECTION, OPEN)

    items = (ShipmentItem("MUG", 10, 4), ShipmentItem("TRAY/OAK", 5, 5))
    assert found == [FullShipment(shipment(0), items)]


def test_without_a_wish_those_that_are_not_finished_are_asked_for() -> None:
    bench = bench_with(1)

    bench.inbound.search(CONNECTION, OPEN)

    ((search, token),) = bench.feed.searches
    assert (search.statuses, search.updated_after, token) == (UNFINISHED, None, None)


def test_all_pages_of_shipments_and_of_items_are_read() -> None:
    bench = bench_with(7)
    bench.feed.page_size = 2
    bench.feed.contents = {
        one.shipment_id: [ShipmentItem(f"SKU {number}", 1, 0) for number in range(5)]
        for one in bench.feed.kept
    }

    found = bench.inbound.search(CONNECTION, OPEN)

    assert [one.shipment for one in found] == bench.feed.kept
    assert [len(one.items) for one in found] == [5] * 7


def test_by_date_the_statuses_are_chosen_from_one_listing() -> None:
    bench = bench_with(2)
    bench.feed.kept[1] = shipment(1, "CLOSED")
    closed = replace(RECENT, statuses=(ShipmentStatus.CLOSED,))

    found = [bench.inbound.search(CONNECTION, search) for search in (RECENT, closed)]

    assert [[one.shipment.shipment_id for one in each] for each in found] == [
        ["FBA00000", "FBA00001"],
        ["FBA00001"],
    ]
    assert len(bench.feed.searches) == 1


def test_what_is_kept_is_not_asked_again_until_its_time_is_over() -> None:
    bench = bench_with(3)
    bench.inbound.search(CONNECTION, OPEN)
    bench.inbound.search(CONNECTION, OPEN)
    asked = (len(bench.feed.searches), len(bench.feed.items_asked))

    bench.clock.advance(KEPT_FOR)
    bench.inbound.search(CONNECTION, OPEN)

    assert asked == (1, 3)
    assert (len(bench.feed.searches), len(bench.feed.items_asked)) == (2, 6)


def test_a_shipment_that_moves_between_pages_is_told_once() -> None:
    bench = bench_with(3)
    bench.feed.kept.append(replace(bench.feed.kept[0], status="CHECKED_IN"))

    found = bench.inbound.search(CONNECTION, OPEN)

    assert [one.shipment.shipment_id for one in found] == ["FBA00000", "FBA00001", "FBA00002"]
    assert found[0].shipment.status == "CHECKED_IN"


def test_pages_that_go_round_in_circles_are_a_failure() -> None:
    bench = bench_with(1)
    bench.feed.circling = True

    with pytest.raises(UpstreamFailed, match="circles"):
        bench.inbound.search(CONNECTION, OPEN)

    assert len(bench.feed.searches) == 2


def test_a_listing_without_end_is_refused_with_what_to_do() -> None:
    bench = bench_with(1)
    bench.feed.endless = True

    with pytest.raises(InvalidInput, match="updated_after"):
        bench.inbound.search(CONNECTION, OPEN)

    assert len(bench.feed.searches) == LARGEST_LISTING


def test_a_part_is_cut_out_by_id_and_items_are_asked_for_of_that_alone() -> None:
    bench = bench_with(600)
    bench.feed.kept.reverse()

    found = bench.inbound.search(CONNECTION, OPEN, after="FBA00002x", limit=2)

    assert [one.shipment.shipment_id for one in found] == ["FBA00003", "FBA00004"]
    assert sorted(bench.feed.items_asked) == ["FBA00003", "FBA00004"]


def test_an_incomplete_answer_is_an_error_and_the_next_request_goes_on_from_there() -> None:
    bench = bench_with(10)
    bench.feed.trouble["FBA00007"] = RateLimited("later", 30)
    with pytest.raises(RateLimited):
        bench.inbound.search(CONNECTION, OPEN)
    bench.feed.trouble, bench.feed.items_asked = {}, []

    found = bench.inbound.search(CONNECTION, OPEN)

    assert len(found) == 10
    assert bench.feed.items_asked == ["FBA00007"]


@pytest.mark.parametrize("status", ["CANCELLED", "DELETED"])
def test_a_shipment_that_was_given_up_may_have_no_items_any_more(status: str) -> None:
    bench = bench_with(1, status)
    bench.feed.contents = {}

    found = bench.inbound.search(CONNECTION, ShipmentSearch(US, (ShipmentStatus(status),)))

    assert found == [FullShipment(shipment(0, status), ())]


def test_a_shipment_under_way_whose_items_amazon_does_not_know_is_a_failure() -> None:
    bench = bench_with(1)
    bench.feed.contents = {}

    with pytest.raises(UpstreamFailed, match="FBA00000"):
        bench.inbound.search(CONNECTION, OPEN)


def test_a_marketplace_of_another_region_is_refused() -> None:
    with pytest.raises(InvalidInput, match="marketplace_id"):
        Bench().inbound.search(CONNECTION, ShipmentSearch(DE))


def test_a_connection_that_was_disconnected_is_told_nothing_of_what_is_kept() -> None:
    bench = bench_with(1)
    bench.inbound.search(CONNECTION, OPEN)

    with pytest.raises(NotConnected):
        bench.inbound.search(replace(CONNECTION, status=ConnectionStatus.DISCONNECTED), OPEN)
