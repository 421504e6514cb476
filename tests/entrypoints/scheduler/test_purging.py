"""Purging as the clock of a process does it."""

from datetime import timedelta
from threading import Event

from entrypoints.scheduler.purging import purging
from tests.fakes.things import NOW, an_order


def test_what_was_kept_for_long_enough_is_gone_after_one_go(world) -> None:
    connection = world.connect(world.user)
    world.sell(
        connection, *(an_order(f"O-{number}", created_at=NOW - timedelta(days=600)) for number in range(3))
    )

    purging(world.services.retention, world.stopping)()

    assert world.store.tables.orders == {}


def test_a_process_that_is_to_end_begins_nothing(world) -> None:
    connection = world.connect(world.user)
    world.sell(connection, an_order(created_at=NOW - timedelta(days=600)))
    stopping = Event()
    stopping.set()

    purging(world.services.retention, stopping)()

    assert len(world.store.tables.orders) == 1
