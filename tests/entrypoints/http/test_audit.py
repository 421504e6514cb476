"""The audit log, seen from the browser. Everything beyond a port is a fake."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.users.model import Visitor
from tests.entrypoints.http.test_sync import SOME_ID, cursor

AUDIT = "/api/v1/audit"


def actions(browser, **parameters):
    return [entry["action"] for entry in browser.get(AUDIT, query_string=parameters).json["items"]]


def test_what_was_done_is_shown_with_who_did_it_and_from_where(browser, world):
    connection = world.connect(world.user)
    world.clock.advance(timedelta(minutes=1))
    browser.delete(f"/api/v1/amazon/connections/{connection.id}")

    answer = browser.get(AUDIT)

    newest = answer.json["items"][0]
    assert {name: newest[name] for name in newest if name != "id"} == {
        "at": "2026-03-04T12:01:00Z",
        "action": "connection.disconnected",
        "actor": world.user.email,
        "connection_id": str(connection.id),
        "address": "127.0.0.1",
        "details": {"seller_id": "SELLER1"},
    }
    assert answer.json["next_cursor"] is None


def test_nobody_sees_what_is_somebody_elses(browser, world):
    theirs = world.connect(world.stranger)
    world.services.connections.disconnect(world.stranger, Visitor("192.0.2.9"), theirs.id)

    shown = browser.get(AUDIT, query_string={"connection_id": str(theirs.id)})

    assert shown.json["items"] == []
    assert "connection.disconnected" not in actions(browser)


def test_the_log_is_read_page_by_page_to_its_end(browser, world):
    for _ in range(5):
        connection = world.connect(world.user, seller_id=f"SELLER{uuid4()}")
        browser.delete(f"/api/v1/amazon/connections/{connection.id}")
        world.clock.advance(timedelta(minutes=1))

    pages, onward = [], ""
    while onward is not None:
        page = browser.get(AUDIT, query_string={"limit": 2} | ({"cursor": onward} if onward else {})).json
        pages.append([entry["id"] for entry in page["items"]])
        onward = page["next_cursor"]

    whole = [entry["id"] for entry in browser.get(AUDIT).json["items"]]
    assert [one for page in pages for one in page] == whole
    assert all(len(page) == 2 for page in pages[:-1])
    assert len(set(whole)) == len(whole) >= 5


def test_the_deeds_on_one_connection_are_found_even_when_it_is_gone(browser, world):
    gone, other = world.connect(world.user), world.connect(world.user, seller_id="SELLER2")
    browser.delete(f"/api/v1/amazon/connections/{other.id}")
    browser.delete(f"/api/v1/amazon/connections/{gone.id}?permanent=true")

    found = actions(browser, connection_id=str(gone.id))

    assert found in (
        ["connection.erased", "connection.erasure_requested"],
        ["connection.erasure_requested", "connection.erased"],  # both at the same moment
    )


@pytest.mark.parametrize("forged", ["%", cursor("yesterday", SOME_ID), cursor("2026-03-04T12:00:00", "7")])
def test_a_cursor_that_is_none_of_ours_is_a_bad_field(browser, forged):
    answer = browser.get(AUDIT, query_string={"cursor": forged})

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {"cursor"})


def test_a_connection_that_is_no_id_is_a_bad_field(browser):
    answer = browser.get(AUDIT, query_string={"connection_id": "mine"})

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {"connection_id"})


def test_failed_log_ins_are_shown_to_whom_they_were_meant_for(browser, world):
    browser.post("/api/v1/auth/login", json={"email": world.user.email, "password": "a wrong guess"})

    newest = browser.get(AUDIT).json["items"]

    failed = [entry for entry in newest if entry["action"] == "user.login_failed"]
    assert [(entry["actor"], entry["address"]) for entry in failed] == [("unknown", "127.0.0.1")]


def test_logging_out_is_in_the_log(browser, world):
    browser.post("/api/v1/auth/logout")

    assert world.deeds(world.user)[-1] == "user.logged_out"
