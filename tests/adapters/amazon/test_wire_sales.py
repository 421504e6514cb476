"""Reading ``getOrderMetrics`` by days: every day that was asked for, or none."""

from datetime import date
from typing import Any

import pytest

from adapters.amazon.wire.sales import day_counts
from domain.errors import UpstreamFailed
from domain.ledger.model import DayCount
from domain.marketplaces import MARKETPLACES
from tests.adapters.amazon.samples import sample
from tests.fakes.things import US

FIRST, LAST = date(2026, 3, 7), date(2026, 3, 8)


def read(body: dict[str, Any], last: date = LAST) -> list[DayCount]:
    return day_counts(body, MARKETPLACES[US], FIRST, last)


@pytest.fixture
def body() -> dict[str, Any]:
    return sample("get_order_metrics", "by_day")


def test_days_are_the_marketplaces_own_also_when_clocks_are_changed(body: dict[str, Any]) -> None:
    assert read(body) == [DayCount(US, FIRST, 3, 5, 6250, "USD"), DayCount(US, LAST, 0, 0, 0, "USD")]


def test_a_missing_day_is_a_failed_answer(body: dict[str, Any]) -> None:
    del body["payload"][0]

    with pytest.raises(UpstreamFailed, match="every day"):
        read(body)


def test_a_day_too_many_is_a_failed_answer(body: dict[str, Any]) -> None:
    with pytest.raises(UpstreamFailed, match="every day"):
        read(body, last=FIRST)


def test_a_day_that_comes_twice_is_a_failed_answer(body: dict[str, Any]) -> None:
    body["payload"][1] = body["payload"][0]

    with pytest.raises(UpstreamFailed, match="every day"):
        read(body)


@pytest.mark.parametrize("name", ["interval", "unitCount", "orderCount", "totalSales"])
def test_a_missing_field_is_a_failed_answer(body: dict[str, Any], name: str) -> None:
    del body["payload"][0][name]

    with pytest.raises(UpstreamFailed, match=name):
        read(body)


@pytest.mark.parametrize(
    "interval",
    [
        "2026-03-07",
        "2026-03-07T00:00--2026-03-08T00:00",
        "2026-03-07T00:00-08:00--2026-03-07T12:00-08:00",
        "2026-03-07T00:00Z--2026-03-08T00:00Z",
        "yesterday--today",
    ],
)
def test_what_is_not_a_whole_day_is_a_failed_answer(body: dict[str, Any], interval: str) -> None:
    body["payload"][0]["interval"] = interval

    with pytest.raises(UpstreamFailed, match="interval"):
        read(body)


def test_an_answer_without_its_list_is_a_failed_answer() -> None:
    with pytest.raises(UpstreamFailed, match="payload"):
        read({})
