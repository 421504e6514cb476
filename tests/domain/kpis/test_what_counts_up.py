"""Whatever changes what a dashboard says makes the number grow under which its answers are kept."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.connections.changes import Wish
from domain.connections.grants import Grants, Offer
from domain.connections.model import Connection, ConnectionId, Door
from domain.connections.participations import Memberships
from domain.errors import UpstreamFailed
from domain.gateway.model import Patience
from domain.marketplaces import Region
from domain.sync.model import Resource
from domain.tokens.model import AccessToken, RefreshToken
from domain.users.model import Visitor
from tests.fakes.things import NOW, US, an_order
from tests.fakes.world import World

HERE = Visitor("192.0.2.1")


def a_run_succeeds(world: World, _connection: Connection) -> None:
    world.amazon.orders.orders = [an_order("O-1")]
    world.sync()


def a_run_fails(world: World, _connection: Connection) -> None:
    world.amazon.orders.trouble.append(UpstreamFailed("Amazon answered 500."))
    for task in world.services.shift.claim(100):
        if task.lease.resource is Resource.ORDERS:
            world.services.runner.run(task, world.stopping.is_set)


def the_consent_is_given_again(world: World, connection: Connection) -> None:
    access = AccessToken("Atza|new", NOW + timedelta(hours=1))
    offer = Offer(Door.WEBSITE, connection.seller_id, Region.NA, US, RefreshToken("Atzr|new"), access)
    memberships = Memberships(world.work, world.amazon.accounts, world.clock)
    Grants(world.work, memberships, world.clock).accept(
        world.user, HERE, offer, said=UpstreamFailed("Amazon answered 500.")
    )


def amazon_names_other_marketplaces(world: World, connection: Connection) -> None:
    memberships = Memberships(world.work, world.amazon.accounts, world.clock)
    memberships.refreshed(connection, Patience.INTERACTIVE)


def the_user_changes_the_connection(world: World, connection: Connection) -> None:
    world.services.changes.make(world.user, HERE, connection.id, Wish(marketplace_ids=(US,)))


def the_user_disconnects(world: World, connection: Connection) -> None:
    world.services.connections.disconnect(world.user, HERE, connection.id)


def the_connection_is_erased(world: World, connection: Connection) -> None:
    world.services.erasures.request(world.user, HERE, connection.id)


def the_seller_withdraws_the_consent(world: World, connection: Connection) -> None:
    world.services.runner.health.revoked(ConnectionId(connection.id), "withdrawn")


def more_history_is_asked_for(world: World, connection: Connection) -> None:
    world.services.backfill.request(connection, 60)


def old_data_goes(world: World, _connection: Connection) -> None:
    world.services.retention.purge()


DEEDS: tuple[Callable[[World, Connection], None], ...] = (
    a_run_succeeds,
    a_run_fails,
    the_consent_is_given_again,
    amazon_names_other_marketplaces,
    the_user_changes_the_connection,
    the_user_disconnects,
    the_connection_is_erased,
    the_seller_withdraws_the_consent,
    more_history_is_asked_for,
    old_data_goes,
)


def number(world: World) -> int:
    with world.look() as work:
        return work.figures.of(world.user.id)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_the_number_grows_when(deed: Callable[[World, Connection], None]) -> None:
    world = World()
    connection = world.connect(world.user)
    world.sell(connection, an_order("O-0", created_at=NOW - timedelta(days=900)))
    before = number(world)

    deed(world, connection)

    assert number(world) > before
