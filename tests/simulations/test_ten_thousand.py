"""Ten thousand sellers in one process, for an hour."""

import threading
import tracemalloc
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from domain.connections.model import ConnectionId
from domain.sync.model import Resource, Run
from tests.fakes.things import NOW
from tests.simulations.town import DAY, INTERVAL, MINUTE, SECOND, Town

SELLERS = 10_000
NEWCOMERS = 500
#: Sells so often, has been quiet for so many runs, and this share of the town is like that.
KINDS = ((12 * MINUTE, 0, 0.15), (4 * 60 * MINUTE, 1, 0.25), (2 * DAY, 7, 0.60))
PLACES, LATENCY = 8, 0.25 * SECOND


@dataclass(frozen=True)
class Story:
    """How it went. Newcomers connect all at once in between."""

    town: Town
    arrival: datetime
    threads: int
    bytes_per_seller: float


@pytest.fixture(scope="module")
def story() -> Story:
    tracemalloc.start()
    town = Town(PLACES, LATENCY)
    for number in range(SELLERS - NEWCOMERS):
        every, quiet = kind(number)
        town.connect(town.user(), every, quiet)
    held, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    before = threading.active_count()
    arrival = NOW + 15 * MINUTE
    town.live(arrival)
    for _ in range(NEWCOMERS):
        town.connect(town.user(), 12 * MINUTE)
    town.live(NOW + 61 * MINUTE)
    return Story(town, arrival, threading.active_count() - before, held / (SELLERS - NEWCOMERS))


def kind(number: int) -> tuple[timedelta, int]:
    place, passed = (number * 0.7548777) % 1, 0.0
    for every, quiet, share in KINDS:
        passed += share
        if place < passed:
            return every, quiet
    return KINDS[-1][:2]


def mean_load(story: Story) -> float:
    """Runs a second, before the newcomers came."""
    loads = story.town.diary.loads(SECOND, NOW + SECOND, story.arrival)
    return sum(loads) / len(loads)


def test_no_seller_is_staler_than_the_interval_and_the_plans_allow(story: Story) -> None:
    assert len(story.town.diary.late) > 2 * SELLERS
    # The newcomers' first pages come as soon as there is a place: until they are done, others wait in between.
    backlog = 2 * NEWCOMERS / (PLACES / LATENCY.total_seconds() - mean_load(story))
    assert max(story.town.diary.late) <= timedelta(seconds=backlog + 3)


def test_newcomers_who_come_all_at_once_have_their_first_data_at_once(story: Story) -> None:
    rows = list(story.town.tables.resources.values())[-2 * NEWCOMERS :]

    # So many pages, in eight places, beside everybody else.
    runs = [run for run in story.town.tables.runs.values() if run.created_at >= story.arrival]
    first: dict[tuple[ConnectionId, Resource], Run] = {}
    for run in runs:
        first.setdefault((run.connection_id, run.resource), run)
    ended = [first[row.connection_id, row.resource].finished_at for row in rows]
    assert max(at - story.arrival for at in ended if at is not None) <= 90 * SECOND
    assert None not in ended


def test_amazon_refuses_nothing(story: Story) -> None:
    assert sum(story.town.amazon.calls.values()) > 2 * SELLERS
    assert story.town.amazon.refused == 0


def test_no_thread_is_needed_for_a_seller(story: Story) -> None:
    assert story.threads == 0


def test_a_seller_costs_some_kilobytes(story: Story) -> None:
    assert story.bytes_per_seller < 10 * 1024


def test_the_load_is_even_before_and_after_five_hundred_came_at_once(story: Story) -> None:
    for since, until in (
        (NOW + MINUTE, story.arrival),
        (story.arrival + INTERVAL + 2 * MINUTE, NOW + 61 * MINUTE),
    ):
        # With a dozen claims a tick, a few of a thousand ticks have twice as many by mere chance.
        loads = story.town.diary.loads(3 * SECOND, since, until)

        assert max(loads) <= 2 * sum(loads) / len(loads)
