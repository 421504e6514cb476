"""One greedy tenant with forty connections and a flood of demands, beside 999 others with one connection each."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from domain.users.model import UserId
from tests.fakes.things import NOW
from tests.simulations.town import INTERVAL, MINUTE, SECOND, Town, jain, mean_staleness

OTHERS = 999
GREEDY_CONNECTIONS = 40
SELLS_EVERY = 12 * MINUTE
END = NOW + 61 * MINUTE
#: Portside's one small process has so many places, and they are busy with the others for most of the time.
PLACES, LATENCY = 2, 0.5 * SECOND


@dataclass(frozen=True)
class Story:
    """How an hour went."""

    town: Town
    greedy: UserId
    quiet_town: Town  # the same hour, without the greedy one's demands


def an_hour(demands: bool) -> tuple[Town, UserId]:
    town = Town(PLACES, LATENCY)
    for _ in range(OTHERS):
        town.connect(town.user(), SELLS_EVERY, quiet=0)
    greedy = town.user()
    connections = [town.connect(greedy, SELLS_EVERY, quiet=0) for _ in range(GREEDY_CONNECTIONS)]
    while demands and town.clock.now() < END:
        for connection in connections:
            town.demand(connection)
        town.live(min(town.clock.now() + MINUTE, END))
    town.live(END)
    return town, greedy.id


@pytest.fixture(scope="module")
def story() -> Story:
    town, greedy = an_hour(demands=True)
    quiet_town, _ = an_hour(demands=False)
    return Story(town, greedy, quiet_town)


def test_everybodys_data_is_about_as_fresh_as_everybody_elses(story: Story) -> None:
    staleness = mean_staleness(story.town)

    assert len(staleness) == OTHERS + 1
    assert jain(list(staleness.values())) >= 0.95


def test_nobody_is_served_later_for_the_greedy_ones_sake(story: Story) -> None:
    users = {connection.id: connection.user_id for connection in story.town.tables.connections.values()}
    theirs = [
        gap
        for (connection_id, _resource), gaps in story.town.diary.gaps.items()
        if users[connection_id] != story.greedy
        for gap in gaps
    ]

    assert max(theirs) <= INTERVAL + timedelta(seconds=5)


def test_the_flood_is_as_much_as_the_plans_of_the_greedy_one_allow_and_amazon_refuses_nothing(
    story: Story,
) -> None:
    flooded = len(story.town.diary.claims) - len(story.quiet_town.diary.claims)

    assert flooded > 40 * GREEDY_CONNECTIONS
    assert story.town.amazon.refused == 0


def test_without_a_flood_no_tick_is_twice_as_busy_as_the_others(story: Story) -> None:
    loads = story.quiet_town.diary.loads(SECOND, NOW + MINUTE, END)

    assert max(loads) <= 2 * sum(loads) / len(loads)


def test_nor_is_it_with_one(story: Story) -> None:
    # A claim that finds the bucket empty is over at once: the ticks of a flood are told in handfuls.
    loads = story.town.diary.loads(5 * SECOND, NOW + MINUTE, END - MINUTE)

    assert max(loads) <= 2 * sum(loads) / len(loads)
