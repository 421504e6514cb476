"""The simulator's own controls: counting, faults, consent without a browser."""

from __future__ import annotations

import json
from threading import Thread

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.reception import DROP_HEADER
from tests.entrypoints.simulator.driven import INVENTORY, ORDERS, PARTICIPATIONS, Amazon, first_error, iso

US = BY_COUNTRY["US"].id


def search(amazon: Amazon, token: str):
    return amazon.get(ORDERS, token=token, createdAfter=iso(amazon.clock.moment.replace(day=1)))


def counts(amazon: Amazon):
    return amazon.http.get("/simulator/calls").json


def test_calls_are_counted_by_operation_and_answers_by_status(amazon: Amazon):
    token = amazon.access_token()
    for _ in range(3):
        amazon.get(INVENTORY, token=token)
    amazon.get("/orders/v0/orders", token=token)
    amazon.token_request(grant_type="authorization_code")
    amazon.token_request()

    assert counts(amazon) == {
        "calls": {
            "getInventorySummaries": 3,
            "lwa.authorization_code": 1,
            "lwa.refresh_token": 1,
            "lwa.unknown": 1,
            "unknown": 1,
        },
        "throttled": 1,
        "throttled_by_operation": {"getInventorySummaries": 1},
        "refused_by_plan": {amazon.seller().id: {"getInventorySummaries": 1}},
        "faults": {},
        "answers": {
            "getInventorySummaries": {"400": 2, "429": 1},
            "lwa.authorization_code": {"400": 1},
            "lwa.refresh_token": {"200": 1},
            "lwa.unknown": {"400": 1},
            "unknown": {"403": 1},
        },
    }


def test_counting_begins_again_after_a_reset(amazon: Amazon):
    amazon.get(PARTICIPATIONS)

    amazon.http.post("/simulator/calls/reset")

    assert counts(amazon)["calls"] == {}


def test_usage_plans_can_be_refilled(amazon: Amazon):
    token = amazon.access_token()
    for _ in range(3):
        amazon.get(INVENTORY, token=token)

    amazon.http.post("/simulator/usage-plans/refill")

    assert amazon.get(INVENTORY, token=token).status_code == 400


def test_sellers_are_listed_and_can_be_authorized_without_a_browser(amazon: Amazon):
    sellers = amazon.http.get("/simulator/sellers").json["sellers"]
    body = {"seller_id": sellers[1]["id"]}

    token = amazon.http.post("/simulator/authorize", json=body).json["refresh_token"]

    answer = amazon.token_request(grant_type="refresh_token", refresh_token=token, **amazon.credentials())
    assert answer.status_code == 200
    assert sellers[1]["region"] == "eu"


def test_health_is_ok(amazon: Amazon):
    assert amazon.http.get("/simulator/health").json == {"status": "ok"}


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (500, 500, "InternalFailure"),
        ("503", 503, "ServiceUnavailable"),
        (504, 504, "InternalFailure"),
        (429, 429, "QuotaExceeded"),
        (404, 404, "NotFound"),
    ],
)
def test_a_number_as_kind_is_that_status_in_amazons_json(amazon: Amazon, kind, status, code):
    token = amazon.access_token()
    amazon.order({"operation": "searchOrders", "kind": kind})

    struck, after = search(amazon, token), search(amazon, token)

    assert (struck.status_code, first_error(struck)["code"]) == (status, code)
    assert "x-amzn-RateLimit-Limit" not in struck.headers
    assert after.status_code == 200


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("token_expired", "The access token you provided has expired."),
        ("token_revoked", "The access token you provided is revoked, malformed or invalid."),
        ("secret_expired", "The LWA secret token you provided has expired."),
        ("missing_role", ""),
    ],
)
def test_denials_differ_in_their_details_only(amazon: Amazon, kind, details):
    token = amazon.access_token()
    amazon.order({"operation": "searchOrders", "kind": kind})

    error = first_error(search(amazon, token))

    assert error == {
        "code": "Unauthorized",
        "message": "Access to requested resource is denied.",
        "details": details,
    }


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "body"),
    [
        ("html_502", 502, "text/html", b"<html>"),
        ("html_503", 503, "text/html", b"<html>"),
        ("empty_200", 200, "application/json", b""),
        ("not_json", 200, "application/json", b"Service is busy"),
        ("wrong_content_type", 200, "text/html", b'{"orders":'),
    ],
)
def test_answers_that_are_no_answers(amazon: Amazon, kind, status, content_type, body):
    token = amazon.access_token()
    amazon.order({"operation": "searchOrders", "kind": kind})

    answer = search(amazon, token)

    assert (answer.status_code, answer.content_type) == (status, content_type)
    assert answer.data.startswith(body)


def test_a_truncated_answer_promises_more_than_it_gives(amazon: Amazon):
    token = amazon.access_token()
    whole = search(amazon, token)
    amazon.order({"operation": "searchOrders", "kind": "truncated"})

    cut = search(amazon, token)

    assert int(cut.headers["Content-Length"]) == len(whole.data) > len(cut.data) > 0
    assert whole.data.startswith(cut.data)


def test_the_promised_list_can_be_missing(amazon: Amazon):
    token = amazon.access_token()
    amazon.order({"operation": "*", "kind": "shape", "times": 4})
    asked = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US}

    orders, stock, participations = (
        search(amazon, token).json,
        amazon.get(INVENTORY, token=token, **asked).json,
        amazon.get(PARTICIPATIONS, token=token).json,
    )
    tokens = amazon.token_request(
        grant_type="refresh_token",
        refresh_token=amazon.simulator.refresh_token(amazon.seller().id),
        **amazon.credentials(),
    ).json

    assert "orders" not in orders
    assert "lastUpdatedBefore" in orders or "createdBefore" in orders
    assert set(stock["payload"]) == {"granularity"}
    assert participations == {}
    assert set(tokens) == {"token_type", "expires_in", "refresh_token"}


def test_a_dropped_connection_is_left_to_the_server(amazon: Amazon):
    token = amazon.access_token()
    amazon.order({"operation": "searchOrders", "kind": "drop_connection"})

    assert search(amazon, token).headers[DROP_HEADER] == "1"


def test_lwa_errors_are_given_as_ordered(amazon: Amazon):
    amazon.order(
        {"operation": "lwa.refresh_token", "kind": "lwa_error", "error": "access_denied", "status": 403}
    )

    answer = amazon.token_request(grant_type="refresh_token")

    assert (answer.status_code, answer.json["error"]) == (403, "access_denied")


@pytest.mark.parametrize(
    ("status", "error"), [(500, "server_error"), (503, "temporarily_unavailable"), (401, "invalid_client")]
)
def test_a_status_at_lwa_has_lwas_shape(amazon: Amazon, status, error):
    amazon.order({"operation": "lwa.refresh_token", "kind": status})

    answer = amazon.token_request(grant_type="refresh_token")

    assert (answer.status_code, answer.json["error"]) == (status, error)


def test_a_fault_strikes_after_some_calls_and_as_often_as_ordered(amazon: Amazon):
    token = amazon.access_token()
    amazon.order({"operation": "searchOrders", "kind": 503, "after": 2, "times": 3})

    statuses = [search(amazon, token).status_code for _ in range(7)]

    assert statuses == [200, 200, 503, 503, 503, 200, 200]


def test_a_fault_of_one_operation_leaves_the_others_alone(amazon: Amazon):
    token = amazon.access_token()
    amazon.order({"operation": "searchOrders", "kind": 503, "times": None})

    assert amazon.get(PARTICIPATIONS, token=token).status_code == 200
    assert [search(amazon, token).status_code for _ in range(3)] == [503] * 3


def test_cleared_faults_are_forgotten(amazon: Amazon):
    token = amazon.access_token()
    amazon.order({"operation": "*", "kind": 503, "times": None})
    ordered = amazon.http.get("/simulator/faults").json["faults"]

    amazon.http.delete("/simulator/faults")

    assert [fault["kind"] for fault in ordered] == ["status"]
    assert amazon.http.get("/simulator/faults").json == {"faults": []}
    assert search(amazon, token).status_code == 200


def test_a_struck_call_costs_nothing_of_the_usage_plan(amazon: Amazon):
    token = amazon.access_token()
    amazon.order({"operation": "getInventorySummaries", "kind": 503, "times": 5})

    statuses = [amazon.get(INVENTORY, token=token).status_code for _ in range(8)]

    assert statuses == [503] * 5 + [400, 400, 429]


def test_clearing_lets_a_hanging_call_go_on(amazon: Amazon):
    token = amazon.access_token()
    amazon.order({"operation": "searchOrders", "kind": "hang", "seconds": 60})
    statuses: list[int] = []
    caller = Thread(target=lambda: statuses.append(search(amazon, token).status_code))
    caller.start()
    while not counts(amazon)["calls"].get("searchOrders"):
        pass
    hanging = list(statuses)

    while caller.is_alive():  # the call may be counted a moment before it waits
        amazon.http.delete("/simulator/faults")
        caller.join(0.02)

    assert hanging == []
    assert statuses == [200]


def test_slowness_lasts_until_it_is_cleared(amazon: Amazon):
    from time import monotonic

    token = amazon.access_token()
    amazon.order({"operation": "searchOrders", "kind": "slow", "delay_ms": 30})
    began = monotonic()

    statuses = [search(amazon, token).status_code for _ in range(3)]

    assert monotonic() - began >= 0.09
    assert statuses == [200] * 3


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"operation": "searchOrders", "kind": "explode"}, "kind"),
        ({"operation": "searchOrders"}, "kind"),
        ({"kind": 503}, "operation"),
        ({"operation": "searchOrders", "kind": 503, "time": 1}, "unknown fields: time"),
        ({"operation": "searchOrders", "kind": 503, "times": "often"}, "times"),
        ({"operation": "searchOrders", "kind": 503, "after": -1}, "after"),
        ({"operation": "searchOrders", "kind": "hang", "seconds": "long"}, "seconds"),
        ({"operation": "searchOrders", "kind": 99}, "status"),
        ({"operation": "searchOrders", "kind": "lwa_error", "status": 700}, "status"),
        (["not", "an", "object"], "JSON object"),
    ],
)
def test_a_fault_nobody_can_have_meant_is_refused_with_the_reason(amazon: Amazon, body, named):
    answer = amazon.http.post("/simulator/faults", data=json.dumps(body))

    assert answer.status_code == 400
    assert named in answer.json["error"]


@pytest.mark.parametrize("lever", ["authorize", "revoke", "restore"])
def test_only_sellers_of_this_simulator_can_consent_or_revoke(amazon: Amazon, lever):
    answer = amazon.http.post(f"/simulator/{lever}", json={"seller_id": "A0000000000000"})

    assert answer.status_code == 400
    assert "seller_id" in answer.json["error"]
