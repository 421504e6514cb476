"""Amazon's participations and sales metrics in our words."""

from typing import Any

import pytest

from adapters.amazon.wire.sellers import ordered, participations
from domain.connections.model import Participation
from domain.errors import UpstreamFailed
from tests.adapters.amazon.samples import sample


def test_participations_are_read_with_strangers_and_suspensions() -> None:
    read = participations(sample("get_marketplace_participations", "three_and_a_stranger"))

    assert read == [
        Participation("ATVPDKIKX0DER", "US", "USD", participating=True, suspended=False),
        Participation("A2EUQ1WTGCTBG2", "CA", "CAD", participating=True, suspended=True),
        Participation("A1AM78C64UM0Y8", "MX", "MXN", participating=False, suspended=False),
        Participation("A1MQXOICRS2Z7M", "US", "USD", participating=True, suspended=False),
    ]


def test_a_participation_that_is_not_affirmed_is_none() -> None:
    (read,) = participations({"payload": [{"marketplace": {"id": "ATVPDKIKX0DER"}}]})

    assert read == Participation("ATVPDKIKX0DER", "", "", participating=False, suspended=False)


def test_a_seller_may_participate_nowhere() -> None:
    assert participations({"payload": []}) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"payload": None},
        {"payload": {}},
        {"payload": ["ATVPDKIKX0DER"]},
        {"payload": [{}]},
        {"payload": [{"marketplace": {"id": ""}}]},
        {"payload": [{"marketplace": "ATVPDKIKX0DER"}]},
        {"payload": [{"marketplace": {"id": "ATVPDKIKX0DER"}, "participation": True}]},
    ],
)
def test_participations_that_are_not_as_promised_are_a_failure(body: dict[str, Any]) -> None:
    with pytest.raises(UpstreamFailed, match="not as promised"):
        participations(body)


@pytest.mark.parametrize(("case", "orders"), [("total", 3), ("nothing", 0)])
def test_orders_are_counted(case: str, orders: int) -> None:
    assert ordered(sample("get_order_metrics", case)) == orders


def test_the_orders_of_several_intervals_are_added() -> None:
    assert ordered({"payload": [{"orderCount": 2}, {"orderCount": 5}]}) == 7


@pytest.mark.parametrize("body", [{}, {"payload": 3}, {"payload": [3]}, {"payload": [{"orderCount": "3"}]}])
def test_metrics_that_are_not_as_promised_are_a_failure(body: dict[str, Any]) -> None:
    with pytest.raises(UpstreamFailed, match="not as promised"):
        ordered(body)
