"""A connected store is synced like any other connection: due, claimed, kept page by page, counted by its day."""

from dataclasses import replace
from datetime import timedelta

import click
import pytest

from domain.connections.model import Connection, ConnectionStatus
from domain.errors import InvalidInput, NotConnected, ReauthorizationRequired, UpstreamFailed, UsagePlanEmpty
from domain.money import Money
from domain.sync.model import Resource, ResourceState, RunStatus
from domain.tokens.model import AccessToken, RefreshToken
from entrypoints.cli.backfill import of_amazon
from entrypoints.cli.sync import having_any
from entrypoints.cli.watching import News, watch
from tests.fakes.stores import SHOP, STORE, a_store_connection, a_store_order
from tests.fakes.things import NOW
from tests.fakes.world import World

OLD = a_store_order("1", created_at=NOW - timedelta(days=40), updated_at=NOW - timedelta(days=39))
NEW = a_store_order("2", total=Money(700, "CAD"), units=3)


@pytest.fixture
def world() -> World:
    world = World()
    world.front.orders = [OLD, NEW]
    return world


@pytest.fixture
def store(world: World) -> Connection:
    """A store that was connected just now."""
    connection = a_store_connection(world.user)
    with world.work() as work:
        work.connections.add(connection)
        token = AccessToken("shpat", NOW + timedelta(hours=1))
        work.vault.keep(connection.id, RefreshToken("permanent:shpat"), token)
        work.sync.ensure(connection.id, world.user.id, (Resource.SHOPIFY_ORDERS,), NOW)
        work.commit()
    return connection


def state(world: World) -> ResourceState:
    (found,) = world.services.sync.states(world.user.id)
    return found


def test_a_store_is_synced_and_its_history_follows(world: World, store: Connection) -> None:
    world.sync()
    first = state(world)
    world.clock.advance(timedelta(seconds=6))
    world.sync()

    assert first.complete_until == NOW
    assert first.next_run_at == NOW + timedelta(seconds=5)
    assert {booked.order.order_id for booked in world.store.tables.orders.values()} == {"1", "2"}
    assert {booked.marketplace_id for booked in world.store.tables.orders.values()} == {SHOP}
    assert world.kept(store).last_synced_at is not None
    assert world.kept(store).status is ConnectionStatus.CONNECTED


def test_with_nothing_left_to_gather_the_next_run_is_in_its_place_of_the_interval(
    world: World, store: Connection
) -> None:
    world.sync()
    world.clock.advance(timedelta(seconds=6))
    world.sync()
    world.clock.advance(timedelta(minutes=6))

    world.sync()

    due = state(world).next_run_at
    assert due is not None
    assert timedelta(0) < due - world.clock.now() <= timedelta(minutes=15)


def test_a_throttled_store_waits_and_goes_on_where_it_was(world: World, store: Connection) -> None:
    until = NOW + timedelta(seconds=20)
    world.front.troubles = [UsagePlanEmpty("The bucket is empty.", until, channel="shopify")]
    world.sync()
    waiting = state(world)

    world.clock.advance(timedelta(seconds=21))
    world.sync()

    assert (waiting.status, waiting.waiting_until) == (RunStatus.WAITING, until)
    assert "2" in {booked.order.order_id for booked in world.store.tables.orders.values()}


def test_a_failure_says_shopify_and_passes(world: World, store: Connection) -> None:
    world.front.troubles = [UpstreamFailed("Shopify answered 503.", channel="shopify")]
    world.sync()
    failed, degraded = state(world).error, world.kept(store).status

    world.clock.advance(timedelta(minutes=2))
    world.sync()

    assert failed is not None
    assert (failed.code, degraded) == ("shopify_error", ConnectionStatus.DEGRADED)
    assert world.kept(store).status is ConnectionStatus.CONNECTED


def test_a_store_that_takes_no_token_any_more_has_to_be_connected_anew(
    world: World, store: Connection
) -> None:
    world.front.troubles = [ReauthorizationRequired("The app was uninstalled.", channel="shopify")]

    world.sync()

    kept = world.kept(store)
    assert kept.status is ConnectionStatus.REAUTHORIZATION_REQUIRED
    assert kept.last_error is not None
    assert kept.last_error.code == "shopify_reauthorization_required"


def test_whoever_asks_for_everything_has_the_store_synced_too(world: World, store: Connection) -> None:
    runs = world.services.sync.request(world.user.id, None, list(Resource))

    assert [(run.connection_id, run.resource) for run in runs] == [(store.id, Resource.SHOPIFY_ORDERS)]


def test_a_store_that_has_left_can_not_be_synced_and_the_error_is_shopifys(
    world: World, store: Connection
) -> None:
    with world.work() as work:
        work.connections.save(replace(store, status=ConnectionStatus.DISCONNECTED))
        work.commit()

    for named in (store.id, None):
        with pytest.raises(NotConnected) as caught:
            world.services.sync.request(world.user.id, named, ())
        assert (caught.value.channel, str(caught.value)) == ("shopify", "No store is connected.")


def test_what_the_store_says_of_itself_is_kept_by_the_sync(world: World, store: Connection) -> None:
    world.front.told = replace(STORE, name="Acme & Sons", currency="USD")

    world.sync()

    assert world.kept(store).store == world.front.told


def test_the_overview_tells_of_the_store_as_of_any_connection(world: World, store: Connection) -> None:
    world.sync()

    (overview,) = world.services.overview.of(world.user.id)

    assert overview.connection.id == store.id
    assert [each.state.resource for each in overview.resources] == [Resource.SHOPIFY_ORDERS]
    assert overview.resources[0].state.complete_until == NOW


def test_amazons_reports_are_not_asked_for_of_a_store(world: World, store: Connection) -> None:
    with pytest.raises(InvalidInput, match="store"):
        world.services.backfill.request(store, 30)

    assert [each.resource for each in world.services.sync.states(world.user.id)] == [Resource.SHOPIFY_ORDERS]


def test_looking_on_names_the_store_without_a_region(
    world: World, store: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    watch(world.services, None, tuple(Resource), News(), interrupted)

    assert f"{SHOP} shopify_orders" in capsys.readouterr().out


def test_commands_pass_over_what_a_connection_has_not(world: World, store: Connection) -> None:
    seller = world.connect(world.user)
    both = [store, seller]

    assert having_any(both, [Resource.SHOPIFY_ORDERS]) == [store]
    assert having_any(both, list(Resource)) == both
    assert of_amazon(both) == [seller]
    with pytest.raises(click.ClickException):
        having_any([store], [Resource.ORDERS])
    with pytest.raises(click.ClickException):
        of_amazon([store])
