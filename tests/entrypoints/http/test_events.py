"""Live events, as a browser gets them."""

import json
from datetime import timedelta

import pytest

from domain.acting import acting_for
from domain.events.listener import Limits
from domain.events.model import Event
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

EVENTS = "/api/v1/events"
SYNC = "/api/v1/integrations/amazon/sync"


def tell(world, user, kind="sync.progress", **data):
    """Write an event for this user."""
    with acting_for(user.id), world.work() as work:
        work.outbox.append(Event(user.id, kind, world.clock.now(), data))
        work.commit()
        return work.events.span()[1]


def frames(text):
    """The fields of each frame but the first, which says when to come back."""
    return [
        dict(line.split(": ", 1) for line in frame.splitlines() if not line.startswith(":"))
        for frame in text.split("\n\n")[1:]
        if frame
    ]


def test_the_answer_is_a_stream_that_no_cache_and_no_proxy_holds_back(browser):
    answer = browser.get(EVENTS)

    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "Content-Length" not in answer.headers


def test_a_stream_says_when_to_come_back_and_where_it_begins(browser, world):
    newest = tell(world, world.user)

    first, *rest = browser.get(EVENTS).text.split("\n\n")

    assert first.startswith("retry: ")
    assert 2000 <= int(first.removeprefix("retry: ")) <= 4000
    assert rest == [f": quiet\nid: {newest}", ""]


@pytest.mark.parametrize(
    "how", [{"headers": {"Last-Event-ID": "1"}}, {"query_string": {"last_event_id": "1"}}], ids=str
)
def test_who_comes_back_is_told_what_was_missed(browser, world, how):
    tell(world, world.user)
    second = tell(world, world.user, run_id="R", pages=3, total_estimate=None)
    tell(world, world.stranger)
    fourth = tell(world, world.user, "connection.changed", status="connected")

    _begin, *told = frames(browser.get(EVENTS, **how).text)

    assert [(frame["id"], frame["event"]) for frame in told] == [
        (str(second), "sync.progress"),
        (str(fourth), "connection.changed"),
    ]
    assert json.loads(told[0]["data"]) == {
        "at": "2026-03-04T12:00:00Z",
        "run_id": "R",
        "pages": 3,
        "total_estimate": None,
    }


def test_the_header_counts_more_than_the_parameter(browser, world):
    for _ in range(3):
        tell(world, world.user)

    answer = browser.get(f"{EVENTS}?last_event_id=1", headers={"Last-Event-ID": "2"})

    assert [frame["id"] for frame in frames(answer.text)[1:]] == ["3"]


def test_who_was_away_for_too_long_reads_the_figures_anew(browser, world):
    for _ in range(3):
        tell(world, world.user)
    world.clock.advance(timedelta(hours=25))
    world.services.housekeeping.tidy()
    with world.work() as work:  # the session that the browser logs in with ends after two weeks only
        work.commit()

    (begin,) = frames(browser.get(EVENTS, headers={"Last-Event-ID": "1"}).text)

    assert begin == {"id": "3", "event": "reset", "data": '{"id":3}'}


@pytest.mark.parametrize("resource", ["reports", "ads"])
def test_who_asks_for_a_sync_that_finds_nothing_to_do_is_told_its_end(browser, world, resource):
    world.connect(world.user) if resource == "reports" else world.connect_ads(world.user)
    for _ in range(40):  # until all is done that there is to do
        world.sync()
        world.clock.advance(timedelta(minutes=5))
    begin = tell(world, world.user)

    (run,) = browser.post(SYNC, json={"resources": [resource]}).json["data"]["runs"]
    world.sync()

    kept = browser.get(f"/api/v1/sync/runs/{run['id']}").json
    told = frames(browser.get(EVENTS, headers={"Last-Event-ID": str(begin)}).text)
    ends = [json.loads(frame["data"]) for frame in told if frame.get("event") == "sync.completed"]
    assert (kept["status"], kept["progress"]["records"]) == ("succeeded", 0)
    assert run["id"] in [end["run_id"] for end in ends]


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "1" * 19, "1\u0662"])
def test_an_id_that_none_can_be_is_refused(browser, text):
    answer = browser.get(EVENTS, query_string={"last_event_id": text})

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert list(answer.json["details"]["fields"]) == ["last_event_id"]


def test_as_many_listen_as_may_and_whoever_hangs_up_makes_room():
    world = World(limits=Limits(total=2))
    app = app_of(world)
    ada, eve = logged_in(app, world.user), logged_in(app, world.stranger)
    first, _second = ada.get(EVENTS), ada.get(EVENTS)

    refused = eve.get(EVENTS)
    first.close()

    assert (refused.status_code, refused.json["error"]) == (503, "unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert eve.get(EVENTS).status_code == 200
    assert world.services.live.count() == 2


def test_one_user_does_not_take_every_place():
    world = World(limits=Limits(per_user=2))
    app = app_of(world)
    ada, eve = logged_in(app, world.user), logged_in(app, world.stranger)
    kept = [ada.get(EVENTS), ada.get(EVENTS)]

    refused = ada.get(EVENTS)

    assert (refused.status_code, refused.json["error"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 0
    kept.append(eve.get(EVENTS))
    assert kept[-1].status_code == 200


def test_asking_for_the_head_alone_takes_no_place():
    world = World(limits=Limits(total=1))
    browser = logged_in(app_of(world), world.user)

    browser.head(EVENTS)

    assert world.services.live.count() == 0


def ended(answer) -> bool:
    """Whether the stream ends, read to its end; what keeps on would hang."""
    return answer.text is not None


def test_logging_out_ends_the_streams_of_that_session():
    world = World(limits=Limits(quiet=0.02, look_again=0))
    app = app_of(world)
    browser, elsewhere = logged_in(app, world.user), logged_in(app, world.user)
    answer, other = browser.get(EVENTS), elsewhere.get(EVENTS)

    browser.post("/api/v1/auth/logout")

    assert ended(answer)
    assert world.services.live.count() == 1
    other.close()


def test_deleting_a_key_ends_the_streams_that_it_has_opened():
    world = World(limits=Limits(quiet=0.02, look_again=0))
    app = app_of(world)
    browser = logged_in(app, world.user)
    made = browser.post("/api/v1/auth/api-keys", json={"name": "a program"}).json
    answer = app.test_client().get(EVENTS, headers={"Authorization": f"Bearer {made['key']}"})

    browser.delete(f"/api/v1/auth/api-keys/{made['id']}")

    assert (answer.status_code, ended(answer)) == (200, True)


def test_the_end_of_the_process_ends_every_stream():
    world = World(limits=Limits())
    app = app_of(world)
    answer = logged_in(app, world.user).get(EVENTS)

    app.extensions["portside_farewell"]()

    assert ended(answer)


def test_a_front_end_elsewhere_may_listen():
    world = World(FRONTEND_URL="https://shop.example")
    browser = logged_in(app_of(world), world.user)

    answer = browser.get(EVENTS, headers={"Origin": "https://shop.example"})

    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_open_streams_are_counted_for_the_metrics(browser):
    assert "portside_event_streams 0.0" in browser.get("/metrics").text
