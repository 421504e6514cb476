"""What Shopify's answers mean: every row of its table of errors, and none of them is ever an empty list."""

import logging
from datetime import timedelta

import pytest
import requests
import responses

from adapters.shopify.answers import Question, TooDear
from domain.connections.model import ConnectionStatus
from domain.errors import (
    AccessDenied,
    ChannelError,
    NotConnected,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UpstreamUnreachable,
    UsagePlanEmpty,
    WrongAnswer,
)
from tests.adapters.shopify.stage import URL, Stage, an_error, asked, cost, says, sent
from tests.fakes.stores import SHOP, a_store_connection
from tests.fakes.things import NOW, a_user

QUESTION = Question("shopify.orders", "query Q($x: Int!) { orders }", {"x": 1})


@pytest.fixture
def stage() -> Stage:
    return Stage()


@responses.activate
def test_a_question_goes_to_the_stores_own_host_with_its_token_and_its_variables_apart(stage: Stage) -> None:
    says({"orders": 1})

    reply = stage.graphql.ask(stage.connection, QUESTION)

    assert reply.data == {"orders": 1}
    assert asked().url == URL
    assert asked().headers["X-Shopify-Access-Token"] == "token-0"
    assert "Authorization" not in asked().headers
    assert sent() == {"query": QUESTION.text, "variables": {"x": 1}}


@responses.activate
def test_with_a_base_of_its_own_the_store_is_a_path() -> None:
    stage = Stage(base="http://127.0.0.1:9")
    url = f"http://127.0.0.1:9/{SHOP}/admin/api/2026-10/graphql.json"
    says({"orders": 1}, url=url)

    stage.graphql.ask(stage.connection, QUESTION)

    assert asked().url == url


@pytest.mark.parametrize(
    "shop", ["evil.com", "acme.myshopify.com.evil.com", "evil.com/acme.myshopify.com", "a b.myshopify.com"]
)
@responses.activate
def test_no_token_goes_to_a_strangers_host(stage: Stage, shop: str) -> None:
    stranger = a_store_connection(a_user(), shop=shop)

    with pytest.raises(UpstreamRefused):
        stage.graphql.ask(stranger, QUESTION)

    assert len(responses.calls) == 0


ROWS: list[tuple[dict[str, object], type[ChannelError], str]] = [
    (
        {"errors": an_error("ACCESS_DENIED", "Required access: `read_all_orders` access scope.")},
        AccessDenied,
        "read_all_orders",
    ),
    ({"errors": an_error("SHOP_INACTIVE")}, AccessDenied, "not active"),
    ({"errors": an_error("INTERNAL_SERVER_ERROR")}, UpstreamFailed, "INTERNAL_SERVER_ERROR"),
    ({"errors": an_error("TIMEOUT")}, UpstreamFailed, "TIMEOUT"),
    ({"errors": an_error("MAX_COST_EXCEEDED")}, TooDear, "costs more"),
    ({"errors": [{"message": "Field 'x' doesn't exist"}]}, UpstreamRefused, "doesn't exist"),
    ({"errors": "[API] Something"}, UpstreamRefused, "Something"),
    ({"errors": [7]}, UpstreamRefused, "7"),
    ({"data": {"orders": 1}, "errors": an_error("UNHEARD_OF")}, UpstreamRefused, "UNHEARD_OF"),
    ({"data": None}, WrongAnswer, "no data"),
    ({"status": 402}, AccessDenied, "bill"),
    ({"status": 403}, AccessDenied, "scope"),
    ({"status": 404, "errors": "Not Found"}, UpstreamRefused, "no store"),
    ({"status": 406}, UpstreamRefused, "406"),
    ({"status": 423}, AccessDenied, "locked"),
    ({"status": 301}, UpstreamFailed, "301"),
    ({"status": 500}, UpstreamFailed, "500"),
    ({"status": 503}, UpstreamFailed, "503"),
]


@pytest.mark.parametrize(("answer", "error", "words"), ROWS)
@responses.activate
def test_every_error_has_a_name_says_shopify_and_keeps_the_requests_id(
    stage: Stage, answer: dict[str, object], error: type[ChannelError], words: str
) -> None:
    says(**answer)  # type: ignore[arg-type] # the rows name what it takes

    with pytest.raises(error, match=words) as found:
        stage.graphql.ask(stage.connection, QUESTION)

    assert type(found.value) is error
    assert (found.value.channel, found.value.request_id) == ("shopify", "r-1")


@responses.activate
def test_a_missing_scope_is_named(stage: Stage) -> None:
    says(errors=an_error("ACCESS_DENIED", "Required access: `read_all_orders` access scope."))

    with pytest.raises(AccessDenied) as found:
        stage.graphql.ask(stage.connection, QUESTION)

    assert found.value.role == "read_all_orders"


@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b'{"data": {"orders": ', b"", b"[]"])
@responses.activate
def test_an_answer_that_is_no_object_or_breaks_off_is_a_failure(stage: Stage, body: bytes) -> None:
    responses.add(responses.POST, URL, body=body)

    with pytest.raises(UpstreamFailed):
        stage.graphql.ask(stage.connection, QUESTION)


@responses.activate
def test_a_filter_that_was_dropped_is_a_failed_request(stage: Stage) -> None:
    warning = {"field": "45", "message": "Invalid search field for this query.", "code": "invalid_field"}
    says({"orders": 1}, extensions={"search": [{"path": ["orders"], "warnings": [warning]}]})

    with pytest.raises(UpstreamRefused, match="Invalid search field"):
        stage.graphql.ask(stage.connection, QUESTION)


@responses.activate
def test_a_filter_that_was_understood_is_none(stage: Stage) -> None:
    says({"orders": 1}, extensions={"search": [{"path": ["orders"], "query": "x", "parsed": {}}]})

    assert stage.graphql.ask(stage.connection, QUESTION).data == {"orders": 1}


@responses.activate
def test_throttling_says_when_the_bucket_holds_enough(stage: Stage) -> None:
    says(errors=an_error("THROTTLED"), extensions=cost(requested=500, available=100, rate=100))

    with pytest.raises(UsagePlanEmpty) as found:
        stage.graphql.ask(stage.connection, QUESTION)

    assert found.value.until == NOW + timedelta(seconds=4 + 0.55)
    assert found.value.channel == "shopify"
    assert stage.meter.counted == [("shopify.orders", "POST", 429)]


@responses.activate
def test_whoever_was_throttled_does_not_ask_before_it_is_time(stage: Stage) -> None:
    says(errors=an_error("THROTTLED"), extensions=cost(requested=500, available=100))
    says({"orders": 1})
    with pytest.raises(UsagePlanEmpty):
        stage.graphql.ask(stage.connection, QUESTION)

    with pytest.raises(UsagePlanEmpty):
        stage.graphql.ask(stage.connection, QUESTION)
    stage.clock.advance(timedelta(seconds=5))
    reply = stage.graphql.ask(stage.connection, QUESTION)

    assert reply.data == {"orders": 1}
    assert len(responses.calls) == 2


@responses.activate
def test_a_question_that_no_bucket_holds_is_too_dear_and_not_waited_for(stage: Stage) -> None:
    says(errors=an_error("THROTTLED"), extensions=cost(requested=1500, available=900, maximum=1000))

    with pytest.raises(TooDear):
        stage.graphql.ask(stage.connection, QUESTION)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [(429, {"Retry-After": "7"}, 7.0), (429, {}, 2.0), (430, {}, 60.0), (429, {"Retry-After": "soon"}, 2.0)],
)
@responses.activate
def test_too_many_requests_say_when_to_come_back(
    stage: Stage, status: int, headers: dict[str, str], seconds: float
) -> None:
    says(status=status, headers=headers)

    with pytest.raises(UsagePlanEmpty) as found:
        stage.graphql.ask(stage.connection, QUESTION)

    assert found.value.until == NOW + timedelta(seconds=seconds + 0.55)


@responses.activate
def test_an_answer_says_when_the_next_page_may_be_asked_for(stage: Stage) -> None:
    says({"orders": 1}, extensions=cost(requested=300, available=100, rate=50))

    assert stage.graphql.ask(stage.connection, QUESTION).ready_at == NOW + timedelta(seconds=4)


@pytest.mark.parametrize(
    "nonsense",
    [{"cost": 7}, cost(requested=300, available=0, rate=0), {"cost": {"requestedQueryCost": "NaN"}}],
)
@responses.activate
def test_costs_that_make_no_sense_delay_nothing(stage: Stage, nonsense: dict[str, object]) -> None:
    says({"orders": 1}, extensions=nonsense)

    assert stage.graphql.ask(stage.connection, QUESTION).ready_at == NOW


@responses.activate
def test_a_refused_token_is_renewed_once(stage: Stage) -> None:
    says(errors="[API] Invalid API key or access token", status=401)
    says({"orders": 1})

    reply = stage.graphql.ask(stage.connection, QUESTION)

    assert reply.data == {"orders": 1}
    assert asked().headers["X-Shopify-Access-Token"] == "token-1"


@responses.activate
def test_a_store_that_refuses_a_fresh_token_has_to_be_connected_anew(stage: Stage) -> None:
    says(errors="[API] Invalid API key or access token", status=401)

    with pytest.raises(ReauthorizationRequired) as found:
        stage.graphql.ask(stage.connection, QUESTION)

    assert found.value.channel == "shopify"
    assert len(responses.calls) == 2


@responses.activate
def test_what_broke_is_asked_once_more_at_once(stage: Stage) -> None:
    responses.add(responses.POST, URL, body=b"<html>", status=502)
    says({"orders": 1})

    assert stage.graphql.ask(stage.connection, QUESTION).data == {"orders": 1}
    assert [(status, attempt) for *_call, status, _seconds, attempt in stage.counted] == [
        ("502", 1),
        ("200", 2),
    ]


@responses.activate
def test_what_may_be_done_twice_is_not_sent_twice(stage: Stage) -> None:
    says(status=502)

    with pytest.raises(UpstreamFailed):
        stage.graphql.ask(stage.connection, Question("shopify.bulk", "mutation", {}, repeatable=False))

    assert len(responses.calls) == 1


@pytest.mark.parametrize(
    ("broken", "error"),
    [(requests.ReadTimeout(), UpstreamTimedOut), (requests.ConnectionError(), UpstreamFailed)],
)
@responses.activate
def test_no_answer_is_shopifys_too(stage: Stage, broken: Exception, error: type[ChannelError]) -> None:
    responses.add(responses.POST, URL, body=broken)

    with pytest.raises(error, match="Shopify") as found:
        stage.graphql.ask(stage.connection, QUESTION)

    assert found.value.channel == "shopify"
    assert not isinstance(found.value, UpstreamUnreachable)
    assert stage.meter.counted[0] == ("shopify.orders", "POST", None)


@responses.activate
def test_another_version_is_told_of_once(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    says({"orders": 1}, headers={"X-Shopify-API-Version": "2027-01"})

    with caplog.at_level(logging.WARNING):
        stage.graphql.ask(stage.connection, QUESTION)
        stage.graphql.ask(stage.connection, QUESTION)

    assert [record.message for record in caplog.records].count(caplog.records[0].message) == 1
    assert "another version" in caplog.text


@responses.activate
def test_calls_are_counted_and_nothing_secret_is_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    says({"orders": 1})

    with caplog.at_level(logging.INFO):
        stage.graphql.ask(stage.connection, QUESTION)

    assert stage.meter.counted == [("shopify.orders", "POST", 200)]
    assert stage.counted == [("shopify.orders", "POST", "200", 0.0, 1)]
    assert "token-0" not in "".join(str(vars(record)) for record in caplog.records)


def test_a_connection_that_is_not_usable_is_not_used(stage: Stage) -> None:
    stage.connection = Stage().connection.__class__(
        **{**vars(stage.connection), "status": ConnectionStatus.DISCONNECTED}
    )

    with pytest.raises(NotConnected):
        stage.graphql.ask(stage.connection, QUESTION)
