"""What Amazon's answers mean."""

from decimal import Decimal

import pytest

from domain.errors import (
    AccessDenied,
    NotConfigured,
    NotFound,
    PortsideError,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
)
from domain.gateway.answers import Throttled, TokenDead, decipher, first_error, rate_limit
from domain.gateway.model import Answer
from domain.gateway.operations import SEARCH_ORDERS
from tests.fakes.amazon import answer, refusal

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_a_json_object_is_the_answer(content_type: str) -> None:
    good = Answer(200, {"content-type": content_type}, b'{"orders": [{"total": 12.10}]}')

    assert decipher(good, SEARCH_ORDERS) == {"orders": [{"total": Decimal("12.10")}]}


@pytest.mark.parametrize(
    "bad",
    [
        Answer(200, JSON, b""),
        Answer(204, {}, b""),
        Answer(200, JSON, b'{"orders": ['),
        Answer(200, JSON, b"[]"),
        Answer(200, JSON, b"null"),
        Answer(200, JSON, b'"orders"'),
        Answer(200, JSON, b"\xff\xfe"),
        Answer(200, JSON, b"[" * 100_000),
        Answer(200, {"content-type": "text/html"}, b"<html>maintenance</html>"),
        Answer(200, {}, b"{}"),
        Answer(100, JSON, b"{}"),
        Answer(500, JSON, b"{}"),
        Answer(503, {"content-type": "text/html"}, b"<html>"),
    ],
    ids=lambda bad: f"{bad.status} {bad.body[:12]!r}",
)
def test_what_cannot_be_right_is_a_failure_and_never_an_empty_result(bad: Answer) -> None:
    with pytest.raises(UpstreamFailed):
        decipher(bad, SEARCH_ORDERS)


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (refusal(400, "InvalidInput", "bad date"), UpstreamRefused, "InvalidInput: bad date"),
        (Answer(400, {}, b"<html>"), UpstreamRefused, "status 400"),
        (Answer(400, JSON, b"[" * 100_000), UpstreamRefused, "status 400"),
        (refusal(413), UpstreamRefused, "status 413"),
        (Answer(302, {"location": "https://elsewhere"}, b""), UpstreamRefused, "status 302"),
        (refusal(404), NotFound, "searchOrders"),
        (refusal(403, "Unauthorized", "Access denied"), AccessDenied, "Inventory and Order Tracking"),
        (refusal(401), AccessDenied, "searchOrders"),
        (Answer(403, {"content-type": "text/html"}, b"<html>"), AccessDenied, "searchOrders"),
        (
            refusal(403, details="The LWA secret token you provided has expired"),
            NotConfigured,
            "client secret has expired",
        ),
        (refusal(403, details="Marketplace is not valid for region eu"), UpstreamRefused, "region"),
        (refusal(403, details="Seller account is inactive"), ReauthorizationRequired, "not active"),
    ],
)
def test_a_refusal_says_what_is_wrong(said: Answer, error: type[PortsideError], words: str) -> None:
    with pytest.raises(error, match=words):
        decipher(said, SEARCH_ORDERS)


def test_a_denied_operation_names_the_role_that_it_needs() -> None:
    with pytest.raises(AccessDenied) as caught:
        decipher(refusal(403, "Unauthorized"), SEARCH_ORDERS)

    assert caught.value.role == "Inventory and Order Tracking"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("details", "expired"),
    [
        ("The access token you provided has expired.", True),
        ("The access token you provided is revoked, malformed or invalid.", False),
    ],
)
def test_a_dead_token_is_no_denial(status: int, details: str, expired: bool) -> None:
    with pytest.raises(TokenDead) as caught:
        decipher(refusal(status, "Unauthorized", details=details), SEARCH_ORDERS)

    assert caught.value.expired is expired


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("0", 0.0),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
    ],
)
def test_too_many_may_say_when_to_come_back(header: str, seconds: float | None) -> None:
    with pytest.raises(Throttled) as caught:
        decipher(answer(429, retry_after=header), SEARCH_ORDERS)

    assert caught.value.retry_after == seconds


def test_too_many_without_a_time_leaves_it_open() -> None:
    with pytest.raises(Throttled) as caught:
        decipher(answer(429), SEARCH_ORDERS)

    assert caught.value.retry_after is None


@pytest.mark.parametrize("status", [400, 403, 500])
def test_amazons_request_id_is_kept(status: int) -> None:
    with pytest.raises((AccessDenied, UpstreamFailed, UpstreamRefused)) as caught:
        decipher(answer(status, x_amzn_requestid="req-1"), SEARCH_ORDERS)

    assert caught.value.request_id == "req-1"


@pytest.mark.parametrize(
    ("header", "rate"),
    [("0.0167", 0.0167), ("5.0", 5.0), ("0", None), ("", None), ("many", None), ("nan", None)],
)
def test_the_granted_rate_is_read_where_it_is_a_rate(header: str, rate: float | None) -> None:
    assert rate_limit(answer(200, x_amzn_ratelimit_limit=header)) == rate


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"errors": []}', b'{"errors": "x"}', b'{"errors": [1]}', b"3", b"null"]
)
def test_a_refusal_without_a_reason_has_empty_words(body: bytes) -> None:
    error = first_error(Answer(400, JSON, body))

    assert (error.code, error.message, error.details) == ("", "", "")


def test_a_bare_list_of_errors_is_read_too() -> None:
    error = first_error(Answer(400, JSON, b'[{"code": "InvalidInput", "message": null}]'))

    assert (error.code, error.message) == ("InvalidInput", "")
