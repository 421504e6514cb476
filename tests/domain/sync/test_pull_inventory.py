"""Stock is pulled marketplace by marketplace: everything once a day, what changed in between."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest

from domain.connections.model import Connection
from domain.errors import StalePage, UpstreamFailed
from domain.inventory.model import StockPage
from domain.kpis.model import StockTotals
from domain.sync.model import Cursor
from domain.sync.pull_inventory import InventoryPuller
from domain.sync.steps import Step
from tests.fakes.amazon import ScriptedStock
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore, StockDay
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import CA, NOW, US, a_connection, a_level, a_user

CONNECTION = a_connection(a_user(), US, CA)
ONLY_US = replace(CONNECTION, marketplace_ids=(US,))
SECOND = timedelta(seconds=1)


class Bench:
    """A puller whose steps take two seconds each, and the stock that they keep."""

    def __init__(self) -> None:
        self.clock = HeldClock(NOW)
        self.feed = ScriptedStock(
            levels={US: [a_level(f"US-{n}") for n in range(5)], CA: [a_level("CA-1")]}, page_size=2
        )
        self.puller = InventoryPuller(self.feed)
        self.store = MemoryStore()
        self.changed = 0

    def step(self, cursor: Cursor, connection: Connection = CONNECTION) -> Step:
        step = self.puller.step(connection, cast(Cursor, json.loads(json.dumps(cursor))), self.clock.now())
        with MemoryWork(self.store) as work:
            self.changed += step.save(work)
            work.commit()
        self.clock.advance(2 * SECOND)
        return step

    def run(self, cursor: Cursor, connection: Connection = CONNECTION) -> list[Step]:
        steps = [self.step(cursor, connection)]
        while not steps[-1].finished:
            steps.append(self.step(steps[-1].cursor, connection))
        return steps

    def listed(self) -> list[str]:
        return sorted(sku for (_, _, sku), row in self.store.tables.stock.items() if row.listed)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_first_run_lists_everything_in_every_marketplace(bench: Bench) -> None:
    steps = bench.run({})

    assert bench.feed.asked == [
        (US, None, None),
        (US, None, "page:2"),
        (US, None, "page:3"),
        (CA, None, None),
    ]
    assert [step.records for step in steps] == [2, 2, 1, 1]
    assert bench.listed() == ["CA-1", "US-0", "US-1", "US-2", "US-3", "US-4"]


def test_a_run_that_has_come_to_its_end_keeps_what_the_stock_comes_to_that_day(bench: Bench) -> None:
    bench.store.tables.connections[CONNECTION.id] = CONNECTION
    cursor: Cursor = {}
    while not (step := bench.step(cursor)).finished:
        cursor = step.cursor
        assert bench.store.tables.stock_days == {}

    (kept,) = bench.store.tables.stock_days.items()

    assert kept == ((CONNECTION.id, NOW.date()), StockDay(NOW + 6 * SECOND, StockTotals(6, 30, 6, 0)))


def test_the_day_is_that_of_the_sellers_home(bench: Bench) -> None:
    bench.clock.advance(datetime(2026, 3, 1, 5, tzinfo=UTC) - NOW)  # in California, February's last evening

    bench.run({})

    assert [day for _, day in bench.store.tables.stock_days] == [date(2026, 2, 28)]


def test_marketplaces_together_are_as_complete_as_the_oldest_listing(bench: Bench) -> None:
    steps = bench.run({})

    assert [step.complete_until for step in steps] == [None, None, None, NOW]


def test_the_next_run_asks_for_what_changed_since_the_last_began(bench: Bench) -> None:
    done = bench.run({})[-1]
    bench.feed.asked.clear()
    bench.clock.set(NOW + timedelta(minutes=20))

    steps = bench.run(done.cursor)

    overlap = timedelta(minutes=15)
    assert bench.feed.asked[0] == (US, NOW - overlap, None)
    assert bench.feed.asked[-1] == (CA, NOW + 6 * SECOND - overlap, None)
    assert steps[-1].complete_until == NOW + timedelta(minutes=20)


def test_after_a_day_everything_is_listed_again(bench: Bench) -> None:
    done = bench.run({}, ONLY_US)[-1]
    bench.feed.asked.clear()

    bench.clock.set(NOW + timedelta(hours=23, minutes=59))
    between = bench.run(done.cursor, ONLY_US)[-1]
    bench.clock.set(NOW + timedelta(hours=24))
    bench.run(between.cursor, ONLY_US)

    assert [since is None for _, since, token in bench.feed.asked if token is None] == [False, True]


def test_a_listing_that_a_clock_ahead_of_ours_has_dated_is_made_again_in_full(bench: Bench) -> None:
    done = bench.run({}, ONLY_US)[-1]
    bench.feed.asked.clear()
    bench.clock.set(NOW - timedelta(days=1))

    steps = bench.run(done.cursor, ONLY_US)

    assert bench.feed.asked[0] == (US, None, None)
    assert steps[-1].complete_until == NOW - timedelta(days=1)


def test_a_full_pass_takes_off_what_it_did_not_see(bench: Bench) -> None:
    done = bench.run({}, ONLY_US)[-1]
    bench.feed.levels[US] = [a_level("US-3")]
    bench.clock.set(NOW + timedelta(days=1))

    bench.run(done.cursor, ONLY_US)

    assert bench.listed() == ["US-3"]


def test_a_full_pass_that_finds_everything_as_it_was_changes_nothing(bench: Bench) -> None:
    done = bench.run({})[-1]
    first, bench.changed = bench.changed, 0
    bench.clock.set(NOW + timedelta(days=1))

    bench.run(done.cursor)

    assert (first, bench.changed) == (6, 0)


def test_what_a_full_pass_takes_off_has_changed(bench: Bench) -> None:
    done = bench.run({}, ONLY_US)[-1]
    bench.changed = 0
    bench.feed.levels[US] = [a_level(f"US-{n}") for n in range(3)]
    bench.clock.set(NOW + timedelta(days=1))

    bench.run(done.cursor, ONLY_US)

    assert bench.changed == 2


def test_a_full_pass_takes_nothing_off_before_it_is_over(bench: Bench) -> None:
    done = bench.run({}, ONLY_US)[-1]
    bench.clock.set(NOW + timedelta(days=1))

    first_page = bench.step(done.cursor, ONLY_US)

    assert not first_page.finished
    assert len(bench.listed()) == 5


@pytest.mark.parametrize(("seconds", "token"), [(25, "page:2"), (25.001, None)])
def test_a_token_is_sent_for_twenty_five_seconds(bench: Bench, seconds: float, token: str | None) -> None:
    first = bench.step({})
    bench.clock.set(NOW + timedelta(seconds=seconds))

    bench.step(first.cursor)

    assert bench.feed.asked[-1] == (US, None, token)


def test_a_listing_of_changes_takes_nothing_off(bench: Bench) -> None:
    done = bench.run({}, ONLY_US)[-1]
    bench.feed.levels[US] = [a_level("US-3")]
    bench.clock.set(NOW + timedelta(minutes=20))

    bench.run(done.cursor, ONLY_US)

    assert len(bench.listed()) == 5


def test_a_stale_token_starts_the_listing_again_at_once(bench: Bench) -> None:
    bench.feed.stale_tokens = {"page:2"}
    first = bench.step({})

    second = bench.step(first.cursor)

    assert [token for _, _, token in bench.feed.asked] == [None, "page:2", None]
    assert second.records == 2


def test_a_listing_begun_again_counts_as_a_pass_of_its_own(bench: Bench) -> None:
    first = bench.step({}, ONLY_US)  # sees US-0 and US-1
    bench.feed.levels[US] = [a_level("US-2"), a_level("US-3")]
    bench.clock.advance(30 * SECOND)

    bench.run(first.cursor, ONLY_US)

    assert bench.listed() == ["US-2", "US-3"]


def test_a_listing_that_is_always_too_slow_fails(bench: Bench) -> None:
    bench.feed.stale_tokens = {"page:2"}

    with pytest.raises(UpstreamFailed, match="5 times"):
        bench.run({})

    assert [token for _, _, token in bench.feed.asked].count(None) == 6


def test_a_stale_answer_to_no_token_is_asked_once_more(bench: Bench) -> None:
    bench.feed.trouble.append(StalePage("stale"))

    assert bench.step({}).records == 2


def test_a_seller_without_stock_at_amazon_has_none(bench: Bench) -> None:
    bench.feed.strangers = {CA}

    steps = bench.run({})

    assert (steps[-1].finished, steps[-1].records) == (True, 0)


def test_a_refusal_that_reads_like_no_stock_strikes_nothing_off(bench: Bench) -> None:
    done = bench.run({}, ONLY_US)[-1]
    bench.feed.strangers = {US}
    bench.clock.set(NOW + timedelta(days=1))

    steps = bench.run(done.cursor, ONLY_US)

    assert steps[-1].finished
    assert len(bench.listed()) == 5


class Circle(ScriptedStock):
    """Pages that lead back to themselves."""

    def page(self, *_: object) -> StockPage:
        return StockPage((), "page:2")


def test_pages_that_go_round_in_a_circle_are_left() -> None:
    puller = InventoryPuller(Circle())
    first = puller.step(CONNECTION, {}, NOW)

    with pytest.raises(UpstreamFailed, match="circle"):
        puller.step(CONNECTION, first.cursor, NOW)


def test_after_a_failure_another_marketplace_comes_first_so_that_a_refusing_one_blocks_none(
    bench: Bench,
) -> None:
    cursor = bench.puller.after_failure({}, UpstreamFailed("503"))

    bench.run(cursor)

    assert [(where, token) for where, _, token in bench.feed.asked] == [
        (CA, None),
        (US, None),
        (US, "page:2"),
        (US, "page:3"),
    ]


def test_after_a_success_the_order_is_the_usual_one_again(bench: Bench) -> None:
    last = bench.run(bench.puller.after_failure({}, UpstreamFailed("503")))[-1]
    bench.feed.asked.clear()

    bench.run(last.cursor)

    assert bench.feed.asked[0][0] == US


def test_a_marketplace_that_the_seller_left_is_not_asked_for(bench: Bench) -> None:
    first = bench.step({})
    only_ca = replace(CONNECTION, marketplace_id=CA, marketplace_ids=(CA,))
    bench.feed.asked.clear()

    steps = bench.run(first.cursor, only_ca)

    assert bench.feed.asked == [(CA, None, None)]
    assert steps[-1].finished


def test_a_marketplace_that_the_seller_left_holds_no_figure_back(bench: Bench) -> None:
    done = bench.run({})[-1]
    bench.clock.set(NOW + timedelta(hours=1))

    steps = bench.run(done.cursor, ONLY_US)

    assert steps[-1].complete_until == NOW + timedelta(hours=1)


def test_a_marketplace_that_the_seller_joined_is_listed_in_full(bench: Bench) -> None:
    done = bench.run({}, ONLY_US)[-1]
    bench.feed.asked.clear()
    bench.clock.set(NOW + timedelta(hours=1))

    bench.run(done.cursor, CONNECTION)

    assert [(where, since is None) for where, since, _ in bench.feed.asked] == [(US, False)] * 3 + [
        (CA, True)
    ]
