"""When each seller's month is counted anew."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Self

import pytest

from domain.connections.model import Connection, ConnectionId
from domain.errors import Unavailable
from domain.kpis.home import home_at
from domain.kpis.months import Months
from domain.kpis.periods import Period
from tests.fakes.memory_months import MemoryMonthBook
from tests.fakes.memory_store import Tables
from tests.fakes.memory_work import MemoryWork
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


# What fails


@dataclass
class Trouble:
    """Connections whose months can't be counted, why, and how often each was tried."""

    world: World
    causes: dict[ConnectionId, Exception] = field(default_factory=dict)
    tries: list[ConnectionId] = field(default_factory=list)

    def months(self) -> Months:
        """Those of another process, which knows nothing of what failed here."""
        work = type("TroubledWork", (_TroubledWork,), {"trouble": self})
        return replace(self.world.services.months, work=lambda: work(self.world.store))


class _TroubledWork(MemoryWork):
    trouble: Trouble

    def __enter__(self) -> Self:
        work = super().__enter__()
        self.months = _TroubledBook(self._tables, self.trouble)
        return work


class _TroubledBook(MemoryMonthBook):
    def __init__(self, tables: Tables, trouble: Trouble) -> None:
        super().__init__(tables)
        self._trouble = trouble

    def count(self, connection_id: ConnectionId, span: Period, ends_at: datetime) -> None:
        self._trouble.tries.append(connection_id)
        if connection_id in self._trouble.causes:
            raise self._trouble.causes[connection_id]
        super().count(connection_id, span, ends_at)


@pytest.fixture
def trouble(world: World) -> Trouble:
    return Trouble(world)


def sellers(world: World, number: int) -> list[Connection]:
    """In the order in which they are due."""
    found = [world.connect(world.user, seller_id=f"SELLER{each}") for each in range(number)]
    return sorted(found, key=lambda one: one.id)


@pytest.mark.parametrize("cause", [Unavailable("The database is busy."), ArithmeticError("too large")])
def test_one_that_fails_keeps_nobody_from_its_turn_and_is_told_of(
    world: World, trouble: Trouble, cause: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    first, *others = sellers(world, 3)
    trouble.causes[first.id] = cause

    assert trouble.months().turn() == 2

    assert set(world.store.tables.months) == {one.id for one in others}
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert str(cause) in record.getMessage()
    assert vars(record).items() >= {"connection_id": str(first.id), "cause": type(cause).__name__}.items()


def test_however_many_fail_those_behind_them_have_their_turn(
    world: World, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.kpis.months.AT_ONCE", 2)
    *failing, last = sellers(world, 6)
    trouble.causes = {one.id: ArithmeticError("too large") for one in failing}

    assert trouble.months().turn() == 1

    assert set(world.store.tables.months) == {last.id}
    assert sorted(trouble.tries) == sorted([*trouble.causes, last.id])  # each of them once


def tried_after(world: World, months: Months, trouble: Trouble, pause: timedelta) -> bool:
    """Whether a turn so much later tries once more."""
    before = len(trouble.tries)
    world.clock.advance(pause)
    months.turn()
    return len(trouble.tries) > before


def test_what_fails_is_tried_again_ever_later_but_four_times_a_day_at_least(
    world: World, trouble: Trouble
) -> None:
    (seller,) = sellers(world, 1)
    trouble.causes[seller.id] = ArithmeticError("too large")
    months = trouble.months()
    months.turn()

    for minutes in (1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360):
        assert not tried_after(world, months, trouble, timedelta(minutes=minutes, seconds=-1))
        assert tried_after(world, months, trouble, timedelta(seconds=1))


def test_what_went_well_in_the_end_begins_with_the_shortest_wait_again(
    world: World, trouble: Trouble
) -> None:
    (seller,) = sellers(world, 1)
    months = trouble.months()
    trouble.causes[seller.id] = ArithmeticError("too large")
    months.turn()
    assert tried_after(world, months, trouble, timedelta(minutes=1))

    del trouble.causes[seller.id]
    assert tried_after(world, months, trouble, timedelta(minutes=2))
    trouble.causes[seller.id] = ArithmeticError("too large")
    assert tried_after(world, months, trouble, timedelta(days=1))

    assert tried_after(world, months, trouble, timedelta(minutes=1))


def test_what_another_process_has_counted_meanwhile_begins_anew_as_well(
    world: World, trouble: Trouble
) -> None:
    (seller,) = sellers(world, 1)
    months = trouble.months()
    trouble.causes[seller.id] = ArithmeticError("too large")
    months.turn()
    assert tried_after(world, months, trouble, timedelta(minutes=1))

    world.services.months.turn()
    assert not tried_after(world, months, trouble, timedelta(minutes=1))

    assert tried_after(world, months, trouble, timedelta(days=1))
    assert tried_after(world, months, trouble, timedelta(minutes=1))


def test_a_clock_that_is_set_back_makes_nobody_wait_for_longer(world: World, trouble: Trouble) -> None:
    (seller,) = sellers(world, 1)
    trouble.causes[seller.id] = ArithmeticError("too large")
    months = trouble.months()
    months.turn()

    assert tried_after(world, months, trouble, -timedelta(days=1))


def test_a_database_that_is_away_ends_the_turn(world: World, trouble: Trouble) -> None:
    everybody = sellers(world, 3)
    trouble.causes = {one.id: Unavailable("The database is away.") for one in everybody}
    looks = iter((world.look, _away))

    def look() -> MemoryWork:
        return next(looks)()

    months = replace(trouble.months(), look=look)

    with pytest.raises(Unavailable):
        months.turn()

    assert len(trouble.tries) == 1


def _away() -> MemoryWork:
    raise Unavailable("The database is away.")


# When a day is over


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 7), 24), (date(2026, 3, 8), 23), (date(2026, 11, 1), 25)]
)
def test_a_day_is_over_at_midnight_also_where_clocks_are_set_on_or_back(day: date, hours: int) -> None:
    home = home_at(US)

    assert home.end_of(day) - home.end_of(day - timedelta(days=1)) == hours * HOUR
    assert home.day_of(home.end_of(day)) == day + timedelta(days=1)
