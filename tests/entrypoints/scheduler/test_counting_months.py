"""Counting months as the clock of a process does it."""

from threading import Event

from entrypoints.scheduler.counting_months import counting_months


def test_all_months_that_are_due_are_counted_in_one_go(world) -> None:
    sellers = [world.connect(world.user, seller_id=f"SELLER{number}") for number in range(3)]

    counting_months(world.services.months, world.stopping)()

    assert set(world.store.tables.months) == {one.id for one in sellers}


def test_a_process_that_is_to_end_begins_nothing(world) -> None:
    world.connect(world.user)
    stopping = Event()
    stopping.set()

    counting_months(world.services.months, stopping)()

    assert world.store.tables.months == {}
