"""Asking for a sync and following it, seen from the browser. Everything beyond a port is a fake."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import UpstreamFailed, UpstreamRefused, UsagePlanEmpty
from domain.ledger.model import DayCount, LedgerDay, Verdict
from domain.reports.model import Purpose, ReportStatus
from tests.fakes.things import DE, US, a_report, an_order, without_reports

SYNC = "/api/v1/integrations/amazon/sync"
RUNS = "/api/v1/sync/runs"
MINUTE = timedelta(minutes=1)
SOME_ID = "11111111-2222-4333-8444-555555555555"


RESOURCE_FIELDS = {
    "resource",
    "status",
    "lastRun",
    "nextRun",
    "records",
    "cursorAgeSeconds",
    "setAside",
    "runId",
    "progress",
    "waitingUntil",
    "error",
    "quietRuns",
    "intervalSeconds",
}


def asked(browser, **body):
    """The runs that a sync was answered with."""
    answer = browser.post(SYNC, json=body)
    assert answer.status_code == 202
    return answer.json["data"]["runs"]


def shown(browser):
    """The overview of the only connection."""
    (connection,) = browser.get(SYNC).json["data"]["connections"]
    return connection


def cursor(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def many_runs(browser, world, rounds):
    """Two runs a round, a minute apart; all of them done. Reports have a rhythm of their own, and are left out."""
    without_reports(world.store)
    for _ in range(rounds):
        asked(browser, resources=["inventory", "orders"])
        world.sync()
        world.clock.advance(timedelta(minutes=1))


def test_asking_for_a_sync_answers_one_run_for_each_resource(browser, world):
    connection = world.connect(world.user)

    answer = browser.post(SYNC)

    runs = answer.json["data"]["runs"]
    assert (answer.status_code, answer.json["success"]) == (202, True)
    assert {run["resource"] for run in runs} == {"orders", "inventory", "reports"}
    assert {run["connectionId"] for run in runs} == {str(connection.id)}
    assert {run["status"] for run in runs} == {"queued"}
    assert set(runs[0]) == {"id", "connectionId", "resource", "status"}


def test_a_run_under_way_is_returned_instead_of_doubled(browser, world):
    world.connect(world.user)

    first, second = asked(browser), asked(browser)

    assert first == second
    assert len(browser.get(RUNS).json["items"]) == 3


def test_a_sync_may_be_asked_for_one_connection_and_one_resource(browser, world):
    world.connect(world.user)
    wanted = world.connect(world.user, DE, seller_id="SELLER2")

    runs = asked(browser, connectionId=str(wanted.id), resources=["orders"])

    assert [(run["connectionId"], run["resource"]) for run in runs] == [(str(wanted.id), "orders")]


def test_without_a_choice_all_connections_that_can_be_synced_are(browser, world):
    usable = world.connect(world.user)
    world.connect(world.user, DE, seller_id="SELLER2", status=ConnectionStatus.REAUTHORIZATION_REQUIRED)

    runs = asked(browser)

    assert {run["connectionId"] for run in runs} == {str(usable.id)}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"connectionId": "7"}, "connectionId"),
        ({"connectionId": 7}, "connectionId"),
        ({"resources": ["weather"]}, "resources"),
        ({"resources": []}, "resources"),
        ({"resources": "orders"}, "resources"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wish_that_makes_no_sense_names_the_bad_field(browser, world, body, field):
    world.connect(world.user)

    answer = browser.post(SYNC, json=body)

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {field})
    assert browser.get(RUNS).json["items"] == []


def test_with_nothing_connected_there_is_nothing_to_sync(browser):
    answer = browser.post(SYNC)

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


def test_somebody_elses_connection_is_not_synced(browser, world):
    theirs = world.connect(world.stranger)

    answer = browser.post(SYNC, json={"connectionId": str(theirs.id)})

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert world.store.tables.runs == {}


def test_a_finished_run_says_what_it_did(browser, world):
    world.connect(world.user)
    world.amazon.orders.orders = [an_order("O-1"), an_order("O-2")]
    (asked_run,) = asked(browser, resources=["orders"])

    world.sync()

    run = browser.get(f"{RUNS}/{asked_run['id']}").json
    assert run == {
        "id": asked_run["id"],
        "connection_id": asked_run["connectionId"],
        "resource": "orders",
        "status": "succeeded",
        "progress": run["progress"],
        "started_at": "2026-03-04T12:00:00Z",
        "finished_at": "2026-03-04T12:00:00Z",
        "waiting_until": None,
        "error": None,
    }
    assert set(run["progress"]) == {"pages", "records", "total_estimate", "changed"}
    assert (run["progress"]["records"], run["progress"]["changed"]) == (2, 2)


def test_a_failed_run_says_why(browser, world):
    world.connect(world.user)
    world.amazon.orders.trouble.append(UpstreamFailed("Amazon answered 500.", request_id="amzn-1"))
    (asked_run,) = asked(browser, resources=["orders"])

    world.sync()

    run = browser.get(f"{RUNS}/{asked_run['id']}").json
    assert run["status"] == "failed"
    assert (run["error"]["code"], run["error"]["request_id"]) == ("amazon_error", "amzn-1")


def test_a_run_that_waits_for_a_usage_plan_says_until_when(browser, world):
    world.connect(world.user)
    until = world.clock.now() + timedelta(minutes=2)
    world.amazon.orders.trouble.append(UsagePlanEmpty("The plan is empty.", until))
    (asked_run,) = asked(browser, resources=["orders"])

    world.sync()

    run = browser.get(f"{RUNS}/{asked_run['id']}").json
    assert (run["status"], run["waiting_until"]) == ("waiting", "2026-03-04T12:02:00Z")


def test_the_overview_shows_every_resource_of_every_connection(browser, world):
    connection = world.connect(world.user)
    world.sync()

    (shown,) = browser.get(SYNC).json["data"]["connections"]

    assert shown["connectionId"] == str(connection.id)
    assert [row["resource"] for row in shown["resources"]] == ["inventory", "orders", "reports"]
    orders = shown["resources"][1]
    assert set(orders) == RESOURCE_FIELDS
    assert (orders["status"], orders["lastRun"]) == ("succeeded", "2026-03-04T12:00:00Z")
    assert (orders["progress"], orders["error"], orders["setAside"]) == (None, None, None)
    assert orders["nextRun"] > orders["lastRun"]


def test_the_overview_says_what_was_set_aside_and_why(browser, world):
    connection = world.connect(world.user)
    world.amazon.orders.trouble.extend([UpstreamRefused("Amazon refused searchOrders.")] * 8)
    for _ in range(8):
        world.sync()
        world.clock.advance(timedelta(hours=2))

    (shown,) = browser.get(SYNC).json["data"]["connections"]
    (asked_run,) = asked(browser, connectionId=str(connection.id), resources=["orders"])

    orders = shown["resources"][1]
    assert (orders["status"], orders["nextRun"]) == ("failed", None)
    assert orders["setAside"]["message"] == "Amazon refused searchOrders."
    assert asked_run["status"] == "queued"


def test_the_overview_shows_how_far_an_open_run_is(browser, world):
    world.connect(world.user)
    world.amazon.orders.orders = [an_order(f"O-{number}") for number in range(3)]
    world.amazon.orders.page_size = 2
    world.amazon.orders.trouble.extend([None, UsagePlanEmpty("Empty.", world.clock.now() + MINUTE)])
    (run,) = asked(browser, resources=["orders"])
    world.sync()

    orders = shown(browser)["resources"][1]

    assert (orders["status"], orders["runId"]) == ("waiting", run["id"])
    assert orders["progress"] == {"pages": 1, "records": 2, "totalEstimate": 3, "changed": 2}
    assert orders["waitingUntil"] == "2026-03-04T12:01:00Z"


def test_the_overview_says_what_went_wrong_last(browser, world):
    world.connect(world.user)
    world.amazon.orders.trouble.append(UpstreamFailed("Amazon answered 500.", request_id="amzn-1"))

    world.sync()

    orders = shown(browser)["resources"][1]

    assert (orders["status"], orders["error"]["requestId"]) == ("failed", "amzn-1")
    assert orders["setAside"] is None


def test_the_overview_tells_of_an_interval_that_has_grown(browser, world):
    world.connect(world.user)
    without_reports(world.store)
    first = shown(browser)["resources"][1]
    for _ in range(3):
        world.sync()
        world.clock.advance(timedelta(hours=1))

    orders = shown(browser)["resources"][1]

    assert (first["quietRuns"], first["intervalSeconds"]) == (0, 900)
    assert (orders["quietRuns"], orders["intervalSeconds"]) == (3, 1800)


def test_reports_have_no_interval(browser, world):
    world.connect(world.user)

    assert shown(browser)["resources"][2]["intervalSeconds"] is None


def test_the_overview_says_how_far_history_has_come(browser, world):
    connection, without = world.connect(world.user), world.connect(world.user, DE, seller_id="SELLER2")
    now = world.clock.now()
    kinds = (ReportStatus.COMPLETED, ReportStatus.NO_DATA, ReportStatus.FAILED, ReportStatus.PENDING)
    slices = [
        a_report(connection, created_at=now - timedelta(days=30 * number), status=status)
        for number, status in enumerate(kinds)
    ]
    with world.work() as work:
        work.reports.add([*slices, a_report(connection, Purpose.REPAIR)])
        work.commit()

    found = {each["connectionId"]: each for each in browser.get(SYNC).json["data"]["connections"]}

    assert found[str(connection.id)]["history"] == {
        "slices": 4,
        "done": 2,
        "failed": 1,
        "wantedFrom": "2025-11-04T12:00:00Z",
        "completeFrom": "2026-01-03T12:00:00Z",
    }
    assert found[str(without.id)]["history"] == {
        "slices": 0,
        "done": 0,
        "failed": 0,
        "wantedFrom": None,
        "completeFrom": None,
    }


def test_the_overview_names_the_newest_days_that_lack_orders_and_counts_them_all(browser, world):
    connection = world.connect(world.user)
    first = world.clock.now().date()
    counts = [DayCount(US, first - timedelta(days=number), 5, 5, 500, "USD") for number in range(13)]
    said = [Verdict.AGREES, Verdict.LASTING, *[Verdict.GAP] * 11]
    with world.work() as work:
        work.ledger.asked(connection.id, counts, world.clock.now())
        work.ledger.settle(
            LedgerDay(connection.id, count, world.clock.now(), verdict, replace(count, orders=3))
            for count, verdict in zip(counts, said, strict=True)
        )
        work.commit()

    gaps = shown(browser)["gaps"]

    assert gaps["days"] == {"open": 0, "agrees": 1, "gap": 11, "lasting": 1}
    assert len(gaps["newest"]) == 10
    assert gaps["newest"][0] == {
        "marketplaceId": US,
        "date": "2026-03-03",
        "amazonOrders": 5,
        "ourOrders": 3,
        "verdict": "lasting",
    }


def test_the_cursors_age_grows_with_time(browser, world):
    world.connect(world.user)
    world.sync()
    before = browser.get(SYNC).json["data"]["connections"][0]["resources"][1]["cursorAgeSeconds"]

    world.clock.advance(timedelta(minutes=5))

    after = browser.get(SYNC).json["data"]["connections"][0]["resources"][1]["cursorAgeSeconds"]
    assert after - before == 300


def test_before_the_first_sync_the_overview_says_what_is_unknown(browser, world):
    world.connect(world.user)

    (shown,) = browser.get(SYNC).json["data"]["connections"]

    assert {row["status"] for row in shown["resources"]} == {None}
    assert {row["cursorAgeSeconds"] for row in shown["resources"]} == {None}


def test_the_overview_of_somebody_without_connections_is_empty(browser, world):
    world.connect(world.stranger)

    assert browser.get(SYNC).json == {"success": True, "data": {"connections": []}}


def test_the_list_of_runs_begins_with_the_newest(browser, world):
    world.connect(world.user)
    many_runs(browser, world, rounds=3)

    moments = [run["started_at"] for run in browser.get(RUNS).json["items"]]

    assert len(moments) == 6
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize(("resource", "status", "expected"), [("orders", None, 2), (None, "failed", 1)])
def test_runs_can_be_chosen_by_resource_and_by_status(browser, world, resource, status, expected):
    world.connect(world.user)
    world.amazon.orders.trouble.append(UpstreamFailed("Amazon answered 500."))
    many_runs(browser, world, rounds=2)
    wanted = {name: value for name, value in (("resource", resource), ("status", status)) if value}

    items = browser.get(RUNS, query_string=wanted).json["items"]

    assert len(items) == expected
    assert all(run[name] == value for run in items for name, value in wanted.items())


def test_runs_can_be_chosen_by_connection(browser, world):
    wanted = world.connect(world.user)
    world.connect(world.user, DE, seller_id="SELLER2")
    asked(browser)

    items = browser.get(RUNS, query_string={"connection_id": str(wanted.id)}).json["items"]

    assert [run["connection_id"] for run in items] == [str(wanted.id)] * 3


def test_choices_of_runs_narrow_each_other_and_hold_on_every_page(browser, world):
    wanted = world.connect(world.user)
    world.connect(world.user, DE, seller_id="SELLER2")
    world.amazon.orders.trouble.extend([UpstreamFailed("Amazon answered 500.")] * 2)
    many_runs(browser, world, rounds=4)
    chosen = {"connection_id": str(wanted.id), "resource": "orders", "status": "succeeded"}
    every = browser.get(RUNS, query_string={"limit": 200}).json["items"]
    expected = [run["id"] for run in every if all(run[name] == value for name, value in chosen.items())]
    seen, wanted_page = [], chosen | {"limit": 1}

    while True:
        page = browser.get(RUNS, query_string=wanted_page).json
        seen += [run["id"] for run in page["items"]]
        if page["next_cursor"] is None:
            break
        wanted_page["cursor"] = page["next_cursor"]

    assert seen == expected
    assert 0 < len(expected) < len([run for run in every if run["resource"] == "orders"])


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 200])
def test_pages_lead_through_all_runs_once_each(browser, world, limit):
    world.connect(world.user)
    many_runs(browser, world, rounds=5)
    seen, onward = [], None

    while True:
        page = browser.get(RUNS, query_string={"limit": limit} | ({"cursor": onward} if onward else {})).json
        seen += [run["id"] for run in page["items"]]
        assert len(page["items"]) <= limit
        onward = page["next_cursor"]
        if onward is None:
            break

    assert seen == [run["id"] for run in browser.get(RUNS).json["items"]]
    assert len(seen) == len(set(seen)) == 10


def test_a_page_stays_where_it_was_when_new_runs_come_in(browser, world):
    world.connect(world.user)
    many_runs(browser, world, rounds=2)
    before = [run["id"] for run in browser.get(RUNS).json["items"]]
    page = browser.get(RUNS, query_string={"limit": 2}).json
    many_runs(browser, world, rounds=1)

    following = browser.get(RUNS, query_string={"cursor": page["next_cursor"]}).json

    assert [run["id"] for run in following["items"]] == before[2:]


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "!!!!",
        "ä",
        "bm90IGpzb24",
        "W" * 501,
        cursor(),
        cursor("2026-03-04T12:00:00+00:00"),
        cursor("yesterday", SOME_ID),
        cursor("2026-03-04T12:00:00+00:00", "7"),
        cursor("2026-03-04T12:00:00", SOME_ID),
        cursor("0001-01-01T00:00:00+14:00", SOME_ID),
        cursor("9999-12-31T23:59:59-14:00", SOME_ID),
        cursor(1, 2),
        base64.urlsafe_b64encode(b"[" * 300).decode(),
    ],
)
def test_a_cursor_that_is_none_of_ours_is_a_bad_field(browser, world, forged):
    world.connect(world.user)

    answer = browser.get(RUNS, query_string={"cursor": forged})

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) == {"cursor"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "-1"),
        ("limit", "many"),
        ("limit", "1.5"),
        ("limit", ""),
        ("connection_id", "7"),
        ("resource", "weather"),
        ("status", "done"),
    ],
)
def test_a_question_about_runs_that_makes_no_sense_names_the_bad_field(browser, name, value):
    answer = browser.get(RUNS, query_string={name: value})

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {name})


def test_a_parameter_that_comes_twice_is_a_bad_field(browser):
    answer = browser.get(f"{RUNS}?limit=1&limit=2")

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {"limit"})


def test_somebody_elses_run_is_not_found(browser, stranger_browser, world):
    world.connect(world.stranger)
    (theirs, *_) = asked(stranger_browser)

    answer = browser.get(f"{RUNS}/{theirs['id']}")

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")


def test_somebody_elses_runs_are_in_no_list(browser, stranger_browser, world):
    theirs = world.connect(world.stranger)
    asked(stranger_browser)

    assert browser.get(RUNS).json["items"] == []
    assert browser.get(RUNS, query_string={"connection_id": str(theirs.id)}).status_code == 404
