"""Sellers with thousands of SKUs, whose listings of stock take longer than a page token lives, all at once."""

from collections import Counter

import pytest

from domain.connections.model import ConnectionStatus
from domain.sync.model import Resource, RunStatus
from tests.fakes.things import NOW
from tests.simulations.town import MINUTE, Town

SELLERS, PAGES = 300, 20


@pytest.fixture(scope="module")
def town() -> Town:
    """Eight places have work for more than four minutes, and everybody's listing is due from the beginning."""
    town = Town()
    town.amazon.listing_pages = PAGES
    for _ in range(SELLERS):
        town.connect(town.user(), 12 * MINUTE)
    town.live(NOW + 8 * MINUTE)
    return town


def test_every_listing_comes_to_its_end(town: Town) -> None:
    stock = [row for row in town.tables.resources.values() if row.resource is Resource.INVENTORY]

    assert len(stock) == SELLERS
    assert [row for row in stock if row.synced_at is None] == []
    assert Counter(one.status for one in town.tables.connections.values()) == {
        ConnectionStatus.CONNECTED: SELLERS
    }
    assert [run for run in town.tables.runs.values() if run.status is RunStatus.FAILED] == []


def test_no_page_is_asked_for_twice(town: Town) -> None:
    assert town.amazon.listed == SELLERS * PAGES


def test_amazon_refuses_nothing(town: Town) -> None:
    assert town.amazon.refused == 0


def test_where_amazon_throttles_all_listings_the_orders_come_even_so() -> None:
    town = Town()
    town.amazon.listing_pages = PAGES
    for _ in range(SELLERS):
        town.connect(town.user(), 12 * MINUTE)
    town.live(NOW + MINUTE / 2)

    town.amazon.throttles_stock = True
    town.live(NOW + 5 * MINUTE)

    orders = [row for row in town.tables.resources.values() if row.resource is Resource.ORDERS]
    assert [row for row in orders if row.synced_at is None] == []
