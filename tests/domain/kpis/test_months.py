"""When each seller's month is counted anew."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.connections.model import Connection
from domain.kpis.home import home_at
from domain.kpis.periods import Period
from tests.fakes.things import DE, US
from tests.fakes.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return World()


def month(world: World, connection: Connection) -> Period:
    return world.store.tables.months[connection.id][0]


def test_a_month_is_the_thirty_days_up_to_today_where_the_user_is_at_home(world: World) -> None:
    seller = world.connect(world.user, US)
    world.clock.set(datetime(2026, 3, 10, 6, 59, tzinfo=UTC))  # a minute before midnight in Los Angeles

    assert world.services.months.turn() == 1

    assert month(world, seller) == Period(date(2026, 2, 8), date(2026, 3, 9))


def test_it_is_counted_once_a_day_as_soon_as_the_day_is_over(world: World) -> None:
    seller = world.connect(world.user, US)
    months = world.services.months
    world.clock.set(datetime(2026, 3, 10, 6, 59, tzinfo=UTC))
    months.turn()

    assert months.turn() == 0
    world.clock.set(datetime(2026, 3, 10, 7, 0, tzinfo=UTC))
    assert months.turn() == 1

    assert month(world, seller).last == date(2026, 3, 10)
    world.clock.set(datetime(2026, 3, 11, 6, 59, tzinfo=UTC))
    assert months.turn() == 0


def test_all_accounts_of_a_user_have_the_days_of_the_first_one(world: World) -> None:
    home = world.connect(world.user, US, seller_id="SELLER1")
    abroad = world.connect(world.user, DE, seller_id="SELLER2")
    world.clock.set(datetime(2026, 3, 10, 5, 0, tzinfo=UTC))  # the tenth in Berlin, the ninth in Los Angeles

    assert world.services.months.turn() == 2

    assert month(world, home) == month(world, abroad) == Period(date(2026, 2, 8), date(2026, 3, 9))


def test_whoever_is_to_stop_leaves_the_rest_to_the_next_time(world: World) -> None:
    for number in range(3):
        world.connect(world.user, seller_id=f"SELLER{number}")
    asked = iter((False, True))

    assert world.services.months.turn(lambda: next(asked)) == 1

    assert world.services.months.turn() == 2


def test_all_that_are_due_are_counted_however_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.kpis.months.AT_ONCE", 2)
    for number in range(5):
        world.connect(world.user, seller_id=f"SELLER{number}")

    assert world.services.months.turn() == 5


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 7), 24), (date(2026, 3, 8), 23), (date(2026, 11, 1), 25)]
)
def test_a_day_is_over_at_midnight_also_where_clocks_are_set_on_or_back(day: date, hours: int) -> None:
    home = home_at(US)

    assert home.end_of(day) - home.end_of(day - timedelta(days=1)) == hours * HOUR
    assert home.day_of(home.end_of(day)) == day + timedelta(days=1)
