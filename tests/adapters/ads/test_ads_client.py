"""What is sent to the Ads API, where to, and how often."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import responses

from adapters.ads.addresses import AdsAddresses
from adapters.ads.call import AdsCall
from adapters.ads.client import AdsClient
from adapters.http import Outbound
from adapters.memory.buckets import MemoryBuckets
from domain.errors import NotConfigured, RateLimited, UsagePlanEmpty
from domain.gateway.model import Patience
from domain.gateway.usage_plans import UsagePlan
from domain.marketplaces import Region
from tests.adapters.ads.ads_stage import CAMPAIGNS, CLIENT_ID, CREATION, PROFILES, AdsStage, says
from tests.fakes.clock import HeldClock
from tests.fakes.things import NOW


@pytest.fixture
def stage(outbound: Outbound) -> AdsStage:
    return AdsStage(outbound)


def test_a_call_names_client_profile_and_version(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    kind = "application/vnd.spCampaign.v3+json"
    call = replace(CAMPAIGNS, content_type=kind, accept=kind, body={"maxResults": 10}, account_id="A1")
    says(upstream, 200, {"campaigns": []}, call)

    stage.ask(call)

    sent = upstream.calls[0].request
    assert sent.headers["Authorization"] == "Bearer Atza|1"
    assert sent.headers["Amazon-Advertising-API-ClientId"] == CLIENT_ID
    assert sent.headers["Amazon-Ads-ClientId"] == CLIENT_ID
    assert sent.headers["Amazon-Advertising-API-Scope"] == "4711"
    assert sent.headers["Amazon-Ads-AccountId"] == "A1"
    assert (sent.headers["Content-Type"], sent.headers["Accept"]) == (kind, kind)
    assert json.loads(sent.body or b"") == {"maxResults": 10}


def test_what_is_not_about_a_profile_names_none(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    says(upstream)

    stage.ask()

    sent = upstream.calls[0].request
    names = {name.lower() for name in sent.headers}
    assert not names & {"amazon-advertising-api-scope", "amazon-ads-accountid", "content-type"}
    assert sent.body is None


@pytest.mark.parametrize(
    ("region", "host"),
    [
        (Region.NA, "https://advertising-api.amazon.com"),
        (Region.EU, "https://advertising-api-eu.amazon.com"),
        (Region.FE, "https://advertising-api-fe.amazon.com"),
    ],
)
def test_each_region_has_a_host_and_one_token_serves_all(
    stage: AdsStage, upstream: responses.RequestsMock, region: Region, host: str
) -> None:
    call = replace(PROFILES, region=region, query={"profileTypeFilter": "seller,vendor"})
    says(upstream, host=host)

    stage.ask(call)

    sent = upstream.calls[0].request
    assert sent.url == f"{host}/v2/profiles?profileTypeFilter=seller%2Cvendor"
    assert sent.headers["Authorization"] == "Bearer Atza|1"


def test_one_address_may_stand_for_all_regions(outbound: Outbound, upstream: responses.RequestsMock) -> None:
    stage = AdsStage(outbound, addresses=AdsAddresses(api_url="http://127.0.0.1:9/ads/{region}"))
    says(upstream, 200, [1], host="http://127.0.0.1:9/ads/eu")

    assert stage.ask(replace(PROFILES, region=Region.EU)) == [1]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://offline-report-storage.s3.us-east-1.amazonaws.com/a?X-Amz-Signature=1", True),
        ("https://evil.example/amazonaws.com/a", False),
        ("http://offline.s3.amazonaws.com/a", False),
        ("http://127.0.0.1:9/files/a", True),
        ("http://127.0.0.1:99/files/a", False),
    ],
)
def test_documents_are_fetched_from_amazon_only(url: str, allowed: bool) -> None:
    addresses = AdsAddresses(api_url="http://127.0.0.1:9/ads/{region}")

    assert addresses.may_hold_documents(url, "na") is allowed


def test_calls_are_logged_and_counted_by_their_operation(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    says(upstream, 503)
    says(upstream, 200)

    stage.ask()

    assert [(line.operation, line.outcome) for line in stage.log.lines] == [
        ("listProfiles", 503),
        ("listProfiles", 200),
    ]
    assert stage.meter.counted == [("listProfiles", "GET", 503), ("listProfiles", "GET", 200)]


def test_retry_after_is_obeyed_by_background_work_without_sleeping(
    stage: AdsStage, upstream: responses.RequestsMock
) -> None:
    says(upstream, 429, {"code": "429", "details": "Too many"}, headers={"Retry-After": "17"})

    with pytest.raises(UsagePlanEmpty) as empty:
        stage.ask()

    assert (empty.value.until - NOW).total_seconds() == 17
    assert empty.value.channel == "ads"
    assert stage.pause.waits == []
    with pytest.raises(UsagePlanEmpty):
        stage.ask()
    assert len(upstream.calls) == 1


def test_a_person_is_told_when_to_come_again(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    says(upstream, 429, b"", headers={"Retry-After": "17"})

    with pytest.raises(RateLimited) as limited:
        stage.ask(patience=Patience.INTERACTIVE)

    assert (limited.value.retry_after, limited.value.channel) == (17.0, "ads")


@pytest.mark.parametrize("retry_after", [None, "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "-3"])
def test_without_a_number_of_seconds_the_creation_of_reports_backs_off_longer_each_time(
    stage: AdsStage, upstream: responses.RequestsMock, retry_after: str | None
) -> None:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    says(upstream, 429, b"<html>slow</html>", CREATION, headers)

    waits = [_refused(stage, CREATION) for _ in range(6)]

    assert [30 <= waits[0] <= 60, 60 <= waits[1] <= 120, 120 <= waits[2] <= 240] == [True] * 3
    assert waits == sorted(waits)
    assert 300 <= waits[-1] <= 600
    assert stage.pause.waits == []


def test_other_calls_back_off_by_seconds(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    says(upstream, 429, b"")

    waits = [_refused(stage, PROFILES) for _ in range(3)]

    assert [2 <= waits[0] <= 4, 4 <= waits[1] <= 8, 8 <= waits[2] <= 16] == [True] * 3


def test_what_one_process_was_told_all_obey(outbound: Outbound, upstream: responses.RequestsMock) -> None:
    buckets, clock = MemoryBuckets(), HeldClock(NOW)
    first, second = AdsStage(outbound, buckets, clock), AdsStage(outbound, buckets, clock)
    says(upstream, 429, b"", CREATION)
    once = _refused(first, CREATION)

    with pytest.raises(UsagePlanEmpty):
        second.ask(CREATION, connection=replace(first.connection))
    again = _refused(second, CREATION, first)

    assert again > once
    assert len(upstream.calls) == 2


def test_refusals_of_long_ago_are_forgotten(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    says(upstream, 429, b"", CREATION)
    first = _refused(stage, CREATION)
    _refused(stage, CREATION)
    stage.clock.advance(timedelta(hours=3))

    assert _refused(stage, CREATION) == first


def test_one_user_s_limit_holds_nobody_else_back(
    outbound: Outbound, upstream: responses.RequestsMock
) -> None:
    buckets, clock = MemoryBuckets(), HeldClock(NOW)
    slow, other = AdsStage(outbound, buckets, clock), AdsStage(outbound, buckets, clock)
    says(upstream, 429, b"", headers={"Retry-After": "60"})
    says(upstream, 200, [])
    with pytest.raises(UsagePlanEmpty):
        slow.ask()

    assert other.ask() == []


def test_the_regions_limits_are_apart(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    says(upstream, 429, b"", headers={"Retry-After": "60"})
    says(upstream, 200, [], host="https://advertising-api-eu.amazon.com")
    with pytest.raises(UsagePlanEmpty):
        stage.ask()

    assert stage.ask(replace(PROFILES, region=Region.EU)) == []


@pytest.mark.parametrize(("a_second", "wait"), [(0.5, 2.0), (50.0, 0.02)])
def test_as_many_reports_are_asked_for_as_the_operator_says(
    stage: AdsStage, upstream: responses.RequestsMock, a_second: float, wait: float
) -> None:
    stage.client = replace(stage.client, creation=UsagePlan(a_second, burst=10))
    says(upstream, 200, {"reportId": "1"}, CREATION)
    for _report in range(9):
        stage.ask(CREATION)

    with pytest.raises(UsagePlanEmpty) as empty:
        stage.ask(CREATION)

    assert (empty.value.until - stage.clock.now()).total_seconds() == pytest.approx(wait)


def test_without_a_client_nobody_is_called(stage: AdsStage, upstream: responses.RequestsMock) -> None:
    unset = AdsClient(stage.client.gateway, ("AMAZON_ADS_CLIENT_ID",))

    with pytest.raises(NotConfigured) as missing:
        unset.call(stage.connection, PROFILES, lambda body: body, Patience.BACKGROUND)

    assert missing.value.missing == ("AMAZON_ADS_CLIENT_ID",)
    assert len(upstream.calls) == 0


def _refused(stage: AdsStage, call: AdsCall, owner: AdsStage | None = None) -> float:
    """For how many seconds the call is held back; they have passed when this returns, and what people are left, too."""
    now = stage.clock.now()
    with pytest.raises(UsagePlanEmpty) as empty:
        stage.ask(call, connection=(owner or stage).connection)
    wait = (empty.value.until - now).total_seconds()
    stage.clock.advance(timedelta(seconds=wait + 3))
    return wait
