"""Asking for reports and following them, seen from the browser. Everything beyond a port is a fake."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.connections.model import ConnectionStatus, Failure
from domain.reports.desk import MOST_OPEN
from domain.reports.model import SETTLEMENT, Purpose, ReportStatus
from domain.sync.model import Resource
from tests.entrypoints.http.wishes import LISTINGS, REPORTS, a_report, keep
from tests.fakes.things import CA, DE, NOW, US


def ask(browser, **wish):
    return browser.post(REPORTS, json={"report_type": LISTINGS, **wish})


def test_a_report_that_is_asked_for_waits_for_the_background(browser, world):
    connection = world.connect(world.user, US, CA)

    answer = ask(
        browser,
        marketplace_ids=[US],
        data_start_time="2026-03-01T00:00:00+01:00",
        data_end_time="2026-03-02T00:00:00Z",
        report_options={"custom": "true"},
    )

    assert answer.status_code == 202
    assert answer.json == {
        "id": answer.json["id"],
        "connection_id": str(connection.id),
        "report_type": LISTINGS,
        "marketplace_ids": [US],
        "data_start_time": "2026-02-28T23:00:00Z",
        "data_end_time": "2026-03-02T00:00:00Z",
        "report_options": {"custom": "true"},
        "status": "pending",
        "purpose": "asked",
        "created_at": "2026-03-04T12:00:00Z",
        "finished_at": None,
        "size_bytes": 0,
        "lines": 0,
        "records": 0,
        "error": None,
        "download_url": None,
    }
    assert browser.get(f"{REPORTS}/{answer.json['id']}").json == answer.json


def test_without_a_choice_it_is_about_all_marketplaces_of_the_default_connection(browser, world):
    connection = world.connect(world.user, US, CA)
    world.connect(world.user, DE, seller_id="SELLER2")

    asked = ask(browser).json

    assert (asked["connection_id"], asked["marketplace_ids"]) == (str(connection.id), sorted([US, CA]))


def test_a_connection_may_be_named(browser, world):
    world.connect(world.user)
    wanted = world.connect(world.user, DE, seller_id="SELLER2")

    asked = ask(browser, connection_id=str(wanted.id)).json

    assert (asked["connection_id"], asked["marketplace_ids"]) == (str(wanted.id), [DE])


def test_the_background_is_woken_up(browser, world):
    connection = world.connect(world.user)
    row = world.store.tables.resources[connection.id, Resource.REPORTS]
    later = replace(row, next_run_at=NOW + timedelta(hours=20))
    world.store.tables.resources[connection.id, Resource.REPORTS] = later

    ask(browser)

    assert world.store.tables.resources[connection.id, Resource.REPORTS].next_run_at == NOW


def test_the_same_report_is_not_asked_for_twice_while_it_is_under_way(browser, world):
    world.connect(world.user, US, CA)

    first = ask(browser, marketplace_ids=[US, CA], report_options={"a": "1", "b": "2"}).json
    second = ask(browser, marketplace_ids=[CA, US], report_options={"b": "2", "a": "1"}).json
    other = ask(browser, marketplace_ids=[CA]).json

    assert first == second
    assert other["id"] != first["id"]
    assert len(browser.get(REPORTS).json["items"]) == 2


def test_a_report_that_is_finished_can_be_asked_for_again(browser, world):
    connection = world.connect(world.user)
    old = keep(world, a_report(connection, ReportStatus.COMPLETED))

    assert ask(browser).json["id"] != str(old.id)


@pytest.mark.parametrize(
    "report_type",
    [
        "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING",
        "GET_ORDER_REPORT_DATA_INVOICING",
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_TAX",
        "GET_VAT_TRANSACTION_DATA",
        "GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
        "GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
        "GET_XML_RETURNS_DATA_BY_RETURN_DATE",
    ],
)
def test_a_report_that_names_buyers_is_refused(browser, world, report_type):
    world.connect(world.user)

    answer = browser.post(REPORTS, json={"report_type": report_type})

    assert (answer.status_code, answer.json["error"]) == (403, "forbidden")
    assert "buyers" in answer.json["message"]
    assert world.store.tables.reports == {}


def test_settlements_can_not_be_asked_for_since_they_are_collected(browser, world):
    world.connect(world.user)

    answer = browser.post(REPORTS, json={"report_type": SETTLEMENT})

    assert answer.status_code == 400
    assert "collects them" in answer.json["details"]["fields"]["report_type"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"report_type": "get_merchant_listings"}, "report_type"),
        ({"report_type": "GET_A\n"}, "report_type"),
        ({"report_type": "POST_LISTINGS"}, "report_type"),
        ({"report_type": "GET_" + "A" * 200}, "report_type"),
        ({"report_type": None}, "report_type"),
        ({"report_type": 7}, "report_type"),
        ({"marketplace_ids": []}, "marketplace_ids"),
        ({"marketplace_ids": [DE]}, "marketplace_ids"),
        ({"marketplace_ids": ["nowhere"]}, "marketplace_ids"),
        ({"data_start_time": "2026-03-01"}, "data_start_time"),
        ({"data_start_time": "2026-03-01T00:00:00"}, "data_start_time"),
        ({"data_start_time": 1_770_000_000}, "data_start_time"),
        ({"data_start_time": "yesterday"}, "data_start_time"),
        ({"data_start_time": "0001-01-01T00:00:00+14:00"}, "data_start_time"),
        ({"data_start_time": "2024-03-03T00:00:00Z"}, "data_start_time"),
        ({"data_start_time": "2026-03-05T00:00:00Z"}, "data_start_time"),
        ({"data_end_time": "2026-03-01T00:00:00Z"}, "data_start_time"),
        (
            {"data_start_time": "2026-03-02T00:00:00Z", "data_end_time": "2026-03-01T00:00:00Z"},
            "data_start_time",
        ),
        (
            {"data_start_time": "2026-03-02T00:00:00Z", "data_end_time": "9999-12-31T23:59:59-14:00"},
            "data_end_time",
        ),
        ({"report_options": {str(n): "x" for n in range(21)}}, "report_options"),
        ({"report_options": {"": "x"}}, "report_options"),
        ({"report_options": {"a": "x" * 1001}}, "report_options"),
        ({"report_options": {"a": "\0"}}, "report_options"),
        ({"report_options": {"a": 1}}, "report_options.a"),
        ({"report_options": ["a"]}, "report_options"),
        ({"connection_id": "7"}, "connection_id"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wish_that_makes_no_sense_names_the_bad_field(browser, world, wish, field):
    world.connect(world.user)

    answer = ask(browser, **wish)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) == {field}
    assert world.store.tables.reports == {}


@pytest.mark.parametrize("days", [0, 730])
def test_a_report_may_reach_back_two_years_and_up_to_now(browser, world, days):
    world.connect(world.user)
    moment = (NOW - timedelta(days=days)).isoformat()

    assert ask(browser, data_start_time=moment, data_end_time=moment).status_code == 202


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (ConnectionStatus.REAUTHORIZATION_REQUIRED, "amazon_reauthorization_required"),
        (ConnectionStatus.DISCONNECTED, "amazon_not_connected"),
    ],
)
def test_a_connection_that_can_not_be_used_gets_no_reports(browser, world, status, code):
    world.connect(world.user, status=status)

    answer = ask(browser)

    assert (answer.status_code, answer.json["error"]) == (403, code)
    assert world.store.tables.reports == {}


def test_with_nothing_connected_there_is_nobody_to_report_on(browser):
    assert ask(browser).json["error"] == "amazon_not_connected"


def test_somebody_elses_connection_is_not_reported_on(browser, world):
    world.connect(world.user)
    theirs = world.connect(world.stranger, seller_id="THEIRS")

    answer = ask(browser, connection_id=str(theirs.id))

    assert (answer.status_code, world.store.tables.reports) == (404, {})


def test_a_connection_to_advertising_has_no_reports_of_sellers(browser, world):
    world.connect(world.user)
    advertising = world.connect_ads(world.user)

    answer = ask(browser, connection_id=str(advertising.id))

    assert (answer.status_code, world.store.tables.reports) == (404, {})


def test_a_seller_has_only_so_many_reports_under_way(browser, world):
    connection = world.connect(world.user)
    for _ in range(MOST_OPEN):
        keep(world, a_report(connection, report_type="GET_OTHER"))
    keep(world, a_report(connection, report_type="GET_OLD", purpose=Purpose.HISTORY))

    answer = ask(browser)
    keep(world, a_report(connection))
    again = ask(browser)

    assert (answer.status_code, answer.json["error"]) == (409, "conflict")
    assert again.status_code == 202


def test_a_report_that_failed_says_why(browser, world):
    connection = world.connect(world.user)
    failed = a_report(connection, ReportStatus.FAILED)
    failed = keep(world, replace(failed, error=Failure("amazon_error", "Asked too often.", NOW)))

    shown = browser.get(f"{REPORTS}/{failed.id}").json

    assert (shown["status"], shown["error"]["message"]) == ("failed", "Asked too often.")
    assert shown["download_url"] is None


@pytest.mark.parametrize(
    ("status", "purpose", "there"),
    [
        (ReportStatus.COMPLETED, Purpose.ASKED, True),
        (ReportStatus.COMPLETED, Purpose.DAILY, True),
        (ReportStatus.NO_DATA, Purpose.ASKED, True),
        (ReportStatus.COMPLETED, Purpose.HISTORY, False),
        (ReportStatus.NO_DATA, Purpose.REPAIR, False),
        (ReportStatus.PROCESSING, Purpose.ASKED, False),
    ],
)
def test_an_address_for_downloads_is_given_where_there_is_one(browser, world, status, purpose, there):
    kept = keep(world, a_report(world.connect(world.user), status, purpose=purpose))

    address = browser.get(f"{REPORTS}/{kept.id}").json["download_url"]

    assert address == (f"{REPORTS}/{kept.id}/download" if there else None)
    assert address is None or browser.get(address).status_code == 200


def test_the_list_begins_with_the_newest_and_leads_through_all_of_them(browser, world):
    connection = world.connect(world.user)
    kept = [
        keep(world, a_report(connection, created_at=NOW - timedelta(minutes=number // 2)))
        for number in range(7)
    ]
    seen, onward = [], None

    while True:
        asked = {"limit": 2} | ({"cursor": onward} if onward else {})
        page = browser.get(REPORTS, query_string=asked).json
        seen += page["items"]
        onward = page["next_cursor"]
        if onward is None:
            break

    assert sorted(each["id"] for each in seen) == sorted(str(each.id) for each in kept)
    assert [each["created_at"] for each in seen] == sorted(
        (each["created_at"] for each in seen), reverse=True
    )


@pytest.mark.parametrize(
    "wanted",
    [
        {"report_type": "GET_OTHER"},
        {"status": "no_data"},
        {"purpose": "history"},
    ],
)
def test_reports_can_be_chosen(browser, world, wanted):
    connection = world.connect(world.user)
    keep(world, a_report(connection))
    keep(world, a_report(connection, report_type="GET_OTHER"))
    keep(world, a_report(connection, ReportStatus.NO_DATA))
    keep(world, a_report(connection, purpose=Purpose.HISTORY))

    items = browser.get(REPORTS, query_string=wanted).json["items"]

    assert len(items) == 1
    assert {name: items[0][name] for name in wanted} == wanted


def test_reports_can_be_chosen_by_connection(browser, world):
    keep(world, a_report(world.connect(world.user)))
    wanted = keep(world, a_report(world.connect(world.user, DE, seller_id="SELLER2")))

    found = browser.get(REPORTS, query_string={"connection_id": str(wanted.connection_id)}).json["items"]

    assert [each["id"] for each in found] == [str(wanted.id)]


def test_reports_of_a_connection_that_is_not_ones_own_are_not_found(browser, world):
    theirs = keep(world, a_report(world.connect(world.stranger)))

    answer = browser.get(REPORTS, query_string={"connection_id": str(theirs.connection_id)})

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "done"),
        ("purpose", "fun"),
        ("connection_id", "7"),
        ("limit", "0"),
        ("cursor", "x"),
        ("report_type", "\0"),
    ],
)
def test_a_question_that_makes_no_sense_names_the_bad_field(browser, name, value):
    answer = browser.get(REPORTS, query_string={name: value})

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {name})


def test_somebody_elses_reports_are_nowhere(browser, world):
    theirs = keep(world, a_report(world.connect(world.stranger)))

    assert browser.get(REPORTS).json["items"] == []
    assert browser.get(f"{REPORTS}/{theirs.id}").status_code == 404
    assert browser.get(f"{REPORTS}/{theirs.id}/download").status_code == 404
    assert browser.get(f"{REPORTS}/{uuid4()}").status_code == 404


def test_whoever_asks_for_a_report_has_what_was_set_aside_tried_again(browser, world):
    connection = world.connect(world.user)
    kept = world.store.tables.resources
    key = next(key for key, row in kept.items() if row.resource is Resource.REPORTS)
    kept[key] = replace(kept[key], next_run_at=None, set_aside_at=NOW, faults=8, failures=8)

    ask(browser)

    row = world.store.tables.resources[key]
    assert (row.connection_id, row.next_run_at, row.set_aside_at, row.faults) == (connection.id, NOW, None, 0)
