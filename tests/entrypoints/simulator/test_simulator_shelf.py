"""Amazon's whole catalogue, and what it charges: the same for equal seeds, in any process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.fee_schedule import fees
from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.shelf import CATEGORIES, Item, well_formed
from entrypoints.simulator.store import Store

US, JP = BY_COUNTRY["US"], BY_COUNTRY["JP"]
HOME, BOOKS = CATEGORIES[0], CATEGORIES[-1]


def item(grams: int = 100, category=HOME) -> Item:
    return Item("B0FREE0001", "A thing", "Aldwych", category, grams)


def test_equal_seeds_know_equal_things_and_others_do_not():
    asins = [f"B0{number:08d}" for number in range(300)]
    first, same, other = (Store(SimulatorConfig(seed=seed)).shelf for seed in (7, 7, 8))

    found = [first.find(asin) for asin in asins]

    assert found == [same.find(asin) for asin in asins]
    assert found != [other.find(asin) for asin in asins]


def test_shipments_of_equal_seeds_are_equal():
    stores = [Store(SimulatorConfig()) for _ in range(2)]
    at_ms = 1_790_000_000_000

    told = []
    for store in stores:
        ledger = store.inbound(store.sellers[0].id, US.id)
        told.append([(each, ledger.items(each, at_ms)) for each in ledger.shipments(at_ms)])

    assert told[0] == told[1]
    assert len({shipment.id for shipment, _ in told[0]}) == len(told[0])


@pytest.mark.parametrize(
    ("asin", "expected"),
    [("B07N4M94X4", True), ("030640615X", True), ("B07N4M94X", False), ("b07n4m94x4", False), ("", False)],
)
def test_an_asin_is_ten_characters_of_a_known_form(asin: str, expected: bool):
    assert well_formed(asin) is expected


def test_the_referral_fee_has_a_least():
    assert fees(item(), US, 100, 0, by_amazon=False).referral == 30
    assert fees(item(), US, 2000, 0, by_amazon=False).referral == 300


def test_half_a_cent_is_rounded_up():
    assert fees(item(), US, 2010, 0, by_amazon=False).referral == 302


def test_media_pay_a_closing_fee():
    assert fees(item(category=BOOKS), US, 2000, 0, by_amazon=False).closing == 180
    assert fees(item(), US, 2000, 0, by_amazon=False).closing == 0


def test_heavier_things_cost_more_to_send():
    costs = [fees(item(grams), US, 2000, 0, by_amazon=True).fulfillment for grams in (100, 400, 1300, 4000)]

    assert costs == sorted(set(costs))
    assert fees(item(4000), US, 2000, 0, by_amazon=True).weight_handling == 6 * 16


def test_yen_have_no_parts():
    told = fees(item(), JP, 2000, 0, by_amazon=True)

    assert told.referral == 300
    assert told.pick_and_pack == 459


def test_a_role_that_amazon_does_not_know_cannot_be_withheld():
    with pytest.raises(ValueError, match="withheld_roles: Prizing"):
        replace(SimulatorConfig(), withheld_roles=("Prizing",))
