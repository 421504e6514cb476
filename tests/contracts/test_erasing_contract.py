"""What every book does with connections that are being erased: nobody sees them, and they go piece by piece."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.connections.model import Connection, Provider
from domain.connections.ports import ConnectionBook
from domain.errors import LeaseLost, NotFound
from domain.kpis.model import DaysSold
from domain.sync.model import Task
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.furnished import ORDERS, furnished, leaving
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered

CHANGES: dict[str, Callable[[ConnectionBook, Connection], object]] = {
    "hold": lambda book, one: book.hold(one.id),
    "save": lambda book, one: book.save(replace(one, erasing_at=None)),
    "touch": lambda book, one: book.touch(one.id, NOW),
    "synced": lambda book, one: book.synced(one.id, NOW, failing=False),
    "degraded": lambda book, one: book.degraded(one.id, FAILURE),
}


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


def swept(backend: Backend, connection: Connection, limit: int) -> int:
    """Remove some of it, and keep that."""
    with backend.work() as work:
        removed = work.connections.remove_some(connection.id, limit)
        work.commit()
    return removed


def test_nobody_sees_a_connection_that_is_being_erased(backend: Backend, user: User) -> None:
    connection = leaving(backend, furnished(backend, user))

    with backend.look() as work:
        assert work.connections.of_user(user.id, Provider.AMAZON_SP) == []
        assert work.connections.by_grant(user.id, Provider.AMAZON_SP, connection.seller_id) == []
        assert work.connections.all() == []
        with pytest.raises(NotFound):
            work.connections.get(user.id, connection.id)
        with pytest.raises(NotFound):
            work.connections.by_id(connection.id)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_nobody_changes_a_connection_that_is_being_erased(
    backend: Backend, user: User, change: Callable[[ConnectionBook, Connection], object]
) -> None:
    connection = leaving(backend, furnished(backend, user))

    with backend.work() as work, pytest.raises(NotFound):
        change(work.connections, connection)


def test_its_syncs_and_figures_are_out_of_sight(backend: Backend, user: User) -> None:
    connection = furnished(backend, user)
    with backend.look() as work:
        run = work.sync.runs(user.id)[0]
    leaving(backend, connection)
    figures, day = backend.figures(), NOW.date()
    first = day.replace(year=day.year - 1)

    assert figures.sales.daily(user.id, "amazon", first, day, None)() == DaysSold([], [])
    assert figures.stock.totals(user.id, None, first, day).skus == 0
    assert figures.overview.volumes(user.id)()["amazon"].orders == 0
    assert figures.overview.standing(user.id) == []
    with backend.look() as work:
        assert (work.sync.runs(user.id), work.sync.states(user.id)) == ([], [])
        with pytest.raises(NotFound):
            work.sync.run(user.id, run.id)


def test_what_the_user_has_beside_it_stays_in_sight(backend: Backend, user: User) -> None:
    leaving(backend, furnished(backend, user))
    other = furnished(backend, user, "A2SELLER")

    figures, day = backend.figures(), NOW.date()

    assert figures.overview.volumes(user.id)()["amazon"].orders == ORDERS
    assert figures.stock.totals(user.id, None, day, day).skus == 1
    with backend.look() as work:
        assert [run.connection_id for run in work.sync.runs(user.id)] == [other.id]
        assert [state.connection_id for state in work.sync.states(user.id)] == [other.id]


def test_the_same_seller_is_connected_again_meanwhile(backend: Backend, user: User) -> None:
    leaving(backend, furnished(backend, user))

    fresh = connected(backend, user)

    with backend.look() as work:
        assert work.connections.of_user(user.id, Provider.AMAZON_SP) == [fresh]


def test_what_is_erased_the_longest_comes_first(backend: Backend, user: User) -> None:
    second = leaving(backend, connected(backend, user, "A1"), minutes=2)
    first = leaving(backend, connected(backend, registered(backend), "A1"), minutes=1)
    connected(backend, user, "A3")

    with backend.look() as work:
        assert work.connections.erasing() == [first, second]


def test_only_what_is_being_erased_is_held_for_it_and_removed(backend: Backend, user: User) -> None:
    connection = connected(backend, user)

    with backend.work() as work:
        assert work.connections.hold_erasing(connection.id) is None
        with pytest.raises(NotFound):
            work.connections.remove(connection.id)


def test_rows_go_in_portions_until_only_the_connection_is_left(backend: Backend, user: User) -> None:
    connection = leaving(backend, furnished(backend, user))
    other = furnished(backend, user, "A2SELLER")
    portions = [swept(backend, connection, 4)]
    while portions[-1]:
        portions.append(swept(backend, connection, 4))

    with backend.work() as work:
        held = work.connections.hold_erasing(connection.id)
        work.connections.remove(connection.id)
        work.commit()

    assert held == connection
    assert sum(portions) >= ORDERS + 4  # orders, stock, schedule, run and tokens at least
    assert all(portion == 4 for portion in portions[:-2])
    with backend.look() as work:
        assert work.connections.erasing() == []
        assert work.connections.by_id(other.id) == other
    assert backend.figures().overview.volumes(user.id)()["amazon"].orders == ORDERS


def test_removing_takes_along_what_is_left(backend: Backend, user: User) -> None:
    connection = leaving(backend, furnished(backend, user))

    with backend.work() as work:
        work.connections.remove(connection.id)
        work.commit()

    assert swept(backend, connection, 100) == 0


def under_way(backend: Backend) -> Task:
    with backend.work() as work:
        task = work.sync.claim(NOW + MINUTE, "worker-1", NOW + 5 * MINUTE, limit=1)[0]
        work.commit()
    return task


@pytest.mark.parametrize("removed_meanwhile", [0, 100])
def test_a_page_that_comes_late_is_refused(backend: Backend, user: User, removed_meanwhile: int) -> None:
    connection = furnished(backend, user)
    task = under_way(backend)
    leaving(backend, connection)
    before = swept(backend, connection, removed_meanwhile)

    with backend.work() as work, pytest.raises(LeaseLost):
        work.sync.advance(task.lease, {}, task.run.progress, NOW + 5 * MINUTE)

    assert before >= min(removed_meanwhile, ORDERS)
