"""The store's stock: it follows from orders and deliveries."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.orders import OPEN, Status
from entrypoints.simulator.store import Store
from tests.entrypoints.simulator.driven import NOON

STORE = Store(SimulatorConfig())
NA, EU, _ = STORE.sellers
US, DE, GB = (BY_COUNTRY[country].id for country in ("US", "DE", "GB"))


def by_sku(seller, marketplace_id, at=NOON):
    return {level.sku: level for level in STORE.stock(seller.id, marketplace_id, at)}


@pytest.mark.parametrize("seller", STORE.sellers, ids=lambda seller: seller.region)
def test_the_main_marketplace_has_all_skus_and_the_others_fewer(seller):
    sizes = [len(STORE.stock(seller.id, marketplace_id, NOON)) for marketplace_id in seller.marketplace_ids]

    assert sizes[0] == 120
    assert all(60 < size < 120 for size in sizes[1:])


def test_identifiers_are_unique_and_some_skus_need_encoding():
    levels = STORE.stock(NA.id, US, NOON)

    for identifiers in ([level.sku for level in levels], [x.asin for x in levels], [x.fnsku for x in levels]):
        assert len(set(identifiers)) == len(levels)
    assert all(any(sign in level.sku for level in levels) for sign in "/ +%&#")
    assert any(not level.title.isascii() for level in levels)
    assert all(len(level.asin) == len(level.fnsku) == 10 for level in levels)


def test_some_skus_are_low_some_are_out_and_most_are_not():
    levels = STORE.stock(NA.id, US, NOON)
    out = sum(1 for level in levels if level.fulfillable == 0)
    low = sum(1 for level in levels if 0 < level.fulfillable < 10)

    assert 4 < out < 30
    assert 4 < low < 30


@pytest.mark.parametrize(
    "kind", ["reserved", "unfulfillable", "researching", "inbound_working", "inbound_shipped"]
)
def test_every_kind_of_quantity_occurs_and_none_is_negative(kind):
    figures = [getattr(level, kind) for level in STORE.stock(NA.id, US, NOON)]

    assert min(figures) == 0
    assert max(figures) > 0


def test_the_total_is_what_is_there_and_what_is_on_its_way():
    for level in STORE.stock(NA.id, US, NOON):
        inbound = level.inbound_working + level.inbound_shipped + level.inbound_receiving
        there = level.fulfillable + level.reserved + level.unfulfillable + level.researching
        assert level.total == there + inbound


def test_reserved_units_are_those_of_open_orders():
    open_units: dict[str, int] = {}
    for order in STORE.orders(NA.id, NOON):
        if order.status in OPEN and order.fulfilled_by == "AMAZON" and order.home_marketplace_id == US:
            for line in order.lines:
                open_units[line.sku] = open_units.get(line.sku, 0) + line.quantity - line.quantity_fulfilled

    reserved = {x.sku: x.reserved_for_orders for x in STORE.stock(NA.id, US, NOON) if x.reserved_for_orders}

    assert reserved == open_units


def test_an_order_takes_its_units_from_the_stock():
    order = next(
        order
        for order in reversed(STORE.orders(NA.id, NOON))
        if order.fulfilled_by == "AMAZON" and order.home_marketplace_id == US and len(order.lines) == 1
    )
    line = order.lines[0]
    moment = timedelta(milliseconds=1)

    before = by_sku(NA, US, order.created_at - moment)[line.sku]
    after = by_sku(NA, US, order.created_at)[line.sku]

    assert after.fulfillable == max(0, before.fulfillable - line.quantity)
    assert after.reserved_for_orders == before.reserved_for_orders + line.quantity
    assert after.last_updated == order.created_at


def test_a_cancelled_order_gives_its_units_back():
    order = next(
        order
        for order in reversed(STORE.orders(NA.id, NOON))
        if order.status is Status.CANCELLED
        and order.fulfilled_by == "AMAZON"
        and order.home_marketplace_id == US
    )
    line = order.lines[0]

    before = by_sku(NA, US, order.updated_at - timedelta(milliseconds=1))[line.sku]
    after = by_sku(NA, US, order.updated_at)[line.sku]

    assert after.fulfillable == before.fulfillable + line.quantity
    assert after.reserved_for_orders == before.reserved_for_orders - line.quantity


def test_a_delivery_arrives_with_what_was_announced_and_moves_the_time_of_change():
    for sku, level in by_sku(NA, US).items():
        if not level.inbound_receiving:
            continue
        arrived = next(
            later[sku]
            for hours in range(1, 24 * 4)
            if not (later := by_sku(NA, US, NOON + timedelta(hours=hours)))[sku].inbound_receiving
        )
        just_before = by_sku(NA, US, arrived.last_updated - timedelta(milliseconds=1))[sku]
        at_arrival = by_sku(NA, US, arrived.last_updated)[sku]
        if at_arrival.fulfillable != just_before.fulfillable + just_before.inbound_receiving:
            assert arrived.last_updated > just_before.last_updated  # an order came within the same hour
            continue
        return
    pytest.fail("no delivery was under way")


def test_inbound_changes_do_not_move_the_time_of_change():
    days = [by_sku(NA, US, NOON + timedelta(hours=hours)) for hours in range(0, 24 * 5, 6)]

    unnoticed = [
        sku
        for before, after in pairwise(days)
        for sku in before
        if before[sku].inbound_shipped != after[sku].inbound_shipped
        and before[sku].last_updated == after[sku].last_updated
    ]

    assert unnoticed


def test_the_european_pool_is_one_stock_and_great_britain_has_its_own():
    german = by_sku(EU, DE)
    pooled = [BY_COUNTRY[country].id for country in ("FR", "IT", "ES", "PL", "SE")]

    for marketplace_id in pooled:
        assert all(german[sku] == level for sku, level in by_sku(EU, marketplace_id).items())
    british = by_sku(EU, GB)
    assert any(german[sku].fulfillable != level.fulfillable for sku, level in british.items())
    assert all(german[sku].fnsku == level.fnsku for sku, level in british.items())


def test_a_few_skus_were_never_touched():
    untouched = [level for level in STORE.stock(NA.id, US, NOON) if level.last_updated is None]

    assert 1 <= len(untouched) <= 5
    assert all(level.total == 0 for level in untouched)


def test_no_change_lies_in_the_future():
    touched = [level.last_updated for level in STORE.stock(NA.id, US, NOON) if level.last_updated]

    assert max(touched) <= NOON
    assert max(touched) > NOON - timedelta(days=1)
