"""Reporting v3 in the vendor's vocabulary: what is asked, and what is made of the answers. Documents come over sockets."""

import gzip
import json
import socket
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import responses

from adapters.ads.addresses import AdsAddresses
from adapters.ads.call import AdsCall
from adapters.ads.reports import AmazonAdsReports
from adapters.http import Outbound
from domain.ads.accounts import Account, AccountId, AccountStatus, FoundAccount
from domain.ads.reports import AdProduct, AdsLook, AdsReportRequest, TimeUnit
from domain.errors import (
    AccessDenied,
    NotFound,
    PortsideError,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
    WrongAnswer,
)
from domain.marketplaces import Region
from tests.adapters.ads.ads_stage import HOST, AdsStage, says
from tests.adapters.loopback import Loopback, Script, Seen, breaking_off, http, listening, silent
from tests.fakes.ads_things import a_profile, an_advertiser
from tests.fakes.things import NOW

REQUEST = AdsReportRequest(
    AdProduct.SPONSORED_PRODUCTS,
    "spCampaigns",
    date(2026, 3, 1),
    date(2026, 3, 2),
    TimeUnit.DAILY,
    ("campaign",),
    ("date", "campaignId", "cost"),
    (("campaignStatus", ("ENABLED", "PAUSED")),),
)
ID = "a1b2c3d4-0000-4000-8000-000000000001"
CREATE = AdsCall("createReport", "POST", Region.NA, "/reporting/reports")
LOOK = AdsCall("getReport", "GET", Region.NA, f"/reporting/reports/{ID}")
DUPLICATE = {"code": "425", "detail": f"The Request is a duplicate of : {ID}"}
ROWS = [{"date": "2026-03-01", "campaignId": 123456789012345678, "cost": 14.5}]
EXPIRED = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"


def kept(found: FoundAccount, stage: AdsStage) -> Account:
    return Account(
        id=AccountId(uuid4()),
        connection_id=stage.connection.id,
        user_id=stage.connection.user_id,
        found=found,
        status=AccountStatus.ACTIVE,
        is_default=True,
        created_at=NOW,
        seen_at=NOW,
    )


class Bench:
    """A profile, and reports on a script of answers."""

    def __init__(
        self, outbound: Outbound, addresses: AdsAddresses | None = None, found: FoundAccount | None = None
    ) -> None:
        where = addresses or AdsAddresses()
        self.stage = AdsStage(outbound, addresses=where)
        self.account = kept(found or a_profile("4711"), self.stage)
        self.reports = AmazonAdsReports(self.stage.client, outbound, where, reading_seconds=20.0)

    def create(self, request: AdsReportRequest = REQUEST) -> str:
        return self.reports.create(self.stage.connection, self.account, request)

    def look(self) -> AdsLook:
        return self.reports.look(self.stage.connection, self.account, ID)


def a_report(**changes: Any) -> dict[str, Any]:
    """A report as Amazon tells it."""
    configuration = {
        "adProduct": "SPONSORED_PRODUCTS",
        "reportTypeId": "spCampaigns",
        "groupBy": ["campaign"],
        "columns": ["cost", "date", "campaignId"],
        "timeUnit": "DAILY",
        "format": "GZIP_JSON",
        "filters": [{"field": "campaignStatus", "values": ["PAUSED", "ENABLED"]}],
    }
    told = {
        "reportId": ID,
        "status": "PENDING",
        "name": "spCampaigns",
        "startDate": "2026-03-01",
        "endDate": "2026-03-02",
        "createdAt": "2026-03-04T12:00:00Z",
        "url": None,
        "urlExpiresAt": None,
        "fileSize": None,
        "failureReason": None,
    }
    configured = {**configuration, **changes.pop("configuration", {})}
    return {**told, "configuration": configured, **changes}


def sent(upstream: responses.RequestsMock, number: int = 0) -> Any:
    return upstream.calls[number].request


# Asking


def test_a_report_is_asked_for_in_the_profiles_name(
    upstream: responses.RequestsMock, outbound: Outbound
) -> None:
    says(upstream, body=a_report(), call=CREATE)

    made = Bench(outbound).create()

    request = sent(upstream)
    assert made == ID
    assert request.headers["Amazon-Advertising-API-Scope"] == "4711"
    assert request.headers["Content-Type"] == "application/vnd.createasyncreportrequest.v3+json"
    assert request.headers["Accept"] == "application/vnd.createasyncreportresponse.v3+json"
    assert json.loads(request.body) == {
        "name": "spCampaigns 2026-03-01 2026-03-02",
        "startDate": "2026-03-01",
        "endDate": "2026-03-02",
        "configuration": {
            "adProduct": "SPONSORED_PRODUCTS",
            "reportTypeId": "spCampaigns",
            "groupBy": ["campaign"],
            "columns": ["date", "campaignId", "cost"],
            "timeUnit": "DAILY",
            "format": "GZIP_JSON",
            "filters": [{"field": "campaignStatus", "values": ["ENABLED", "PAUSED"]}],
        },
    }


def test_an_advertiser_is_asked_about_through_its_agency(
    upstream: responses.RequestsMock, outbound: Outbound
) -> None:
    says(upstream, body=a_report(), call=CREATE)
    dsp = replace(REQUEST, ad_product=AdProduct.DSP, report_type="dspCampaign", filters=())

    Bench(outbound, found=an_advertiser("77", agency="5")).create(dsp)

    request = sent(upstream)
    assert request.headers["Amazon-Advertising-API-Scope"] == "5"
    assert "Amazon-Ads-AccountId" not in request.headers
    filters = json.loads(request.body)["configuration"]["filters"]
    assert filters == [{"field": "advertiserId", "values": ["77"]}]


def test_an_advertiser_without_an_agency_is_asked_about_in_its_own_name(
    upstream: responses.RequestsMock, outbound: Outbound
) -> None:
    says(upstream, body=a_report(), call=CREATE)
    dsp = replace(REQUEST, ad_product=AdProduct.DSP, report_type="dspCampaign", filters=())

    Bench(outbound, found=an_advertiser("77", agency=None)).create(dsp)

    request = sent(upstream)
    assert request.headers["Amazon-Ads-AccountId"] == "77"
    assert "Amazon-Advertising-API-Scope" not in request.headers
    assert "filters" not in json.loads(request.body)["configuration"]


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "COMPLETED"])
def test_a_duplicate_that_asks_the_same_is_adopted(
    upstream: responses.RequestsMock, outbound: Outbound, status: str
) -> None:
    says(upstream, 425, DUPLICATE, CREATE)
    says(upstream, body=a_report(status=status), call=LOOK)

    assert Bench(outbound).create() == ID


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "FAILED"},
        {"startDate": "2026-03-02"},
        {"endDate": "2026-03-01"},
        {"configuration": {"timeUnit": "SUMMARY"}},
        {"configuration": {"reportTypeId": "sbCampaigns"}},
        {"configuration": {"columns": ["date", "campaignId"]}},
        {"configuration": {"groupBy": ["adGroup"]}},
        {"configuration": {"filters": None}},
        {"configuration": {"adProduct": "UNHEARD_OF"}},
    ],
    ids=str,
)
def test_a_duplicate_of_something_else_is_not_taken_for_ours(
    upstream: responses.RequestsMock, outbound: Outbound, changes: dict[str, Any]
) -> None:
    says(upstream, 425, DUPLICATE, CREATE)
    says(upstream, body=a_report(**changes), call=LOOK)

    with pytest.raises(UpstreamFailed, match="again later") as failure:
        Bench(outbound).create()

    assert failure.value.channel == "ads"


def test_a_duplicate_that_nobody_knows_is_asked_for_later(
    upstream: responses.RequestsMock, outbound: Outbound
) -> None:
    says(upstream, 425, DUPLICATE, CREATE)
    says(upstream, 404, {"code": "404", "detail": "Report not found."}, LOOK)

    with pytest.raises(UpstreamFailed, match="again later"):
        Bench(outbound).create()


def test_a_duplicate_without_a_name_is_asked_for_later(
    upstream: responses.RequestsMock, outbound: Outbound
) -> None:
    says(upstream, 425, {"code": "425", "detail": "Too early."}, CREATE)

    with pytest.raises(UpstreamFailed, match="again later"):
        Bench(outbound).create()


def test_after_a_time_out_the_report_that_was_made_all_the_same_is_adopted(
    upstream: responses.RequestsMock, outbound: Outbound
) -> None:
    says(upstream, 504, b"<html>", CREATE)
    says(upstream, 425, DUPLICATE, CREATE)
    says(upstream, body=a_report(), call=LOOK)

    assert Bench(outbound).create() == ID


def test_a_limit_on_creating_says_when_to_come_back(
    upstream: responses.RequestsMock, outbound: Outbound
) -> None:
    says(upstream, 429, {"code": "429", "detail": "Too many requests"}, CREATE)

    with pytest.raises(UsagePlanEmpty) as limit:
        Bench(outbound).create()

    assert limit.value.until > NOW
    assert limit.value.channel == "ads"


def test_amazons_words_about_a_wrong_request_come_through(
    upstream: responses.RequestsMock, outbound: Outbound
) -> None:
    detail = "configuration columns includes invalid values: (acos). Allowed values: (date, cost)"
    says(upstream, 400, {"code": "400", "detail": detail}, CREATE)

    with pytest.raises(UpstreamRefused, match=r"Allowed values: \(date, cost\)"):
        Bench(outbound).create()


# Looking


def test_a_look_tells_how_a_report_stands(upstream: responses.RequestsMock, outbound: Outbound) -> None:
    url = "https://offline-report-storage.s3.amazonaws.com/a.gz?X-Amz-Signature=s"
    says(upstream, body=a_report(status="COMPLETED", url=url, fileSize=321), call=LOOK)

    look = Bench(outbound).look()

    assert (look.amazon_id, look.status, look.url, look.size) == (ID, "COMPLETED", url, 321)
    assert look.request is not None
    assert look.request.asks_the_same(REQUEST)
    assert sent(upstream).headers["Amazon-Advertising-API-Scope"] == "4711"
    assert sent(upstream).headers["Accept"] == "application/vnd.getasyncreportresponse.v3+json"


def test_a_failed_report_gives_its_reason(upstream: responses.RequestsMock, outbound: Outbound) -> None:
    says(upstream, body=a_report(status="FAILED", failureReason="Internal Error"), call=LOOK)

    look = Bench(outbound).look()

    assert (look.status, look.failure_reason, look.url) == ("FAILED", "Internal Error", None)


@pytest.mark.parametrize("body", [{}, [], {"reportId": ID}, {**a_report(), "status": 7}], ids=str)
def test_a_report_of_another_shape_is_a_failure(
    upstream: responses.RequestsMock, outbound: Outbound, body: object
) -> None:
    says(upstream, body=body, call=LOOK)

    with pytest.raises(UpstreamFailed) as failure:
        Bench(outbound).look()

    assert failure.value.channel == "ads"


def test_a_profile_that_is_closed_to_us_is_no_dead_token(
    upstream: responses.RequestsMock, outbound: Outbound
) -> None:
    for _ in range(2):
        says(upstream, 401, {"code": "401", "detail": "Not authorized to access scope 4711"}, LOOK)

    with pytest.raises(AccessDenied, match="4711"):
        Bench(outbound).look()


# Fetching


def fetched(outbound: Outbound, server: Loopback) -> bytes:
    """The rows of the document that this server has."""
    bench = Bench(outbound, AdsAddresses(api_url=f"{server.url}/ads/{{region}}"))
    look = AdsLook(ID, "COMPLETED", REQUEST, url=f"{server.url}/doc?X-Amz-Signature=s")
    with bench.reports.document(bench.account, look) as parts:
        return b"".join(parts)


def saying(status: int, body: bytes) -> Script:
    def answer(line: socket.socket, _seen: Seen) -> bool:
        line.sendall(http(body, status=f"{status} So"))
        return False

    return answer


def test_a_document_is_fetched_without_our_token(outbound: Outbound) -> None:
    with listening(saying(200, gzip.compress(json.dumps(ROWS).encode()))) as server:
        rows = fetched(outbound, server)

    (seen,) = server.seen
    assert rows == b'{"date":"2026-03-01","campaignId":"123456789012345678","cost":14.5}\n'
    assert (seen.method, seen.target) == ("GET", "/doc?X-Amz-Signature=s")
    assert not {name for name in seen.headers if "authorization" in name or "amazon" in name}


def test_a_document_that_was_unpacked_on_the_way_is_read_as_well(outbound: Outbound) -> None:
    with listening(saying(200, json.dumps(ROWS).encode())) as server:
        assert fetched(outbound, server).count(b"\n") == 1


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, EXPIRED, StalePage),
        (403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", UpstreamFailed),
        (400, b"<Error><Message>Only one auth mechanism allowed</Message></Error>", UpstreamFailed),
        (404, b"<Error><Code>NoSuchKey</Code></Error>", NotFound),
        (503, b"Slow down", UpstreamFailed),
        (302, b"", UpstreamFailed),
        (200, b"", UpstreamFailed),
        (200, b"<html>maintenance</html>", WrongAnswer),
        (200, b'{"rows": []}', WrongAnswer),
        (200, gzip.compress(b"[]", mtime=0)[:-9], UpstreamFailed),
    ],
)
def test_what_the_store_says_in_the_place_of_a_document(
    outbound: Outbound, status: int, body: bytes, error: type[PortsideError]
) -> None:
    with listening(saying(status, body)) as server, pytest.raises(error) as failure:
        fetched(outbound, server)

    assert type(failure.value) is error
    assert "Signature=" not in str(failure.value)
    assert getattr(failure.value, "channel", "ads") == "ads"


@pytest.mark.parametrize(
    ("script", "error"),
    [(breaking_off(http(b"x" * 60, length=100)), UpstreamFailed), (silent, UpstreamTimedOut)],
)
def test_a_store_that_breaks_off_or_is_silent_is_amazons_failure(
    script: Script, error: type[PortsideError]
) -> None:
    impatient = Outbound.with_pool(0.3, 2)

    with listening(script) as server, pytest.raises(error) as failure:
        fetched(impatient, server)

    assert getattr(failure.value, "channel", "") == "ads"


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest", "https://evil.example/doc", "https://amazonaws.com.evil.example/d", ""],
)
def test_addresses_that_are_not_amazons_are_not_asked(outbound: Outbound, url: str) -> None:
    bench = Bench(outbound)
    look = AdsLook(ID, "COMPLETED", REQUEST, url=url)

    with pytest.raises(UpstreamFailed, match="not one of AWS's"), bench.reports.document(bench.account, look):
        pass


def test_the_real_host_is_the_accounts_own(upstream: responses.RequestsMock, outbound: Outbound) -> None:
    europe = HOST.replace("api.amazon", "api-eu.amazon")
    says(upstream, body=a_report(), call=CREATE, host=europe)

    Bench(outbound, found=a_profile("9", region=Region.EU)).create()

    assert sent(upstream).url == f"{europe}/reporting/reports"
