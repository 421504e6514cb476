"""What the clock does for connections that are being erased."""

from threading import Event

import pytest

from domain.users.model import Visitor
from entrypoints.scheduler.erasers import erasing
from entrypoints.scheduler.ticks import Scheduler
from tests.e2e.processes import until
from tests.fakes.things import an_order

#: More than goes with the request.
ORDERS = 25_000


@pytest.fixture
def left(world):
    """A connection that is being erased, and whose data is not all gone yet."""
    connection = world.connect(world.user)
    world.sell(connection, *(an_order(f"O-{number}") for number in range(ORDERS)))
    world.services.erasures.request(world.user, Visitor("192.0.2.1"), connection.id)
    assert world.services.erasures.under_way()
    return connection


def test_a_tick_brings_it_to_its_end_in_several_steps(world, left):
    erasing(world.services.erasures, Event())()

    assert world.services.erasures.under_way() == []
    assert world.store.tables.orders == {}


def test_a_process_that_is_to_end_begins_no_further_step(world, left):
    stopping = Event()
    stopping.set()

    erasing(world.services.erasures, stopping)()

    assert [one.id for one in world.services.erasures.under_way()] == [left.id]


def test_without_anything_to_erase_a_tick_writes_nothing(world):
    before = world.store.tables

    erasing(world.services.erasures, Event())()

    assert world.store.tables is before


def test_the_clock_of_a_process_erases_without_anybody_asking(world, left):
    scheduler = Scheduler(world.services, 1, world.stopping)
    scheduler.start()

    until(lambda: not world.services.erasures.under_way(), 8, lambda: "it is still there", pause=0.02)
    scheduler.stop()

    assert world.deeds(world.user)[-1] == "connection.erased"
