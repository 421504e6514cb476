"""Recounting: what is shown, mended, written down and said aloud."""

import logging
from datetime import timedelta

import pytest

from domain.connections.model import Connection
from domain.kpis.differences import Sums
from domain.users.model import CONSOLE
from tests.fakes.memory_store import RecountRow
from tests.fakes.things import NOW, US, an_order
from tests.fakes.world import World

WRONG: Sums = {
    "orders": 1,
    "priced_orders": 1,
    "revenue_minor": 1,
    "units": 0,
    "unshipped": 0,
    "channel": "amazon",
}


@pytest.fixture
def world() -> World:
    return World()


def sold(world: World, seller_id: str = "SELLER1") -> Connection:
    """A seller with an order, and nothing to be synced."""
    connection = world.connect(world.user, seller_id=seller_id)
    world.sell(connection, an_order(created_at=NOW))
    world.store.tables.resources.clear()
    return connection


def mislead(world: World, connection: Connection) -> None:
    world.store.tables.misled[connection.id, (US, NOW.date(), "USD", None, None)] = WRONG


def row(world: World, connection: Connection) -> RecountRow:
    return world.store.tables.recounts[connection.id]


def test_verifying_changes_nothing_but_what_is_known_of_the_sums(world: World) -> None:
    connection = sold(world)
    mislead(world, connection)
    deeds, version = world.deeds(world.user), dict(world.store.tables.figures_versions)

    found = world.services.truth.verify(connection.id)

    assert found is not None
    assert found.total == 1
    assert row(world, connection) == RecountRow(NOW, None, orders=1, differing=1)
    assert (world.deeds(world.user), world.store.tables.figures_versions) == (deeds, version)


def test_a_repair_is_written_down_and_makes_the_figures_new(world: World) -> None:
    connection = sold(world)
    mislead(world, connection)
    before = world.store.tables.figures_versions.get(world.user.id, 0)

    world.services.truth.repair(connection.id, CONSOLE)

    again = world.services.truth.verify(connection.id)
    entry = world.store.tables.audit[-1]
    assert again is not None
    assert again.total == 0
    assert world.store.tables.figures_versions[world.user.id] == before + 1
    assert (entry.action, entry.actor, entry.connection_id) == ("figures.repaired", "console", connection.id)
    assert entry.details == {"sums": "1", "first_day": "2026-03-04"}
    assert (row(world, connection).differing, row(world, connection).repaired_at) == (0, NOW)


def test_where_nothing_differs_a_repair_does_nothing(world: World) -> None:
    connection = sold(world)
    deeds, version = world.deeds(world.user), dict(world.store.tables.figures_versions)

    world.services.truth.repair(connection.id, CONSOLE)

    assert (world.deeds(world.user), world.store.tables.figures_versions) == (deeds, version)
    assert row(world, connection).repaired_at is None


def test_the_nights_sample_is_counted_once(world: World) -> None:
    for number in range(3):
        sold(world, f"SELLER{number}")

    assert [world.services.truth.sample(), world.services.truth.sample()] == [3, 0]
    world.clock.advance(timedelta(days=1))
    assert world.services.truth.sample() == 3


def test_a_difference_raises_an_alarm_and_is_left_for_the_operator(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    connection = sold(world)
    mislead(world, connection)

    world.services.truth.sample()

    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert f"1 daily sums of connection {connection.id}" in record.getMessage()
    assert world.store.tables.audit[-1].action == "figures.differed"
    assert world.store.tables.audit[-1].actor == "system"
    assert [each.name for each in world.services.watch.concerns()] == ["rollups"]
    found = world.services.truth.verify(connection.id)
    assert found is not None
    assert found.total == 1


def test_what_a_release_before_left_behind_is_set_right_by_night(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    connection = sold(world)
    world.store.tables.misled[connection.id, (US, NOW.date(), "USD", None, "SHIPPED")] = {"orders": -1}
    before = world.store.tables.figures_versions.get(world.user.id, 0)

    world.services.truth.sample()

    entry = world.store.tables.audit[-1]
    found = world.services.truth.verify(connection.id)
    assert found is not None
    assert found.total == 0
    assert (entry.action, entry.actor, entry.details["sums"]) == ("figures.repaired", "system", "1")
    assert [record.levelno for record in caplog.records if "set right" in record.message] == [logging.WARNING]
    assert world.store.tables.figures_versions[world.user.id] == before + 1


def test_where_anything_else_differs_too_nothing_is_set_right_by_night(world: World) -> None:
    connection = sold(world)
    world.store.tables.misled[connection.id, (US, NOW.date(), "USD", None, "SHIPPED")] = {"orders": -1}
    mislead(world, connection)

    world.services.truth.sample()

    found = world.services.truth.verify(connection.id)
    assert found is not None
    assert found.total == 2
    assert world.store.tables.audit[-1].action == "figures.differed"


def test_the_alarm_ends_with_the_repair(world: World) -> None:
    connection = sold(world)
    mislead(world, connection)
    world.services.truth.sample()

    world.services.truth.repair(connection.id, CONSOLE)

    assert [each.name for each in world.services.watch.concerns()] == ["sync"]


def test_syncs_that_wait_go_first(world: World) -> None:
    sold(world)
    world.connect(world.user, seller_id="SELLER2")  # everything of it is due

    world.clock.advance(timedelta(seconds=29))
    soon = world.services.truth.sample()
    world.clock.advance(timedelta(days=1))

    assert (soon, world.services.truth.sample()) == (2, 0)


def test_a_process_that_is_to_end_counts_nothing_more(world: World) -> None:
    for number in range(3):
        sold(world, f"SELLER{number}")
    answers = iter([False, True])

    assert world.services.truth.sample(lambda: next(answers)) == 1


def test_what_goes_away_meanwhile_is_passed_over(world: World) -> None:
    connection = sold(world)
    world.store.tables.connections.clear()

    assert world.services.truth.verify(connection.id) is None
    assert world.services.truth.repair(connection.id, CONSOLE) is None
