"""A store's figures are complete from where its orders are all here, and say why they are not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from adapters.shopify.terms import WHY_LIMITED, ShopifyTerms
from domain.channels.limits import HistoryLimits
from domain.connections.model import ConnectionStatus, Provider, Store
from domain.kpis.model import Freshness
from domain.kpis.periods import Period
from domain.kpis.standing import Standing
from domain.kpis.stores import stores_known
from domain.sync.model import Resource
from tests.fakes.stores import SHOP, STORE, a_store_connection
from tests.fakes.things import NOW, a_user

DAY = timedelta(days=1)
TODAY = date(2026, 3, 4)
LIMITS = HistoryLimits({Provider.SHOPIFY: ShopifyTerms()})
LIMITED = replace(STORE, scopes=("read_orders",))
#: When the fourth of February begins in the store, three hours and a half behind UTC.
BEGIN = datetime(2026, 2, 4, 3, 30, tzinfo=UTC)
SPAN = Period(date(2026, 2, 4), TODAY)


def standing(
    since: datetime | None, store: Store | None = STORE, until: datetime | None = NOW, shop: str = SHOP
) -> Standing:
    connection = a_store_connection(a_user(), shop=shop, store=store)
    return Standing(connection, {Resource.SHOPIFY_ORDERS: Freshness(NOW, until, since)})


def known(*standings: Standing, span: Period = SPAN) -> Freshness:
    return stores_known(standings, Provider.SHOPIFY, span, NOW, LIMITS)


def test_a_period_within_what_is_here_is_complete_until_it_was_read() -> None:
    assert known(standing(BEGIN)) == Freshness(NOW, NOW)


def test_a_period_that_begins_before_is_not_complete() -> None:
    found = known(standing(BEGIN + timedelta(seconds=1)))

    assert found.complete_until is None
    assert found.lacks is not None
    assert "acme.myshopify.com: All orders are here from 2026-02-04 on." in found.lacks
    assert WHY_LIMITED not in found.lacks


@pytest.mark.parametrize(
    "one",
    [standing(None), standing(BEGIN, until=None), standing(BEGIN, store=None)],
    ids=["no history", "nothing read", "nothing said"],
)
def test_a_store_of_which_nothing_is_known_is_not_complete(one: Standing) -> None:
    found = known(one)

    assert (found.complete_until, found.lacks) == (None, f"{SHOP}: Its orders have not been read yet.")


def test_sixty_days_are_explained_where_they_bite() -> None:
    since = NOW - 59 * DAY
    within = known(standing(since, LIMITED))
    beyond = known(standing(since, LIMITED), span=Period(TODAY - 90 * DAY, TODAY))

    assert within == Freshness(NOW, NOW)
    assert beyond.complete_until is None
    assert beyond.lacks is not None
    assert beyond.lacks.endswith(WHY_LIMITED)


def test_history_that_is_on_its_way_is_not_blamed_on_the_sixty_days() -> None:
    lacks = known(standing(NOW - 2 * DAY, LIMITED)).lacks

    assert lacks is not None
    assert WHY_LIMITED not in lacks


def test_one_store_that_lacks_orders_makes_the_whole_incomplete() -> None:
    found = known(standing(BEGIN), standing(NOW, shop="other.myshopify.com"))

    assert (found.data_as_of, found.complete_until) == (NOW, None)
    assert found.lacks is not None
    assert found.lacks.startswith("other.myshopify.com: ")


def test_a_store_that_has_left_does_not_count_beside_one_that_has_not() -> None:
    gone = standing(None)
    gone = replace(gone, connection=replace(gone.connection, status=ConnectionStatus.DISCONNECTED))

    assert known(gone, standing(BEGIN)) == Freshness(NOW, NOW)
    assert known(gone).complete_until is None
