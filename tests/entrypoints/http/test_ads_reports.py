"""Advertising reports and schedules, seen from the browser. Everything beyond a port is a fake."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.ads.accounts import AccountStatus, AccountType
from domain.ads.report_desk import MOST_OPEN
from domain.connections.model import ConnectionStatus
from domain.marketplaces import Region
from domain.sync.model import Resource
from tests.fakes.ads_report_channel import campaign_rows
from tests.fakes.ads_things import a_profile, an_advertiser

REPORTS, SCHEDULES = "/api/v1/ads/reports", "/api/v1/ads/report-schedules"
WISH = {
    "profile_id": "1",
    "report_type": "spCampaigns",
    "ad_product": "SPONSORED_PRODUCTS",
    "start_date": "2026-03-01",
    "end_date": "2026-03-02",
    "time_unit": "DAILY",
    "group_by": ["campaign"],
    "columns": ["date", "campaignId", "campaignName", "cost"],
}
ABOUT = {name: WISH[name] for name in ("report_type", "ad_product", "time_unit", "group_by")}


@pytest.fixture
def ours(world):
    return connect(world, world.user)


def connect(world, user, *found):
    """A grant with these accounts; with one profile, where none are named. Its accounts, by Amazon's ids."""
    connection = world.connect_ads(user)
    accounts = found or (a_profile("1"),)
    profiles = [each for each in accounts if each.type is AccountType.PROFILE]
    world.ads.regional.setdefault(Region.NA, []).extend(profiles)
    with world.work() as work:
        work.ads_accounts.merge(connection, accounts, world.clock.now())
        work.commit()
    with world.look() as work:
        return {each.found.amazon_id: each for each in work.ads_accounts.accounts(user.id)}


def ask(browser, **changes):
    return browser.post(REPORTS, json={**WISH, **changes})


def follow(world):
    """All that is due is done, at once and in the next minutes."""
    for _ in range(8):
        world.sync()
        for key, row in list(world.store.tables.resources.items()):
            if key[1] is Resource.ADS and row.next_run_at is not None:
                world.clock.set(max(world.clock.now(), row.next_run_at))


def test_a_report_that_is_asked_for_waits_for_the_background(browser, world, ours):
    answer = ask(browser, filters=[{"field": "campaignStatus", "values": ["ENABLED"]}])

    assert answer.status_code == 202
    assert answer.json == {
        "id": answer.json["id"],
        "account_id": str(ours["1"].id),
        "profile_id": "1",
        **ABOUT,
        "columns": WISH["columns"],
        "filters": [{"field": "campaignStatus", "values": ["ENABLED"]}],
        "start_date": "2026-03-01",
        "end_date": "2026-03-02",
        "status": "pending",
        "purpose": "asked",
        "schedule_id": None,
        "created_at": "2026-03-04T12:00:00Z",
        "finished_at": None,
        "rows": 0,
        "size_bytes": 0,
        "error": None,
        "download_url": None,
    }
    assert world.ads_reports.asked == 0
    assert browser.get(f"{REPORTS}/{answer.json['id']}").json == answer.json


def test_the_same_request_while_one_is_under_way_answers_that_one(browser, ours):
    first = ask(browser).json

    again = ask(browser, columns=[*reversed(WISH["columns"]), "date"]).json
    other = ask(browser, time_unit="SUMMARY", columns=["startDate", "cost"]).json

    assert again["id"] == first["id"]
    assert other["id"] != first["id"]


def test_bad_fields_are_named_before_amazon_is_asked(browser, world, ours):
    answer = ask(browser, columns=["cost", "acos"], end_date="2026-04-30", filters=[])

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) == {"columns", "end_date"}
    assert world.store.tables.ads_reports == {}


@pytest.mark.parametrize("name", ["profile_id", "report_type"])
def test_what_no_database_could_look_for_is_refused(browser, ours, name):
    answer = browser.get(REPORTS, query_string={name: "1\0"})

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, [name])


def test_a_profile_that_no_database_could_look_for_is_refused(browser, ours):
    answer = ask(browser, profile_id="1\0")

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, ["profile_id"])


@pytest.mark.parametrize("changes", [{"profile_id": None}, {"account_id": str(uuid4())}])
def test_one_account_has_to_be_named(browser, ours, changes):
    answer = ask(browser, **changes)

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, ["profile_id"])


def test_an_advertiser_of_dsp_is_named_by_our_id(browser, world):
    found = connect(world, world.user, an_advertiser("77"))
    dsp = {
        "profile_id": None,
        "account_id": str(found["77"].id),
        "report_type": "dspCampaign",
        "ad_product": "DEMAND_SIDE_PLATFORM",
        "columns": ["date", "totalCost"],
    }

    answer = ask(browser, **dsp)

    assert (answer.status_code, answer.json["profile_id"]) == (202, "77")


def test_without_a_grant_there_is_nothing_to_ask_for(browser):
    answer = ask(browser)

    assert (answer.status_code, answer.json["error"]) == (403, "ads_not_connected")


def test_a_withdrawn_grant_is_said_to_be(browser, world, ours):
    (connection,) = world.store.tables.connections.values()
    gone = replace(connection, status=ConnectionStatus.REAUTHORIZATION_REQUIRED)
    world.store.tables.connections[connection.id] = gone

    answer = ask(browser)

    assert (answer.status_code, answer.json["error"]) == (403, "ads_reauthorization_required")


def test_an_unknown_profile_is_not_found(browser, ours):
    assert ask(browser, profile_id="2").status_code == 404


def test_an_account_that_is_not_synced_is_a_conflict(browser, world, ours):
    with world.work() as work:
        work.ads_accounts.save_account(replace(ours["1"], status=AccountStatus.DISCONNECTED))
        work.commit()

    answer = ask(browser)

    assert (answer.status_code, answer.json["error"]) == (409, "conflict")


def test_too_many_at_once_are_a_conflict(browser, world, ours):
    ask(browser)
    (report,) = world.store.tables.ads_reports.values()
    for number in range(MOST_OPEN - 1):
        identity = uuid4()
        request = replace(report.request, columns=("date", f"column{number}"))
        world.store.tables.ads_reports[identity] = replace(report, id=identity, request=request)

    answer = ask(browser, end_date="2026-03-01")

    assert (answer.status_code, answer.json["error"]) == (409, "conflict")


def test_rows_come_as_a_list_or_as_lines(browser, world, ours):
    world.ads_reports.rows = campaign_rows(lambda campaign, _day: campaign)
    world.ads_reports.rows_in_a_part = 3
    asked = ask(browser).json
    follow(world)

    told = browser.get(f"{REPORTS}/{asked['id']}").json
    listed = browser.get(told["download_url"])
    lines = browser.get(told["download_url"], headers={"Accept": "text/csv"})

    assert (told["status"], told["rows"], told["error"]) == ("completed", 4, None)
    assert listed.mimetype == "application/json"
    assert listed.json[0] == {
        "date": "2026-03-01",
        "campaignId": "1",
        "campaignName": "Campaign 1",
        "cost": 0.5,
    }
    assert len(listed.json) == 4
    assert lines.mimetype == "text/csv"
    assert lines.text.splitlines() == [
        "date,campaignId,campaignName,cost",
        "2026-03-01,1,Campaign 1,0.5",
        "2026-03-01,2,Campaign 2,1.0",
        "2026-03-02,1,Campaign 1,0.5",
        "2026-03-02,2,Campaign 2,1.0",
    ]
    assert "spCampaigns_1_2026-03-01_2026-03-02.csv" in lines.headers["Content-Disposition"]


def test_formulas_are_defused_and_what_is_missing_is_empty(browser, world, ours):
    world.ads_reports.rows = lambda _account, _request: [
        {"date": "2026-03-01", "campaignId": "1", "campaignName": '=HYPERLINK("x")', "cost": None}
    ]
    asked = ask(browser).json
    follow(world)

    lines = browser.get(f"{REPORTS}/{asked['id']}/download?format=csv").text.splitlines()

    assert lines[1] == '2026-03-01,1,"\'=HYPERLINK(""x"")",'


def test_a_report_without_rows_is_an_empty_list(browser, world, ours):
    asked = ask(browser).json
    follow(world)

    assert browser.get(f"{REPORTS}/{asked['id']}/download").json == []
    lines = browser.get(f"{REPORTS}/{asked['id']}/download?format=csv").text
    assert lines == "date,campaignId,campaignName,cost\r\n"


def test_who_has_the_rows_already_is_told_so(browser, world, ours):
    asked = ask(browser).json
    follow(world)
    address = f"{REPORTS}/{asked['id']}/download"

    tag = browser.get(address).headers["ETag"]

    assert browser.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_a_form_that_there_is_not_is_refused(browser, world, ours):
    asked = ask(browser).json
    follow(world)

    answer = browser.get(f"{REPORTS}/{asked['id']}/download", headers={"Accept": "image/png"})

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, ["Accept"])


def test_before_it_is_here_and_after_it_has_failed_there_is_nothing_to_take_away(browser, world, ours):
    world.ads_reports.ends = deque(["FAILED"])
    asked = ask(browser).json
    early = browser.get(f"{REPORTS}/{asked['id']}/download")
    with world.work() as work:  # this one alone is followed
        work.ads_accounts.save_account(replace(ours["1"], status=AccountStatus.DISCONNECTED))
        work.commit()

    follow(world)

    late = browser.get(f"{REPORTS}/{asked['id']}/download")
    assert (early.status_code, late.status_code) == (409, 409)
    told = browser.get(f"{REPORTS}/{asked['id']}").json
    assert (told["status"], told["error"]["code"]) == ("failed", "ads_error")


def test_reports_for_the_figures_are_listed_and_have_no_document(browser, world, ours):
    world.ads_reports.rows = campaign_rows(lambda campaign, _day: campaign)
    follow(world)

    listed = browser.get(f"{REPORTS}?purpose=daily&report_type=spCampaigns&status=completed&limit=1").json

    (report,) = listed["items"]
    assert listed["next_cursor"] is not None
    assert report["download_url"] is None
    assert browser.get(f"{REPORTS}/{report['id']}/download").status_code == 404


def test_a_list_goes_on_where_it_ended(browser, world, ours):
    for day in ("2026-03-01", "2026-03-02"):
        ask(browser, start_date=day, end_date=day)
        world.clock.advance(timedelta(seconds=1))

    first = browser.get(f"{REPORTS}?limit=1&profile_id=1").json
    second = browser.get(f"{REPORTS}?limit=1&profile_id=1&cursor={first['next_cursor']}").json

    days = [page["items"][0]["start_date"] for page in (first, second)]
    assert (days, second["next_cursor"]) == (["2026-03-02", "2026-03-01"], None)


def test_somebody_elses_reports_and_profiles_are_not_found(browser, world, ours):
    theirs = connect(world, world.stranger, a_profile("9"))

    assert ask(browser, profile_id="9").status_code == 404
    assert ask(browser, profile_id=None, account_id=str(theirs["9"].id)).status_code == 404
    assert browser.get(f"{REPORTS}/{uuid4()}").status_code == 404


SCHEDULE = {
    "profile_id": "1",
    **ABOUT,
    "columns": WISH["columns"],
    "name": "Every Monday",
    "days": 7,
    "every_days": 7,
}


def test_a_schedule_is_made_changed_and_removed(browser, world, ours):
    made = browser.post(SCHEDULES, json=SCHEDULE)
    address = f"{SCHEDULES}/{made.json['id']}"

    changed = browser.patch(address, json={"name": "Paused", "paused": True})
    listed = browser.get(SCHEDULES).json
    removed = browser.delete(address)

    assert made.status_code == 201
    assert made.json == {
        "id": made.json["id"],
        "name": "Every Monday",
        "account_id": str(ours["1"].id),
        **ABOUT,
        "columns": WISH["columns"],
        "filters": [],
        "days": 7,
        "every_days": 7,
        "paused": False,
        "next_at": "2026-03-04T12:00:00Z",
        "last_report_id": None,
        "created_at": "2026-03-04T12:00:00Z",
    }
    assert changed.json == {**made.json, "name": "Paused", "paused": True, "next_at": None}
    assert listed == {"items": [changed.json], "next_cursor": None}
    assert removed.status_code == 204
    assert browser.get(address).status_code == 404


def test_a_whole_number_may_be_written_with_a_point(browser, ours):
    made = browser.post(SCHEDULES, json={**SCHEDULE, "days": 7.0})
    half = browser.post(SCHEDULES, json={**SCHEDULE, "days": 7.5})

    assert (made.status_code, made.json["days"]) == (201, 7)
    assert (half.status_code, list(half.json["details"]["fields"])) == (400, ["days"])


def test_a_schedule_brings_reports(browser, world, ours):
    made = browser.post(SCHEDULES, json=SCHEDULE).json

    follow(world)

    told = browser.get(f"{SCHEDULES}/{made['id']}").json
    report = browser.get(f"{REPORTS}/{told['last_report_id']}").json
    assert (report["purpose"], report["schedule_id"], report["status"]) == (
        "scheduled",
        made["id"],
        "completed",
    )
    assert (report["start_date"], report["end_date"]) == ("2026-02-25", "2026-03-03")


def test_a_schedule_of_too_many_days_is_refused(browser, ours):
    answer = browser.post(SCHEDULES, json={**SCHEDULE, "days": 60})

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, ["days"])
