"""Recounting as the clock of a process does it."""

from threading import Event

from entrypoints.scheduler.recounting import recounting
from tests.fakes.things import an_order


def test_the_nights_sample_is_through_after_one_go(world) -> None:
    connection = world.connect(world.user)
    world.sell(connection, an_order())

    recounting(world.services.truth, world.stopping)()

    assert world.store.tables.recounts[connection.id].orders == 1


def test_a_process_that_is_to_end_begins_nothing(world) -> None:
    world.connect(world.user)
    stopping = Event()
    stopping.set()

    recounting(world.services.truth, stopping)()

    assert world.store.tables.recounts == {}
