"""What a store's sync says of its completeness is true, whatever happens to the store and to us meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.shopify.terms import ShopifyTerms
from domain.channels.history import StoreHistory
from domain.channels.model import StorePage, StoreWindow
from domain.channels.pull_store_orders import StoreOrderPuller
from domain.connections.model import Connection
from domain.errors import ChannelError, NotFound, UpstreamFailed
from domain.sync.steps import Step
from tests.domain.channels.order_desk import DAY, MINUTE, Desk
from tests.fakes.clock import HeldClock
from tests.fakes.stores import STORE, MemoryStoreFront, a_store_order, moved
from tests.fakes.things import NOW

ALL, LATEST = ("read_all_orders", "read_orders"), ("read_orders",)

_Answer = TypeVar("_Answer")


def test_until_its_history_is_here_a_store_is_complete_from_its_first_window_on_only() -> None:
    desk = Desk()
    desk.front.looks = 3
    first = desk.turn()[-1]

    desk.settle()
    settled = desk.run()[-1]

    assert (first.complete_from, first.complete_until) == (desk.connection.connected_at - 2 * DAY, NOW)
    assert settled.complete_from == desk.front.begun[0].after


def test_where_no_history_is_wanted_a_store_is_complete_from_its_first_window_on() -> None:
    desk = Desk(reach=0 * DAY)

    assert desk.run()[-1].complete_from == desk.connection.connected_at - 2 * DAY


def test_of_sixty_days_the_far_end_is_not_relied_on() -> None:
    desk = Desk()
    desk.front.told = replace(STORE, scopes=("read_orders",))

    desk.settle()

    assert desk.run()[-1].complete_from == NOW - 59 * DAY


def test_a_scope_that_is_granted_later_makes_more_complete_once_that_is_here() -> None:
    desk = Desk()
    desk.front.told = replace(STORE, scopes=("read_orders",))
    desk.settle()
    desk.front.told, desk.front.looks, desk.front.looked = STORE, 2, 0
    desk.later(DAY)

    before = desk.run()[-1]
    desk.settle()

    assert before.complete_from == NOW - 59 * DAY
    assert desk.run()[-1].complete_from == desk.front.begun[-1].after


@pytest.mark.parametrize(
    ("scopes", "complete_from"),
    [(STORE.scopes, NOW - 90 * DAY), (("read_orders",), NOW + 30 * DAY)],
    ids=["all orders", "sixty days of them"],
)
def test_who_stays_away_too_long_has_a_hole_unless_the_store_tells_of_all_orders(
    scopes: tuple[str, ...], complete_from: datetime
) -> None:
    desk = Desk()
    desk.front.told = replace(STORE, scopes=scopes)
    desk.settle()

    desk.clock.set(NOW + 90 * DAY)
    last = desk.run()[-1]

    assert (last.complete_from, last.complete_until) == (complete_from, NOW + 90 * DAY)


def test_a_store_that_moves_to_another_zone_is_incomplete_until_all_days_are_booked_anew() -> None:
    desk = Desk(a_store_order("1", created_at=NOW - 40 * DAY, updated_at=NOW - 39 * DAY))
    desk.settle()
    read_until = desk.run()[-1].complete_until
    desk.front.told, desk.front.looks, desk.front.looked = moved(STORE, "Asia/Tokyo"), 2, 0
    desk.later(DAY)

    before = desk.run()[-1]
    desk.settle()

    assert before.complete_from == read_until
    assert desk.run()[-1].complete_from == desk.front.begun[-1].after


def test_a_history_from_before_a_hole_does_not_close_it() -> None:
    desk = Desk()
    desk.front.told = replace(STORE, scopes=("read_orders",))
    for _ in desk.drawn():  # killed before the store is asked for what was planned
        state = cast(dict[str, object], desk.cursor.get("history", {}))
        if "after" in state and "name" not in state:
            break

    desk.clock.set(NOW + 90 * DAY)
    desk.settle()

    assert desk.run()[-1].complete_from == NOW + 30 * DAY


@pytest.mark.parametrize(
    ("then", "now", "complete_from"),
    [
        (STORE.scopes, ("read_orders",), NOW + DAY - 59 * DAY),
        (("read_orders",), STORE.scopes, NOW - 89 * DAY),
    ],
    ids=["less", "more"],
)
def test_what_was_planned_and_not_asked_for_is_planned_anew_when_the_store_tells_of_more_or_less_by_then(
    then: tuple[str, ...], now: tuple[str, ...], complete_from: datetime
) -> None:
    desk = Desk()
    desk.front.told = replace(STORE, scopes=then)
    for _ in desk.drawn():  # killed before the store is asked for what was planned
        if "after" in cast(dict[str, object], desk.cursor.get("history", {})):
            break

    desk.front.told = replace(STORE, scopes=now)
    desk.later(DAY)
    desk.settle()

    assert desk.run()[-1].complete_from == complete_from


class ForgetfulFront(MemoryStoreFront):
    """As Shopify: who may not read all orders is told of the last sixty days, and nothing of the others."""

    clock: HeldClock

    def changes(self, connection: Connection, window: StoreWindow, token: str | None) -> StorePage:
        return self._shown(lambda: super(ForgetfulFront, self).changes(connection, window, token))

    def begin_history(self, connection: Connection, window: StoreWindow) -> str:
        return self._shown(lambda: super(ForgetfulFront, self).begin_history(connection, window))

    def _shown(self, answer: Callable[[], _Answer]) -> _Answer:
        everything, since = self.orders, self.clock.now() - 60 * DAY
        if "read_all_orders" not in self.told.scopes:
            self.orders = [each for each in everything if each.created_at >= since]
        try:
            return answer()
        finally:
            self.orders = everything


class Life:
    """A store that sells, moves and is away, and the desk that follows it."""

    def __init__(self, ages: list[int], reach: timedelta) -> None:
        placed = [NOW - age * timedelta(hours=1) for age in ages]
        self.desk = Desk()
        self.front = ForgetfulFront(
            [a_store_order(f"old-{n}", created_at=at, updated_at=at) for n, at in enumerate(placed)]
        )
        self.front.clock, self.front.looks = self.desk.clock, 1
        self.desk.front = self.front
        self.desk.puller = StoreOrderPuller(
            self.front, self.front, StoreHistory(self.front, ShopifyTerms(), reach)
        )

    def sell(self, number: int) -> None:
        at = self.desk.clock.now()
        self.front.change(a_store_order(f"new-{number}-{at.isoformat()}", created_at=at, updated_at=at))

    def let_pass(self, number: int) -> None:
        self.desk.later((1, 7, 120, 26 * 60, 61 * 24 * 60, 100 * 24 * 60)[number % 6] * MINUTE)

    def grant(self, number: int) -> None:
        """What was granted is looked at once a day: here at once, since a day's delay is how it is meant to be."""
        self.front.told = replace(self.front.told, scopes=(ALL, LATEST)[number % 2])
        self.desk.cursor = {**self.desk.cursor, "looked_at": None}

    def move(self, number: int) -> None:
        self.front.told = moved(self.front.told, (STORE.time_zone, "Asia/Tokyo", "UTC")[number % 3])

    def fail(self, number: int) -> None:
        self.front.troubles = [UpstreamFailed("down", channel="shopify")] * (1 + number % 2)

    def turn(self, number: int) -> None:
        """A turn that is killed after some steps, or comes to its end, and tells the truth then."""
        try:
            for count, step in enumerate(self.desk.drawn()):
                self._judge(step)
                if count == number:
                    return
        except (ChannelError, NotFound) as error:
            self.desk.cursor = self.desk.puller.after_failure(self.desk.cursor, error)

    def _judge(self, step: Step) -> None:
        if step.complete_from is None or step.complete_until is None:
            return
        said = [
            each for each in self.front.orders if step.complete_from <= each.created_at < step.complete_until
        ]
        connection = self.desk.kept.tables.connections[self.desk.connection.id]
        assert connection.store is not None
        zone, days = ZoneInfo(connection.store.time_zone), self.desk.days()
        assert {each.order_id: days.get(each.order_id) for each in said} == {
            each.order_id: each.created_at.astimezone(zone).date() for each in said
        }


DEEDS = (Life.sell, Life.let_pass, Life.grant, Life.move, Life.fail, Life.turn, Life.turn, Life.turn)


@settings(max_examples=300, deadline=None)
@given(
    ages=st.lists(st.integers(0, 120 * 24), max_size=6),
    deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 11)), max_size=40),
    reach=st.sampled_from([0, 30, 90]),
)
def test_all_orders_of_the_time_that_is_called_complete_are_here_on_their_days(
    ages: list[int], deeds: list[tuple[Callable[[Life, int], None], int]], reach: int
) -> None:
    life = Life(ages, reach * DAY)
    for deed, number in deeds:
        deed(life, number)

    life.front.troubles = []
    life.desk.settle()
    last: datetime | None = life.desk.run()[-1].complete_until

    assert last is not None
    life.turn(99)
