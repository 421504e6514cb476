"""A store's orders come by changes and by history, none lost and none twice, whatever breaks off."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.channels.model import StoreWindow
from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    ChannelError,
    NotFound,
    PortsideError,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
)
from domain.money import Money
from tests.domain.channels.order_desk import DAY, HOUR, MINUTE, Desk
from tests.fakes.stores import STORE, a_store_order, moved
from tests.fakes.things import NOW


def test_the_first_window_reaches_two_days_behind_the_connection_and_older_orders_are_history() -> None:
    desk = Desk(a_store_order("1"), a_store_order("2", created_at=NOW - 40 * DAY, updated_at=NOW - 39 * DAY))

    desk.settle()

    assert desk.front.asked[0][0].after == desk.connection.connected_at - 2 * DAY
    assert [(window.after, window.before) for window in desk.front.begun] == [(NOW - 90 * DAY, NOW)]
    assert set(desk.here()) == {"1", "2"}


def test_a_run_ends_with_its_changes_while_the_store_still_gathers() -> None:
    desk = Desk(a_store_order("1"), a_store_order("2", created_at=NOW - 40 * DAY, updated_at=NOW - 39 * DAY))
    desk.front.looks = 3

    steps = desk.turn()

    assert steps[-1].finished
    assert steps[-1].complete_until == NOW
    assert steps[-1].next_at == NOW + timedelta(seconds=5)
    assert set(desk.here()) == {"1"}


def test_changes_are_read_every_few_minutes_while_history_is_awaited() -> None:
    desk = Desk()
    desk.front.looks = 8
    desk.turn()
    desk.front.change(a_store_order("9", created_at=NOW + MINUTE, updated_at=NOW + MINUTE))

    desk.later(timedelta(seconds=5))
    steps = desk.run()

    assert [step.again_at is not None for step in steps].count(True) >= 1
    assert "9" in desk.here()
    assert desk.front.looked < 8


def test_the_store_is_asked_for_its_history_once() -> None:
    desk = Desk(a_store_order("1", created_at=NOW - 40 * DAY, updated_at=NOW - 39 * DAY))
    desk.settle()

    for _ in range(3):
        desk.later(HOUR)
        desk.run()

    assert len(desk.front.begun) == 1


def test_whoever_is_killed_after_asking_finds_the_same_work_again() -> None:
    desk = Desk(a_store_order("1", created_at=NOW - 40 * DAY, updated_at=NOW - 39 * DAY))
    next(step for step in desk.drawn() if "history" in step.cursor)
    # Now it was asked, and what it said to that was never kept.
    planned = cast(dict[str, str], desk.cursor["history"])
    bounds = (datetime.fromisoformat(planned[name]) for name in ("after", "before"))
    desk.front.begin_history(desk.connection, StoreWindow(*bounds))

    desk.later(HOUR)
    desk.settle()

    assert len(desk.front.begun) == 1
    assert set(desk.here()) == {"1"}


def test_without_the_scope_for_all_orders_history_is_sixty_days_long() -> None:
    desk = Desk()
    desk.front.told = replace(STORE, scopes=("read_orders",))

    desk.settle()

    assert [window.after for window in desk.front.begun] == [NOW - 60 * DAY]


def test_a_scope_that_is_granted_later_brings_the_rest_of_the_history() -> None:
    old = a_store_order("1", created_at=NOW - 80 * DAY, updated_at=NOW - 80 * DAY)
    desk = Desk(old)
    desk.front.told = replace(STORE, scopes=("read_orders",))
    desk.settle()
    missing = set(desk.here())

    desk.front.told = STORE
    desk.later(25 * HOUR)
    desk.settle()

    assert missing == set()
    assert set(desk.here()) == {"1"}


def test_nothing_is_gathered_where_no_history_is_wanted() -> None:
    desk = Desk(reach=timedelta(0))

    (*_, last) = desk.turn()

    assert desk.front.begun == []
    assert (last.finished, last.next_at) == (True, None)


def test_a_store_that_was_connected_again_in_another_zone_has_other_days_too() -> None:
    desk = Desk(a_store_order("1", created_at=NOW - 40 * DAY + 6 * HOUR, updated_at=NOW - 39 * DAY))
    desk.settle()
    before = desk.days()["1"]

    with desk.work() as work:  # the owner gave consent anew: what the store says is kept by that door already
        work.connections.save(replace(desk.connection, store=moved(STORE, "Asia/Tokyo")))
        work.commit()
    desk.front.told = moved(STORE, "Asia/Tokyo")
    desk.later(HOUR)
    desk.settle()

    assert desk.days()["1"] == before + DAY


def test_a_window_that_is_half_read_in_another_zone_is_read_anew() -> None:
    evening = NOW - 6 * HOUR  # early on the same day in St. John's, and in the afternoon in Tokyo
    desk = Desk(
        *(
            a_store_order(f"{n}", created_at=evening - 12 * HOUR, updated_at=evening + n * MINUTE)
            for n in range(5)
        ),
        reach=0 * DAY,
    )
    for _ in desk.drawn():
        if desk.here():
            break

    desk.front.told = moved(STORE, "Asia/Tokyo")
    desk.later(DAY)
    desk.run()

    assert len(set(desk.days().values())) == 1


def test_a_refund_or_an_edit_restates_the_order_where_it_is() -> None:
    desk = Desk(a_store_order("1", created_at=NOW - 30 * DAY, updated_at=NOW - 30 * DAY))
    desk.settle()
    changed = a_store_order(
        "1", created_at=NOW - 30 * DAY, updated_at=NOW + MINUTE, total=Money(1900, "CAD"), status="CANCELLED"
    )

    desk.front.change(changed)
    desk.later(HOUR)
    desk.run()

    assert desk.here() == {"1": changed}


def test_an_order_counts_on_the_stores_own_day() -> None:
    late = datetime.fromisoformat("2026-03-03T03:15:00+00:00")  # in St. John's it is still the second
    desk = Desk(a_store_order("1", created_at=late, updated_at=late))

    desk.settle()

    assert desk.days() == {"1": date(2026, 3, 2)}


def test_a_store_that_moves_to_another_zone_has_other_days() -> None:
    late = datetime.fromisoformat("2026-02-03T03:15:00+00:00")
    desk = Desk(a_store_order("1", created_at=late, updated_at=late))
    desk.settle()

    desk.front.told = moved(STORE, "Europe/Berlin")
    desk.later(25 * HOUR)
    desk.settle()

    assert desk.days() == {"1": date(2026, 2, 3)}
    assert desk.kept.tables.connections[desk.connection.id].store == desk.front.told


def test_what_the_store_says_of_itself_is_asked_for_once_a_day_and_told_where_it_is_news() -> None:
    desk = Desk(reach=timedelta(0))
    desk.turn()
    desk.later(HOUR)
    desk.turn()
    before = len(desk.kept.tables.events)

    desk.front.told = replace(STORE, currency="USD")
    desk.later(24 * HOUR)
    desk.turn()

    assert desk.front.accounts_asked == 2
    assert [event.kind for event in desk.kept.tables.events[before:]] == ["connection.changed"]


def test_the_next_window_begins_ten_minutes_before_the_end_of_the_last_one() -> None:
    desk = Desk(reach=timedelta(0))
    desk.turn()

    desk.later(HOUR)
    desk.turn()

    window, token = desk.front.asked[-1]
    assert (window.after, window.before, token) == (NOW - 10 * MINUTE, NOW + HOUR, None)


def test_the_window_stays_the_same_from_page_to_page() -> None:
    desk = Desk(*(a_store_order(str(number)) for number in range(5)), reach=timedelta(0))

    steps = desk.turn()

    assert [step.records for step in steps if step.records] == [2, 2, 1]
    assert len({window for window, _token in desk.front.asked}) == 1


def test_each_run_that_somebody_asks_for_reads_the_changes() -> None:
    desk = Desk()
    desk.settle()
    desk.front.change(a_store_order("9", created_at=NOW, updated_at=NOW))

    desk.later(MINUTE)
    desk.run()

    assert "9" in desk.here()


def test_history_that_is_tried_again_in_hours_keeps_no_changes_waiting() -> None:
    desk = Desk()
    desk.front.failed_reason = "it failed inside"
    for _ in range(4):
        desk.later(HOUR)
        desk.turn()
        desk.later(timedelta(seconds=5))
        with pytest.raises(UpstreamFailed):
            desk.turn()
    due = desk.history_due()
    desk.front.change(a_store_order("9", created_at=desk.clock.now(), updated_at=desk.clock.now()))

    desk.later(MINUTE)
    (*_, last) = desk.turn()

    assert due == desk.clock.now() + 39 * MINUTE
    assert (last.finished, last.next_at) == (True, None)
    assert "9" in desk.here()


def test_a_page_that_has_to_wait_for_the_limit_is_kept_and_the_run_waits() -> None:
    desk = Desk(*(a_store_order(str(number)) for number in range(5)), reach=timedelta(0))
    desk.front.ready_at = NOW + timedelta(seconds=7)

    steps = desk.turn()

    assert steps[-1].again_at == NOW + timedelta(seconds=7)
    assert len(desk.here()) == 2
    desk.run()
    assert len(desk.here()) == 5


def test_where_no_list_goes_any_further_a_new_window_begins_at_the_last_change() -> None:
    desk = Desk(
        *(a_store_order(str(number), updated_at=NOW - HOUR + number * MINUTE) for number in range(9)),
        reach=timedelta(0),
    )
    desk.puller = replace(desk.puller, most_listed=4)

    desk.turn()

    assert len(desk.here()) == 9
    assert len({window.after for window, _token in desk.front.asked}) > 2


def test_more_changes_in_one_moment_than_are_listed_is_an_error_and_no_circle() -> None:
    desk = Desk(*(a_store_order(str(number)) for number in range(9)), reach=timedelta(0))
    desk.puller = replace(desk.puller, most_listed=4)

    with pytest.raises(UpstreamFailed, match="one moment"):
        desk.turn()


def test_a_cursor_that_the_store_has_forgotten_starts_the_window_again() -> None:
    desk = Desk(*(a_store_order(str(number)) for number in range(5)), reach=timedelta(0))
    next(step for step in desk.drawn() if "token" in step.cursor)
    desk.cursor = {**desk.cursor, "token": "forgotten"}

    desk.turn()

    assert len(desk.here()) == 5


def test_a_window_that_never_gets_through_is_given_up() -> None:
    desk = Desk(reach=timedelta(0))
    desk.turn()
    desk.later(HOUR)
    desk.front.troubles = [StalePage("The cursor is not known.", channel="shopify")] * 9

    with pytest.raises(UpstreamFailed, match="started again"):
        desk.turn()


def test_history_that_failed_is_explained_and_asked_for_anew_later() -> None:
    old = a_store_order("1", created_at=NOW - 40 * DAY, updated_at=NOW - 39 * DAY)
    desk = Desk(old)
    desk.front.failed_reason = "it took too long"
    desk.turn()
    desk.later(timedelta(seconds=5))

    with pytest.raises(UpstreamFailed, match="it took too long"):
        desk.turn()
    desk.front.failed_reason = None
    due = desk.history_due()
    desk.settle()

    assert due == NOW + timedelta(seconds=5) + 5 * MINUTE
    assert len(desk.front.begun) == 2
    assert set(desk.here()) == {"1"}


@pytest.mark.parametrize(
    "trouble",
    [
        AccessDenied("no", channel="shopify"),
        NotFound("gone"),
        UpstreamRefused("no", channel="shopify"),
        UpstreamTimedOut("late", channel="shopify"),
    ],
)
def test_changes_go_on_being_read_whatever_becomes_of_the_history(trouble: PortsideError) -> None:
    desk = Desk()
    desk.front.looks = 10
    desk.turn()
    desk.later(timedelta(seconds=5))
    desk.front.troubles = [trouble]
    with pytest.raises(type(trouble)):
        desk.turn()
    desk.front.change(a_store_order("9", created_at=NOW + MINUTE, updated_at=NOW + MINUTE))

    desk.later(5 * MINUTE)
    steps = desk.turn()

    assert steps[-1].finished
    assert "9" in desk.here()


def test_a_file_that_breaks_off_is_read_on_and_believed_only_as_a_whole() -> None:
    desk = Desk(
        *(
            a_store_order(str(number), created_at=NOW - 40 * DAY, updated_at=NOW - 39 * DAY)
            for number in range(5)
        )
    )
    desk.front.broken_files = 1
    desk.turn()
    desk.later(timedelta(seconds=5))
    with pytest.raises(UpstreamFailed, match="breaks off"):
        desk.turn()
    half = len(desk.here())

    desk.settle()

    assert (half, len(desk.here())) == (2, 5)
    assert cast(dict[str, object], desk.cursor["history"])["done"] is True


def test_a_file_that_was_not_fetched_in_a_week_is_gathered_anew() -> None:
    desk = Desk(a_store_order("1", created_at=NOW - 40 * DAY, updated_at=NOW - 39 * DAY))
    desk.turn()
    desk.later(timedelta(seconds=5))
    desk.front.broken_files = 0
    for step in desk.drawn():
        if step.records:
            break
    desk.later(8 * DAY)

    with pytest.raises(UpstreamFailed, match="not fetched in time"):
        desk.turn()
    desk.settle()

    assert len(desk.front.begun) == 2


def test_a_refused_window_is_dropped_and_a_failed_one_is_gone_on_with() -> None:
    desk = Desk(*(a_store_order(str(number)) for number in range(5)), reach=timedelta(0))
    next(step for step in desk.drawn() if "token" in step.cursor)

    refused = desk.puller.after_failure(desk.cursor, UpstreamRefused("no", channel="shopify"))
    failed = desk.puller.after_failure(desk.cursor, UpstreamFailed("no", channel="shopify"))

    assert "after" not in refused
    assert "looked_at" in refused
    assert failed["token"] == desk.cursor["token"]


MOMENTS = st.integers(min_value=0, max_value=85 * 24 * 60)
TROUBLES: tuple[ChannelError, ...] = (
    UpstreamFailed("down", channel="shopify"),
    UpstreamTimedOut("late", channel="shopify"),
    UsagePlanEmpty("empty", NOW + MINUTE, channel="shopify"),
    StalePage("forgotten", channel="shopify"),
)


@settings(max_examples=60, deadline=None)
@given(
    ages=st.lists(MOMENTS, min_size=1, max_size=12),
    changes=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 9999)), max_size=8),
    kills=st.lists(st.integers(0, 6), max_size=8),
    troubles=st.lists(st.sampled_from(TROUBLES), max_size=5),
    page_size=st.integers(1, 5),
    batch=st.integers(1, 4),
    looks=st.integers(0, 3),
)
def test_kills_troubles_and_changes_on_the_way_leave_what_the_store_has(
    ages: list[int],
    changes: list[tuple[int, int]],
    kills: list[int],
    troubles: list[ChannelError],
    page_size: int,
    batch: int,
    looks: int,
) -> None:
    placed = [NOW - age * MINUTE for age in ages]
    orders = [
        a_store_order(str(number), created_at=at, updated_at=at, total=Money(100 + number, "CAD"))
        for number, at in enumerate(placed)
    ]
    desk = Desk(*orders)
    desk.front.page_size, desk.front.batch, desk.front.looks = page_size, batch, looks
    waiting = list(changes)
    for kill in kills:
        _turn_until_killed(desk, kill, troubles)
        if waiting:
            number, minor = waiting.pop()
            _change(desk, number % len(orders), minor)
        desk.later(3 * MINUTE)
    for number, minor in waiting:
        _change(desk, number % len(orders), minor)
    desk.front.troubles = []
    desk.later(MINUTE)

    desk.settle()
    desk.later(HOUR)
    desk.settle()

    assert desk.here() == {order.order_id: order for order in desk.front.orders}


def _change(desk: Desk, number: int, minor: int) -> None:
    old = next(each for each in desk.front.orders if each.order_id == str(number))
    desk.front.change(replace(old, updated_at=desk.clock.now(), total=Money(minor, "CAD")))


def _turn_until_killed(desk: Desk, steps: int, troubles: list[ChannelError]) -> None:
    """A turn that ends after so many steps, or with a trouble; what was kept is kept."""
    if troubles:
        desk.front.troubles = [troubles.pop()]
    try:
        for count, _step in enumerate(desk.drawn()):
            if count >= steps:
                return
    except (ChannelError, NotFound) as error:
        desk.cursor = desk.puller.after_failure(desk.cursor, error)


def test_the_connection_has_to_be_known() -> None:
    desk = Desk()
    unknown: Connection = replace(desk.connection, store=None)
    desk.kept.tables.connections[desk.connection.id] = unknown

    desk.settle()

    assert desk.kept.tables.connections[desk.connection.id].store == STORE
