"""What a call to Amazon leaves in the log."""

import logging
from uuid import UUID

import pytest

from adapters.amazon.call_log import LoggedCalls
from domain.gateway.model import Call
from domain.gateway.operations import SEARCH_ORDERS

CONNECTION_ID = UUID("00000000-0000-0000-0000-000000000007")
CALL = Call(SEARCH_ORDERS, {"paginationToken": "page-secret"})


_SAID = ("operation", "connection_id", "status", "seconds", "waited", "attempt")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="adapters.amazon.call_log")
    return caplog


@pytest.mark.parametrize(
    ("status", "level"), [(200, "INFO"), (302, "INFO"), (400, "WARNING"), (429, "WARNING"), (503, "WARNING")]
)
def test_an_answer_leaves_one_line(lines: pytest.LogCaptureFixture, status: int, level: str) -> None:
    LoggedCalls().answered(CALL, CONNECTION_ID, status, 0.12345, 2, "r-1", 1.98765)

    (line,) = lines.records
    said = {name: vars(line)[name] for name in _SAID}
    assert (line.levelname, line.getMessage()) == (level, "amazon answered")
    assert said == {
        "operation": "searchOrders",
        "connection_id": str(CONNECTION_ID),
        "status": status,
        "seconds": 0.123,
        "waited": 1.988,
        "attempt": 2,
    }
    assert vars(line)["amazon_request_id"] == "r-1"


def test_no_answer_leaves_a_warning_with_its_cause(lines: pytest.LogCaptureFixture) -> None:
    LoggedCalls().failed(CALL, CONNECTION_ID, "UpstreamTimedOut", 30.0, 1, 0.0)

    (line,) = lines.records
    assert (line.levelname, vars(line)["cause"]) == ("WARNING", "UpstreamTimedOut")


def test_no_line_holds_what_was_asked(lines: pytest.LogCaptureFixture) -> None:
    LoggedCalls().answered(CALL, CONNECTION_ID, 200, 0.1, 1, None, 0.0)
    LoggedCalls().failed(CALL, CONNECTION_ID, "UpstreamFailed", 0.1, 2, 0.0)

    assert all("page-secret" not in repr(vars(line)) for line in lines.records)
