"""Orders are pulled by windows of changes, none lost and none believed too early."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from domain.errors import (
    AccessDenied,
    ChannelError,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
    UsagePlanEmpty,
)
from domain.orders.model import OrderPage, OrderWindow
from domain.sync.model import Cursor
from domain.sync.pull_orders import OrderPuller
from domain.sync.steps import Step
from tests.fakes.amazon import ScriptedOrders
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import CA, NOW, US, a_connection, a_user, an_order

CONNECTION = a_connection(a_user(), US, CA)
BEFORE = NOW - timedelta(minutes=3)


@pytest.fixture
def feed() -> ScriptedOrders:
    return ScriptedOrders(orders=[an_order(f"O-{number}") for number in range(5)], page_size=2)


@pytest.fixture
def puller(feed: ScriptedOrders) -> OrderPuller:
    return OrderPuller(feed)


def kept(cursor: Cursor) -> Cursor:
    """The cursor as it comes back from the database."""
    return cast(Cursor, json.loads(json.dumps(cursor)))


def to_the_end(puller: OrderPuller, cursor: Cursor) -> list[Step]:
    """All steps of one run."""
    steps = [puller.step(CONNECTION, cursor, NOW)]
    while not steps[-1].finished:
        steps.append(puller.step(CONNECTION, kept(steps[-1].cursor), NOW))
    return steps


def test_the_first_window_reaches_back_two_days_and_the_rest_is_history(
    puller: OrderPuller, feed: ScriptedOrders
) -> None:
    puller.step(CONNECTION, {}, NOW)

    assert feed.asked == [(OrderWindow(NOW - timedelta(days=2), BEFORE, (US, CA)), None)]


def test_the_window_does_not_change_from_page_to_page(puller: OrderPuller, feed: ScriptedOrders) -> None:
    steps = to_the_end(puller, {})

    assert [step.records for step in steps] == [2, 2, 1]
    assert [token for _window, token in feed.asked] == [None, "page:2", "page:3"]
    assert len({window for window, _token in feed.asked}) == 1


def test_a_marketplace_that_comes_in_later_has_a_first_window_as_well(
    puller: OrderPuller, feed: ScriptedOrders
) -> None:
    only_us = replace(CONNECTION, marketplace_ids=(US,))
    first = puller.step(only_us, {}, NOW)
    while not first.finished:
        first = puller.step(only_us, kept(first.cursor), NOW)
    feed.asked.clear()

    puller.step(CONNECTION, kept(first.cursor), NOW)

    assert feed.asked == [(OrderWindow(NOW - timedelta(days=2), BEFORE, (US, CA)), None)]


def test_a_marketplace_that_comes_in_leaves_no_gap_in_the_others(
    puller: OrderPuller, feed: ScriptedOrders
) -> None:
    known_until = NOW - timedelta(days=9)
    cursor = {"done_until": known_until.isoformat(), "covered": [US]}

    puller.step(CONNECTION, cursor, NOW)

    assert feed.asked[0][0].after == known_until - timedelta(minutes=10)


def test_nothing_is_known_complete_before_the_last_page(puller: OrderPuller) -> None:
    steps = to_the_end(puller, {})

    assert [step.complete_until for step in steps] == [None, None, BEFORE]
    assert ["done_until" in step.cursor for step in steps] == [False, False, True]


def test_the_next_window_begins_where_amazon_says_the_last_one_ended_less_an_overlap(
    puller: OrderPuller, feed: ScriptedOrders
) -> None:
    feed.window_end = NOW - timedelta(minutes=7)
    done = to_the_end(puller, {})[-1]
    feed.asked.clear()

    puller.step(CONNECTION, kept(done.cursor), NOW + timedelta(minutes=15))

    assert done.complete_until == NOW - timedelta(minutes=7)
    assert feed.asked[0][0].after == NOW - timedelta(minutes=17)
    assert feed.asked[0][0].before == NOW + timedelta(minutes=12)


def test_a_run_later_finishes_the_window_that_was_open(puller: OrderPuller, feed: ScriptedOrders) -> None:
    first = puller.step(CONNECTION, {}, NOW)

    puller.step(CONNECTION, kept(first.cursor), NOW + timedelta(hours=20))

    assert feed.asked[1] == (feed.asked[0][0], "page:2")


def test_a_token_that_is_too_old_restarts_the_window_without_asking(
    puller: OrderPuller, feed: ScriptedOrders
) -> None:
    first = puller.step(CONNECTION, {}, NOW)

    again = puller.step(CONNECTION, kept(first.cursor), NOW + timedelta(hours=24))

    assert len(feed.asked) == 1
    assert (again.records, again.finished, again.cursor["token"]) == (0, False, None)
    assert again.cursor["after"] == first.cursor["after"]


def test_a_stale_token_restarts_the_same_window(puller: OrderPuller, feed: ScriptedOrders) -> None:
    feed.stale_tokens = {"page:2"}
    first = puller.step(CONNECTION, {}, NOW)
    again = puller.step(CONNECTION, kept(first.cursor), NOW)
    feed.stale_tokens = set()

    steps = to_the_end(puller, kept(again.cursor))

    assert sum(step.records for step in steps) == 5
    assert len({window for window, _token in feed.asked}) == 1


def test_a_window_that_never_gets_through_fails(puller: OrderPuller, feed: ScriptedOrders) -> None:
    feed.stale_tokens = {"page:2"}

    with pytest.raises(UpstreamFailed, match="3 times"):
        to_the_end(puller, {})

    assert [token for _window, token in feed.asked].count(None) == 4


def test_a_stale_answer_to_no_token_is_amazons_mistake(puller: OrderPuller, feed: ScriptedOrders) -> None:
    feed.trouble.append(StalePage("stale"))

    with pytest.raises(UpstreamFailed):
        puller.step(CONNECTION, {}, NOW)


class Circle(ScriptedOrders):
    """Pages that lead back to themselves."""

    def page(self, *_: object) -> OrderPage:
        return OrderPage((an_order(),), "page:2", None)


def test_pages_that_go_round_in_a_circle_are_left() -> None:
    puller = OrderPuller(Circle())
    first = puller.step(CONNECTION, {}, NOW)

    with pytest.raises(UpstreamFailed, match="circle"):
        puller.step(CONNECTION, kept(first.cursor), NOW)


def test_a_failure_goes_on_with_the_same_page(puller: OrderPuller, feed: ScriptedOrders) -> None:
    cursor = kept(puller.step(CONNECTION, {}, NOW).cursor)

    after = kept(puller.after_failure(cursor, UpstreamFailed("503")))
    puller.step(CONNECTION, after, NOW)

    assert [token for _window, token in feed.asked] == [None, "page:2"]


def test_a_refusal_opens_a_new_window_from_the_last_known_end(
    puller: OrderPuller, feed: ScriptedOrders
) -> None:
    done = kept(to_the_end(puller, {})[-1].cursor)
    feed.orders = [an_order(f"N-{number}", updated_at=NOW) for number in range(5)]
    open_window = kept(puller.step(CONNECTION, done, NOW + timedelta(hours=1)).cursor)

    after = puller.after_failure(open_window, UpstreamRefused("bad token"))

    assert open_window["token"] == "page:2"
    assert after == done


def test_a_refused_first_window_begins_again(puller: OrderPuller) -> None:
    cursor = kept(puller.step(CONNECTION, {}, NOW).cursor)

    assert puller.after_failure(cursor, UpstreamRefused("bad")) == {}


def test_a_page_is_booked_for_the_sellers_home(puller: OrderPuller, feed: ScriptedOrders) -> None:
    feed.orders = [an_order("O-1", marketplace_id=None)]
    store = MemoryStore()
    step = puller.step(CONNECTION, {}, NOW)

    with MemoryWork(store) as work:
        assert step.save(work) == 1
        work.commit()

    assert store.tables.orders[CONNECTION.id, "O-1"].marketplace_id == US


# Estimates


def test_a_long_window_is_estimated_once(puller: OrderPuller, feed: ScriptedOrders) -> None:
    steps = to_the_end(puller, {})

    assert [step.total_estimate for step in steps] == [5, None, None]
    assert feed.estimates == 1


def test_a_short_window_is_not_worth_a_guess(puller: OrderPuller, feed: ScriptedOrders) -> None:
    done = kept(to_the_end(puller, {})[-1].cursor)
    feed.estimates = 0

    puller.step(CONNECTION, done, NOW + timedelta(minutes=15))

    assert feed.estimates == 0


@pytest.mark.parametrize(
    "error",
    [AccessDenied("no role"), UpstreamFailed("503"), UsagePlanEmpty("plan", NOW + timedelta(hours=1))],
)
def test_a_guess_that_fails_costs_no_run(
    puller: OrderPuller, feed: ScriptedOrders, error: ChannelError
) -> None:
    feed.estimate_trouble.append(error)

    step = puller.step(CONNECTION, {}, NOW)

    assert (step.records, step.total_estimate) == (2, None)


def test_a_window_of_a_marketplace_that_the_seller_has_left_is_opened_anew_without_it(
    puller: OrderPuller, feed: ScriptedOrders
) -> None:
    first = puller.step(CONNECTION, {}, NOW)
    only_us = replace(CONNECTION, marketplace_ids=(US,))
    feed.asked.clear()

    puller.step(only_us, kept(first.cursor), NOW)

    assert feed.asked == [(OrderWindow(NOW - timedelta(days=2), BEFORE, (US,)), None)]
