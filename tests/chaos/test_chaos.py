"""The chaos test in small; ``make chaos`` plays it in full."""

import pytest

from tests.chaos.scale import SHORT
from tests.chaos.story import Outcome, Story


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """How it ended."""
    return Story(SHORT, tmp_path_factory.mktemp("chaos"), print).play()


def test_whatever_was_killed_every_sellers_data_are_exactly_amazons_in_the_end(outcome: Outcome) -> None:
    assert outcome.wrong == []
    assert outcome.orders > SHORT.sellers * SHORT.orders_per_day * SHORT.history_days / 2


def test_the_ledger_reports_no_gap(outcome: Outcome) -> None:
    assert outcome.gaps == []


def test_no_usage_plan_was_exceeded(outcome: Outcome) -> None:
    assert outcome.refused_by_plan == {}


def test_every_process_was_killed_and_both_servers_were_away(outcome: Outcome) -> None:
    killed = [name for name in outcome.deeds if name.startswith(("web", "worker"))]

    assert len(killed) == 4
    assert {"Redis stopped", "Redis started", "PostgreSQL restarted"} <= outcome.deeds.keys()
    assert sum(outcome.faults.values()) > 20
