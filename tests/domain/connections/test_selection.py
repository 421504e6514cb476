"""Which marketplaces are synced, and what becomes of the others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.model import Connection, ConnectionStatus
from domain.connections.selection import selected
from domain.errors import LeaseLost
from domain.gateway.model import Patience
from domain.marketplaces import Region
from domain.sync.model import Resource
from tests.domain.connections.bench import Bench
from tests.fakes.things import CA, DE, FR, NOW, UK, US, a_connection, a_level, a_user, claimed, kept


@pytest.fixture
def bench() -> Bench:
    return Bench()


def connection(
    chosen: tuple[str, ...] | None, named: tuple[str, ...], synced: tuple[str, ...] = (US,)
) -> Connection:
    return selected(replace(a_connection(a_user(), *synced), chosen_ids=chosen, participating_ids=named))


@pytest.mark.parametrize(
    ("chosen", "named", "synced", "home"),
    [
        (None, (), (US,), US),
        (None, (CA, US), (CA, US), US),
        (None, (CA,), (CA,), CA),
        ((CA, US), (), (CA, US), US),
        ((CA, US), (US,), (US,), US),
        ((CA,), (CA, US), (CA,), CA),
        ((CA,), (US,), (CA,), CA),
    ],
)
def test_what_is_synced_follows_from_the_choice_and_from_amazons_answer(
    chosen: tuple[str, ...] | None, named: tuple[str, ...], synced: tuple[str, ...], home: str
) -> None:
    result = connection(chosen, named)

    assert (set(result.marketplace_ids), result.marketplace_id) == (set(synced), home)


def stock(bench: Bench, connection: Connection) -> None:
    """One SKU in each marketplace."""
    with bench.work() as work:
        for marketplace_id in connection.marketplace_ids:
            work.stock.save_page(connection.id, marketplace_id, [a_level()], "pass", NOW)
        work.commit()


def listed(bench: Bench, connection: Connection) -> set[str]:
    rows = bench.store.tables.stock.items()
    return {key[1] for key, row in rows if key[0] == connection.id and row.listed}


def test_stock_of_a_marketplace_that_the_seller_has_left_is_listed_no_more(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (DE, FR, UK)
    made = bench.connect(marketplace_id=DE)
    stock(bench, made)
    bench.accounts.marketplace_ids = (DE, FR)

    bench.memberships.refreshed(made, Patience.BACKGROUND)

    assert listed(bench, made) == {DE, FR}


def test_a_listing_under_way_is_given_up_then_and_stock_begins_afresh(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (CA, US)
    made = bench.connect()
    task = claimed(bench.store, Resource.INVENTORY)
    bench.accounts.marketplace_ids = (US,)

    bench.memberships.refreshed(made, Patience.BACKGROUND)

    with bench.work() as work, pytest.raises(LeaseLost):
        work.sync.advance(task.lease, {}, task.run.progress, NOW)
    assert bench.store.tables.resources[made.id, Resource.INVENTORY].cursor == {}


def test_more_marketplaces_disturb_no_listing(bench: Bench) -> None:
    made = bench.connect()
    task = claimed(bench.store, Resource.INVENTORY)
    bench.accounts.marketplace_ids = (CA, US)

    bench.memberships.refreshed(made, Patience.BACKGROUND)

    with bench.work() as work:
        work.sync.advance(task.lease, {"todo": []}, task.run.progress, NOW)
        work.commit()


# A region that was a guess


def test_a_new_connection_moves_to_the_region_in_which_the_seller_is_at_home(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (DE, FR)

    made = bench.connect(marketplace_id=US)

    assert (made.region, made.marketplace_id in (DE, FR)) == (Region.EU, True)
    assert set(made.marketplace_ids) == {DE, FR}
    assert kept(bench.store, made) == made


@pytest.mark.parametrize("answer", [(), ("NON-AMAZON",), (DE, "A1VC38T7YXB528")])
def test_without_a_clear_answer_it_stays_where_it_was_asked_for(
    bench: Bench, answer: tuple[str, ...]
) -> None:
    bench.accounts.marketplace_ids = answer

    made = bench.connect(marketplace_id=US)

    assert (made.region, made.marketplace_ids) == (Region.NA, (US,))


def test_a_region_that_amazon_has_confirmed_once_stays(bench: Bench) -> None:
    made = bench.connect(marketplace_id=US)
    bench.accounts.marketplace_ids = (DE,)
    bench.clock.advance(timedelta(days=2))

    assert bench.memberships.refreshed_daily(made).region is Region.NA


def test_a_seller_who_is_connected_there_already_is_told_to_renew_that_connection(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (DE,)
    older = bench.connect(marketplace_id=DE)

    wrong = bench.connect(marketplace_id=US)

    assert kept(bench.store, older) == older
    assert (wrong.region, wrong.status) == (Region.NA, ConnectionStatus.DEGRADED)
    assert wrong.last_error is not None
    assert wrong.last_error.code == "conflict"
    assert "connected there already" in wrong.last_error.message
