"""Reporting version 3 of the simulated Ads API: asking, waiting, fetching, and what is refused."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.entrypoints.simulator.ads_driven import REPORT, AdsSide, wish


@pytest.fixture
def ads() -> AdsSide:
    return AdsSide.with_config()


def asked(ads: AdsSide, *arguments: Any, **changes: Any) -> str:
    answer = ads.ask(*arguments, **changes)
    assert answer.status_code == 200, answer.text
    return str(answer.json["reportId"])


def test_a_report_is_pending_then_processing_then_completed(ads: AdsSide):
    first = ads.ask(name="mine").json
    statuses = [first["status"]]
    for _ in range(2):
        ads.amazon.clock.advance(seconds=7.5)
        statuses.append(ads.look(first["reportId"])["status"])

    done = ads.look(first["reportId"])

    assert statuses == ["PENDING", "PROCESSING", "COMPLETED"]
    assert (first["url"], first["fileSize"], first["generatedAt"]) == (None, None, None)
    assert done["name"] == "mine"
    assert done["configuration"]["columns"] == wish()["configuration"]["columns"]
    assert done["fileSize"] == len(ads.fetch(done["url"]).data)


def test_a_document_is_one_packed_array_with_whole_ids_and_decimal_amounts(ads: AdsSide):
    rows = ads.rows()

    assert rows
    assert all(isinstance(row["campaignId"], int) and row["campaignId"] >= 10**14 for row in rows)
    assert set(rows[0]) == set(wish()["configuration"]["columns"])
    assert all(round(row["cost"], 2) == row["cost"] for row in rows)
    assert {row["date"] for row in rows} == {f"2026-10-{day:02d}" for day in range(1, 15)}


def test_the_same_request_again_is_a_duplicate_until_it_is_made(ads: AdsSide):
    report_id = asked(ads)

    again, other = ads.ask(name="another name"), ads.ask(timeUnit="SUMMARY", columns=["campaignId", "cost"])
    ads.amazon.clock.advance(seconds=15)

    assert (again.status_code, again.json) == (
        425,
        {"code": "425", "detail": f"The Request is a duplicate of : {report_id}"},
    )
    assert other.status_code == 200
    assert ads.ask().status_code == 200


def test_an_address_wants_no_token_and_runs_out(ads: AdsSide):
    report_id = asked(ads)
    ads.amazon.clock.advance(seconds=15)
    url = ads.look(report_id)["url"]

    with_token = ads.fetch(url, Authorization=f"Bearer {ads.token}")
    without = ads.fetch(url)
    ads.amazon.clock.advance(seconds=3600)
    late, forged = ads.fetch(url), ads.fetch(url[:-3] + "AAA")

    assert with_token.status_code == 400
    assert "Only one auth mechanism allowed" in with_token.text
    assert without.status_code == 200
    assert (late.status_code, forged.status_code) == (403, 403)
    assert "Request has expired" in late.text


def test_a_fresh_look_gives_a_fresh_address_to_the_same_bytes(ads: AdsSide):
    report_id = asked(ads)
    ads.amazon.clock.advance(seconds=15)
    first = ads.fetch(ads.look(report_id)["url"]).data
    ads.amazon.clock.advance(minutes=50)
    ads.__dict__.pop("token")

    assert ads.fetch(ads.look(report_id)["url"]).data == first


@pytest.mark.parametrize(("empty", "rows"), [("null", None), ("array", [])])
def test_no_activity_is_an_empty_document_or_none(ads: AdsSide, empty: str, rows: list[Any] | None):
    ads.control("reports/documents", empty=empty)
    idle = ads.profile("US", "vendor")
    idle = next(
        each for each in ads.amazon.simulator.ads.directory.everybody.profiles if each.sub_type is not None
    )
    report_id = asked(ads, idle)
    ads.amazon.clock.advance(seconds=15)

    done = ads.look(report_id, idle)

    assert done["status"] == "COMPLETED"
    assert (done["url"] is None) == (rows is None)
    assert rows is None or json.loads(gzip.decompress(ads.fetch(done["url"]).data)) == rows


@pytest.mark.parametrize("stage", ["PENDING", "PROCESSING"])
def test_reports_can_be_held_and_go_on(ads: AdsSide, stage: str):
    report_id = asked(ads)
    ads.control("reports/hold", stage=stage)
    ads.amazon.clock.advance(minutes=50)
    held = ads.look(report_id)["status"]
    ads.control("reports/hold", stage=None)
    ads.amazon.clock.advance(seconds=15)

    assert (held, ads.look(report_id)["status"]) == (stage, "COMPLETED")


def test_a_report_can_be_made_to_fail_with_a_reason(ads: AdsSide):
    ads.control("reports/fate", fate="FAILED")
    report_id = asked(ads)
    ads.amazon.clock.advance(seconds=15)

    done = ads.look(report_id)

    assert (done["status"], done["url"]) == ("FAILED", None)
    assert done["failureReason"]


def test_only_a_pending_report_can_be_cancelled(ads: AdsSide):
    pending, done = asked(ads), asked(ads, startDate="2026-10-02")
    path = "/ads/na/reporting/reports/"
    cancelled = ads.amazon.http.delete(path + pending, headers=ads.headers(ads.profile()))
    ads.amazon.clock.advance(seconds=15)

    late = ads.amazon.http.delete(path + done, headers=ads.headers(ads.profile()))

    assert (cancelled.status_code, late.status_code) == (200, 400)
    assert ads.get(f"/reporting/reports/{pending}", ads.profile()).status_code == 404


def test_a_report_is_told_to_its_own_profile_only(ads: AdsSide):
    report_id = asked(ads)

    answer = ads.get(f"/reporting/reports/{report_id}", ads.profile("CA"))

    assert (answer.status_code, set(answer.json)) == (404, {"code", "detail"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"columns": ["date", "acos"]},
            "configuration columns includes invalid values: (acos). Allowed values: (date, startDate,",
        ),
        ({"timeUnit": "SUMMARY"}, "includes invalid values: (date)"),
        ({"timeUnit": "HOURLY"}, "timeUnit"),
        ({"columns": []}, "columns must not be null or empty"),
        ({"groupBy": ["keyword"]}, "groupBy includes invalid values: (keyword)"),
        ({"adProduct": "SPONSORED_BRANDS"}, "reportTypeId is not valid"),
        ({"reportTypeId": "spKeywords"}, "reportTypeId is not valid"),
        ({"format": "CSV"}, "format"),
        ({"filters": [{"field": "campaignStatus", "values": ["GONE"]}]}, "invalid values: (GONE)"),
        ({"filters": [{"field": "adStatus", "values": ["ENABLED"]}]}, "invalid values: (adStatus)"),
        ({"startDate": "2026-09-13"}, "must not exceed 31 days"),
        ({"startDate": "2026-07-10", "endDate": "2026-07-12"}, "within the last 95 days"),
        ({"startDate": "2026-10-14", "endDate": "2026-10-13"}, "after endDate"),
        ({"endDate": "2026-10-16"}, "future"),
        ({"startDate": "yesterday"}, "YYYY-MM-DD"),
    ],
)
def test_what_amazon_would_not_make_is_refused_with_the_reason(
    ads: AdsSide, changes: dict[str, Any], said: str
):
    answer = ads.ask(**changes)

    assert (answer.status_code, answer.json["code"]) == (400, "400")
    assert said in answer.json["detail"]


def test_a_filter_wants_a_single_group(ads: AdsSide):
    status = [{"field": "campaignStatus", "values": ["ENABLED"]}]

    alone = ads.ask(filters=status)
    both = ads.ask(groupBy=["campaign", "adGroup"], filters=status)

    assert (alone.status_code, both.status_code) == (200, 400)


def test_a_filter_leaves_the_other_campaigns_out(ads: AdsSide):
    columns = ["date", "campaignId", "campaignStatus"]
    every = ads.rows(columns=columns)
    some = ads.rows(columns=columns, filters=[{"field": "campaignStatus", "values": ["ENABLED"]}])

    assert {row["campaignStatus"] for row in every} == {"ENABLED", "PAUSED", "ARCHIVED"}
    assert [row for row in every if row["campaignStatus"] == "ENABLED"] == some


def test_a_body_that_is_no_json_is_422_and_an_old_media_type_415(ads: AdsSide):
    path, profile = "/ads/na/reporting/reports", ads.profile()

    form = ads.amazon.http.post(path, data="name=x", headers=ads.headers(profile, Content_Type=REPORT))
    old = ads.amazon.http.post(
        path, data="{}", headers=ads.headers(profile, Content_Type=REPORT.replace("v3", "v2"))
    )

    assert (form.status_code, old.status_code) == (422, 415)
    assert "Unrecognized token 'name'" in form.json["detail"]


def test_an_agency_has_dsp_and_nothing_else(ads: AdsSide):
    agency = ads.profile("US", "agency")
    dsp = {
        "adProduct": "DEMAND_SIDE_PLATFORM",
        "reportTypeId": "dspCampaign",
        "columns": ["date", "advertiserId", "orderId", "orderName", "orderCurrency", "totalCost", "sales"],
    }
    advertiser = ads.get("/dsp/advertisers", agency).json["response"][0]["advertiserId"]

    sponsored, by_seller = ads.ask(agency), ads.ask(**dsp)
    rows = ads.rows(agency, **dsp, filters=[{"field": "advertiserId", "values": [advertiser]}])
    stranger = ads.ask(agency, **dsp, filters=[{"field": "advertiserId", "values": ["1"]}])

    assert (sponsored.status_code, sponsored.json["detail"]) == (400, "Advertiser ID cannot be decrypted")
    assert (by_seller.status_code, stranger.status_code) == (400, 400)
    assert {row["advertiserId"] for row in rows} == {advertiser}
    assert len({row["orderId"] for row in rows}) == 2


def test_an_advertiser_that_lends_its_reports_is_named_in_a_header_instead(ads: AdsSide):
    (lent,) = ads.amazon.simulator.ads.directory.lent_advertisers()
    body = wish(
        adProduct="DEMAND_SIDE_PLATFORM", reportTypeId="dspCampaign", columns=["date", "orderId", "totalCost"]
    )
    headers = ads.headers(Content_Type=REPORT) | {"Amazon-Ads-AccountId": lent.id}

    answer = ads.amazon.http.post("/ads/na/reporting/reports", data=json.dumps(body), headers=headers)

    assert answer.status_code == 200


def test_asking_is_limited_and_does_not_say_for_how_long(ads: AdsSide):
    answers = [ads.ask(startDate="2026-10-14") for _ in range(201)]

    assert answers[-1].status_code == 429
    assert "Retry-After" not in answers[-1].headers


def test_look_back_follows_the_product(ads: AdsSide):
    first = (ads.amazon.clock.moment - timedelta(days=61)).date().isoformat()
    dates = {"startDate": first, "endDate": first}

    brands = ads.ask(
        adProduct="SPONSORED_BRANDS", reportTypeId="sbCampaigns", columns=["date", "cost"], **dates
    )
    display = ads.ask(
        adProduct="SPONSORED_DISPLAY", reportTypeId="sdCampaigns", columns=["date", "cost"], **dates
    )

    assert (brands.status_code, display.status_code) == (400, 200)


def test_faults_strike_the_download_as_well(ads: AdsSide):
    report_id = asked(ads)
    ads.amazon.clock.advance(seconds=15)
    ads.amazon.order({"operation": "ads.reportDocument", "kind": "503"})
    url = ads.look(report_id)["url"]

    assert [ads.fetch(url).status_code for _ in range(2)] == [503, 200]
