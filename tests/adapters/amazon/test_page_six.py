"""Whatever strikes on page six of ten: all orders, or an error with a name, in time. Never fewer orders without a word."""

import pytest

from tests.page_six import FAULTS, HOPELESS, LIMIT, ours, run


def test_without_a_fault_all_orders_are_there() -> None:
    outcome = run((), ours)

    assert outcome.complete
    assert 900 < outcome.expected <= 1000


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in HOPELESS])
def test_a_fault_that_passes_costs_no_order(name: str) -> None:
    outcome = run(FAULTS[name], ours)

    assert outcome.complete, str(outcome)
    assert outcome.seconds < LIMIT


def test_a_revoked_consent_is_named_at_once() -> None:
    outcome = run(FAULTS["invalid_grant"], ours)

    assert outcome.error == "ReauthorizationRequired"
    assert outcome.seconds < 1


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("503 with an HTML page", "UpstreamFailed"),
        ("200 with an empty body", "UpstreamFailed"),
        ("200 without its list", "WrongAnswer"),
        ("body cut off", "UpstreamFailed"),
        ("connection dropped", "UpstreamFailed"),
        ("silence", "UpstreamTimedOut"),
        ("429", "RateLimited"),
        ("LWA silent", "UpstreamTimedOut"),
    ],
)
def test_a_fault_that_stays_is_named_in_time(name: str, error: str) -> None:
    (fault,) = FAULTS[name]

    outcome = run([type(fault)(**{**vars(fault), "times": None})], ours)

    assert outcome.error == error, str(outcome)
    assert outcome.seconds < LIMIT
