"""What the channel says of its limits is believed within reason."""

import pytest

from domain.gateway.usage_plans import UsagePlan, credible_rate, credible_wait

PLAN = UsagePlan(0.5, 15)


@pytest.mark.parametrize(("named", "kept"), [(0.5, 0.5), (30.0, 30.0), (1e-9, 0.025), (1e12, 500.0)])
def test_a_rate_is_kept_where_calls_still_go_through(named: float, kept: float) -> None:
    assert credible_rate(named, PLAN) == kept


@pytest.mark.parametrize(("named", "kept"), [(None, None), (0.0, 0.0), (60.0, 60.0), (604_799.0, 900.0)])
def test_a_wait_is_at_most_a_quarter_of_an_hour(named: float | None, kept: float | None) -> None:
    assert credible_wait(named, PLAN) == kept


def test_a_slow_plan_may_ask_for_longer_waits() -> None:
    assert credible_wait(86_400.0, UsagePlan(0.01, 1)) == 2000.0
