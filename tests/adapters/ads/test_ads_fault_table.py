"""What the Ads API's answers mean: every status, in every shape that its errors have."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
import requests
import responses

from adapters.ads.call import AdsCall
from adapters.ads.errors import DuplicateReport, ads_error
from adapters.http import Outbound
from domain.connections.model import ConnectionStatus
from domain.errors import (
    AccessDenied,
    ChannelError,
    NotConnected,
    NotFound,
    PortsideError,
    RateLimited,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UpstreamUnreachable,
    UsagePlanEmpty,
    WrongAnswer,
)
from domain.gateway.model import Answer, Patience
from entrypoints.http.errors import answer_for
from tests.adapters.ads.ads_stage import CAMPAIGNS, CREATION, PROFILES, AdsStage, says

HTML = b"<html><body>Request blocked</body></html>"
UUID = "1a2b3c4d-0000-4000-8000-00000000abcd"


@pytest.fixture
def stage(outbound: Outbound) -> AdsStage:
    return AdsStage(outbound)


@dataclass(frozen=True)
class Row:
    """A fault, again and again. ``sent`` is how often the call goes out, ``renewed`` how many tokens that costs."""

    name: str
    status: int
    body: object
    kind: type[PortsideError]
    told: tuple[int, str]
    words: str = ""
    sent: int = 1
    renewed: int = 0
    call: AdsCall = PROFILES
    headers: Mapping[str, str] | None = None


DENIED, MISTAKE, FAILED = (403, "ads_access_denied"), (502, "ads_error"), (502, "ads_error")
ROWS = (
    Row(
        "400 unknown column",
        400,
        {"code": "400", "detail": "configuration columns includes invalid values: (acos)"},
        UpstreamRefused,
        MISTAKE,
        "invalid values: (acos)",
    ),
    Row(
        "400 agency profile",
        400,
        {"code": "INVALID_ARGUMENT", "message": "Advertiser ID cannot be decrypted", "errors": []},
        UpstreamRefused,
        MISTAKE,
        "INVALID_ARGUMENT: Advertiser ID cannot be decrypted",
        call=CAMPAIGNS,
    ),
    Row(
        "401 token",
        401,
        {"code": "401", "details": "Unauthorized", "requestId": "R-1"},
        AccessDenied,
        DENIED,
        "AMAZON_ADS_CLIENT_ID",
        sent=2,
        renewed=1,
    ),
    Row(
        "401 scope",
        401,
        {"code": "401", "details": "Not authorized to access scope 4711", "requestId": "R-1"},
        AccessDenied,
        DENIED,
        "does not let us at profile 4711",
        sent=2,
        renewed=1,
        call=CAMPAIGNS,
    ),
    Row(
        "401 no advertiser",
        401,
        {"code": "401", "details": "No matching advertiser found for scope: 4711", "requestId": "R-1"},
        AccessDenied,
        DENIED,
        "profile 4711",
        sent=2,
        renewed=1,
        call=CAMPAIGNS,
    ),
    Row(
        "403 DSP",
        403,
        {"requestId": "R-1", "message": "User has no DSP", "errors": [{"errorType": "ACCESS_DENIED"}]},
        AccessDenied,
        DENIED,
        "ACCESS_DENIED: User has no DSP",
    ),
    Row("403 HTML", 403, HTML, AccessDenied, DENIED, "no reason told"),
    Row("404", 404, {"message": "No such account"}, NotFound, (404, "not_found"), "No such account"),
    Row("406", 406, HTML, UpstreamRefused, MISTAKE, "does not serve this version any more: listProfiles"),
    Row("408", 408, b"", UpstreamTimedOut, (504, "ads_timeout"), sent=4),
    Row(
        "415",
        415,
        {"code": "UNSUPPORTED_MEDIA_TYPE", "message": "Cannot consume content type"},
        UpstreamRefused,
        MISTAKE,
        "does not take this version any more",
        call=CAMPAIGNS,
    ),
    Row(
        "422",
        422,
        {"code": "422", "details": "Unrecognized token 'a'"},
        UpstreamRefused,
        MISTAKE,
        "Unrecognized token",
    ),
    Row(
        "425",
        425,
        {"code": "425", "detail": f"The Request is a duplicate of : {UUID}"},
        DuplicateReport,
        MISTAKE,
        UUID,
        call=CREATION,
    ),
    Row("429 HTML", 429, HTML, UsagePlanEmpty, (429, "rate_limited"), "listProfiles"),
    Row("500", 500, {"code": "INTERNAL_ERROR", "message": "Oops"}, UpstreamFailed, FAILED, sent=4),
    Row("502 HTML", 502, HTML, UpstreamFailed, FAILED, sent=4),
    Row("503 empty", 503, b"", UpstreamFailed, FAILED, sent=4),
    Row("504", 504, {"message": "Endpoint request timed out"}, UpstreamFailed, FAILED, sent=4),
    Row("302", 302, b"", UpstreamFailed, FAILED, sent=4),
    Row("200 empty", 200, b"", UpstreamFailed, FAILED, "breaks off or is not JSON", sent=4),
    Row("200 HTML", 200, HTML, UpstreamFailed, FAILED, sent=4),
    Row("200 cut off", 200, b'[{"profileId": 1', UpstreamFailed, FAILED, sent=4),
    Row("200 no number", 200, b'[{"dailyBudget": NaN}]', UpstreamFailed, FAILED, sent=4),
    Row("200 a bare text", 200, b'"fine"', UpstreamFailed, FAILED, sent=4),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_fault_is_told_as_what_it_is(
    stage: AdsStage, upstream: responses.RequestsMock, row: Row
) -> None:
    says(upstream, row.status, row.body, row.call, row.headers)

    with pytest.raises(row.kind) as failed:
        stage.ask(row.call)

    assert answer_for(failed.value) == row.told
    assert row.words in str(failed.value)
    assert (len(upstream.calls), len(stage.tokens.refusals)) == (row.sent, row.renewed)
    assert getattr(failed.value, "channel", "ads") == "ads"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"code": "401", "details": "one", "requestId": "R-7"}, "401", "one"),
        ({"code": "400", "detail": "two"}, "400", "two"),
        ({"code": "THROTTLED", "message": "three", "errors": [{"errorType": "x"}]}, "THROTTLED", "three"),
        ({"errors": [{"errorId": 1, "errorCode": "E1", "errorMessage": "four"}]}, "E1", "four"),
        ({"message": "five"}, "", "five"),
        (
            {"requestId": "R-7", "message": "six", "errors": [{"errorType": "BAD", "field": "a"}]},
            "BAD",
            "six",
        ),
        ([{"code": "SEVEN", "message": "seven"}], "SEVEN", "seven"),
        ({"error": "invalid_request", "error_description": "eight"}, "invalid_request", "eight"),
        ({"code": None, "details": 9, "errors": "?"}, "", "9"),
        ("ten", "", ""),
        (None, "", ""),
    ],
)
def test_every_shape_of_an_error_is_read(body: object, code: str, message: str) -> None:
    answer = Answer(400, {}, json.dumps(body).encode())

    error = ads_error(answer)

    assert (error.code, error.message) == (code, message)


@pytest.mark.parametrize(
    ("headers", "body", "request_id"),
    [
        ({"x-amzn-RequestId": "H-1"}, {"message": "m"}, "H-1"),
        ({"x-amz-rid": "H-2"}, {"message": "m"}, "H-2"),
        ({"x-amz-request-id": "H-3"}, {"message": "m"}, "H-3"),
        ({"Amazon-Advertising-API-RequestId": "H-4"}, {"message": "m"}, "H-4"),
        ({"x-amz-rid": "H-5"}, {"message": "m", "requestId": "B-5"}, "B-5"),
    ],
)
def test_amazons_request_id_is_found_wherever_it_stands(
    stage: AdsStage,
    upstream: responses.RequestsMock,
    headers: dict[str, str],
    body: dict[str, str],
    request_id: str,
) -> None:
    says(upstream, 403, body, headers=headers)

    with pytest.raises(AccessDenied) as denied:
        stage.ask()

    assert denied.value.request_id == request_id


def test_an_error_that_repeats_a_token_is_told_without_it(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    says(upstream, 400, {"code": "400", "details": f"Bad header: Bearer Atza|{'x' * 900}\nnext"})

    with pytest.raises(UpstreamRefused) as refused:
        stage.ask()

    assert "Atza" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_duplicate_names_the_report_that_is_being_made(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    says(upstream, 425, {"code": "425", "detail": f"The Request is a duplicate of : {UUID}"}, CREATION)

    with pytest.raises(DuplicateReport) as duplicate:
        stage.ask(CREATION)

    assert duplicate.value.report_id == UUID


def test_a_duplicate_of_nothing_that_is_named_says_so(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    says(upstream, 425, HTML, CREATION)

    with pytest.raises(DuplicateReport) as duplicate:
        stage.ask(CREATION)

    assert duplicate.value.report_id is None


def test_a_refused_token_is_renewed_once_and_the_call_goes_on(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    says(upstream, 401, {"code": "401", "details": "Unauthorized"})
    says(upstream, 200, [{"profileId": 1}])

    found = stage.ask()

    assert found == [{"profileId": 1}]
    assert [call.request.headers["Authorization"] for call in upstream.calls] == [
        "Bearer Atza|1",
        "Bearer Atza|2",
    ]


def test_many_closed_profiles_do_not_cost_a_token_each(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    says(upstream, 401, {"code": "401", "details": "Not authorized to manage this profile"}, CAMPAIGNS)

    for number in range(5):
        with pytest.raises(AccessDenied, match=f"profile {number} "):
            stage.ask(replace(CAMPAIGNS, profile_id=str(number)))

    assert len(stage.tokens.refusals) == 1
    assert len(upstream.calls) == 6


def test_a_token_that_dies_later_is_renewed_again(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    says(upstream, 401, {"code": "401", "details": "Not authorized to access scope"}, CAMPAIGNS)
    for _ in range(2):
        with pytest.raises(AccessDenied):
            stage.ask(CAMPAIGNS)
        stage.clock.advance(timedelta(minutes=11))

    assert len(stage.tokens.refusals) == 2


@pytest.mark.parametrize(
    ("trouble", "kind", "told"),
    [
        (requests.ReadTimeout(), UpstreamTimedOut, (504, "ads_timeout")),
        (requests.ConnectionError("reset"), UpstreamFailed, (502, "ads_error")),
        (requests.exceptions.ChunkedEncodingError("short"), UpstreamFailed, (502, "ads_error")),
    ],
)
def test_no_whole_answer_is_no_empty_list(
    stage: AdsStage,
    upstream: responses.RequestsMock,
    trouble: Exception,
    kind: type[ChannelError],
    told: tuple[int, str],
) -> None:
    upstream.add("GET", "https://advertising-api.amazon.com/v2/profiles", body=trouble)

    with pytest.raises(kind) as failed:
        stage.ask()

    assert answer_for(failed.value) == told
    assert len(upstream.calls) == 4


def test_what_may_not_be_repeated_is_sent_once(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    once = replace(CAMPAIGNS, repeatable=False)
    says(upstream, 500, {"message": "Oops"}, once)

    with pytest.raises(UpstreamFailed, match="not known whether"):
        stage.ask(once)

    assert len(upstream.calls) == 1


def test_an_operation_that_fails_again_and_again_is_left_alone(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    says(upstream, 503, b"")
    for _ in range(2):
        with pytest.raises(UpstreamFailed):
            stage.ask()
    asked = len(upstream.calls)

    with pytest.raises(UpstreamFailed, match="again and again") as failed:
        stage.ask()

    assert failed.value.channel == "ads"
    assert len(upstream.calls) == asked


def test_what_the_reader_does_not_like_carries_amazons_request_id(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    says(upstream, 200, {}, headers={"x-amzn-RequestId": "H-1"})

    def read(body: object) -> object:
        raise WrongAnswer(f"no list: {body}", channel="ads")

    with pytest.raises(WrongAnswer) as wrong:
        stage.client.call(stage.connection, PROFILES, read, Patience.BACKGROUND)

    assert wrong.value.request_id == "H-1"


def test_numbers_are_exact(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    says(upstream, 207, b'{"id": 9007199254740993, "cost": 0.1}')

    assert stage.ask() == {"id": 9007199254740993, "cost": Decimal("0.1")}


def test_a_connection_that_is_gone_is_not_called_in_the_name_of(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    gone = replace(stage.connection, status=ConnectionStatus.REAUTHORIZATION_REQUIRED)

    with pytest.raises(NotConnected) as failed:
        stage.ask(connection=gone)

    assert answer_for(failed.value) == (403, "ads_not_connected")
    assert len(upstream.calls) == 0


@pytest.mark.parametrize("path", ["/adsAccounts/..", "/termsTokens/./x"])
def test_no_id_leads_to_another_path(stage: AdsStage, upstream: responses.RequestsMock, path: str) -> None:
    with pytest.raises(NotFound):
        stage.ask(replace(PROFILES, path=path))

    assert len(upstream.calls) == 0


def test_tokens_that_are_not_to_be_had_are_the_channel_s_trouble(stage: AdsStage) -> None:
    stage.tokens.trouble = [RateLimited("slow", 30.0, channel="amazon")]

    with pytest.raises(RateLimited) as limited:
        stage.ask()

    assert limited.value.channel == "ads"


def test_an_unreachable_host_is_told_apart(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    del upstream  # whatever is not registered can't be reached

    with pytest.raises(UpstreamFailed) as failed:
        stage.ask()

    assert isinstance(failed.value, UpstreamFailed | UpstreamUnreachable)
