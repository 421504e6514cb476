"""Faults by chance, and the truth to compare with when they are over."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from entrypoints.simulator.faults import Fault
from tests.entrypoints.simulator.driven import NOON, ORDERS, PARTICIPATIONS, Amazon, iso

PASSING = {"operation": "*", "share": 0.25}


def strikes(amazon: Amazon, operation: str, calls: int = 400) -> list[Fault | None]:
    return [amazon.simulator.reception.faults.take(operation) for _ in range(calls)]


def truth(amazon: Amazon, **query: Any) -> list[dict[str, Any]]:
    answer = amazon.http.get("/simulator/truth", query_string={"seller_id": amazon.seller().id, **query})
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def of_kind(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["kind"] == kind]


def test_a_share_of_the_calls_is_struck_by_troubles_of_all_sorts(amazon: Amazon):
    amazon.order(PASSING)

    struck = [fault for fault in strikes(amazon, "searchOrders") if fault]

    assert 60 < len(struck) < 140
    kinds = {fault.kind for fault in struck}
    assert {"status", "drop_connection", "truncated", "html_503", "slow", "token_expired"} <= kinds
    assert {fault.status for fault in struck if fault.kind == "status"} == {429, 500, 502, 503, 504}


def test_the_same_seed_gives_the_same_chance_and_another_another():
    found = []
    for seed in (1, 1, 2):
        amazon = Amazon.with_config()
        amazon.order({**PASSING, "seed": seed})
        found.append([fault.kind if fault else None for fault in strikes(amazon, "searchOrders")])

    assert found[0] == found[1] != found[2]


def test_chance_gives_lwa_only_what_lwa_answers_and_documents_what_their_store_does(amazon: Amazon):
    amazon.order({**PASSING, "share": 1, "kinds": ["lwa_error", "token_expired", "shape", "503"]})

    lwa = Counter(fault.kind for fault in strikes(amazon, "lwa.refresh_token") if fault)
    documents = Counter(fault.kind for fault in strikes(amazon, "reportDocument") if fault)
    calls = Counter(fault.kind for fault in strikes(amazon, "searchOrders") if fault)

    assert set(lwa) == {"lwa_error", "shape", "status"}
    assert set(documents) == {"status"}
    assert set(calls) == {"token_expired", "shape", "status"}


def test_chance_goes_on_until_it_is_cleared(amazon: Amazon):
    amazon.order({**PASSING, "kinds": ["500"], "share": 1})
    ordered = amazon.http.get("/simulator/faults").json["faults"][0]["share"]
    struck = amazon.token_request(grant_type="refresh_token")

    amazon.http.delete("/simulator/faults")

    assert ordered == 1
    assert struck.status_code == 500
    assert amazon.get(PARTICIPATIONS).status_code == 200


def test_a_refusal_can_say_when_to_come_again(amazon: Amazon):
    token = amazon.access_token()
    amazon.order({"operation": "searchOrders", "kind": 429, "retry_after": 7})

    answer = amazon.get(ORDERS, token=token, createdAfter=iso(NOON - timedelta(days=1)))

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    calls = amazon.http.get("/simulator/calls").json
    assert (calls["throttled"], calls["refused_by_plan"]) == (1, {})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"share": 0}, "share must be"),
        ({"share": 0.1, "kind": "500"}, "in place of kind"),
        ({"share": 0.1, "kinds": []}, "kinds must be"),
        ({"share": 0.1, "kinds": ["earthquake"]}, "kinds must list"),
        ({"share": 0.1, "seed": "x"}, "seed must be"),
        ({"kind": "500", "seed": 1}, "belong to a share"),
        ({"kind": "429", "retry_after": "soon"}, "retry_after must be"),
    ],
)
def test_chances_that_make_no_sense_are_refused(amazon: Amazon, body: dict[str, Any], says: str):
    answer = amazon.http.post("/simulator/faults", json={"operation": "*", **body})

    assert answer.status_code == 400
    assert says in answer.json["error"]


def test_the_truth_adds_up_to_the_store(amazon: Amazon):
    lines = truth(amazon)

    orders = amazon.simulator.store.orders(amazon.seller().id, amazon.clock())
    (seller,) = of_kind(lines, "seller")
    days = of_kind(lines, "day")
    dollars = sum(Decimal(day["total"]) for day in days if day["currency"] == "USD")
    assert seller["orders"] == len(orders) == sum(day["orders"] for day in days)
    assert dollars * 100 == sum(
        order.grand_total_minor or 0
        for order in orders
        if order.currency == "USD" and order.status != "CANCELLED"
    )
    levels = amazon.simulator.store.stock(
        amazon.seller().id, amazon.seller().marketplace_ids[0], amazon.clock()
    )
    stock = [x for x in of_kind(lines, "stock") if x["marketplace_id"] == amazon.seller().marketplace_ids[0]]
    assert [(x["sku"], x["total"], x["fulfillable"]) for x in stock] == [
        (level.sku, level.total, level.fulfillable) for level in levels
    ]


def test_the_truth_can_name_every_order(amazon: Amazon):
    told = {line["id"]: line["status"] for line in of_kind(truth(amazon, orders="true"), "order")}

    assert told == {
        order.id: order.status for order in amazon.simulator.store.orders(amazon.seller().id, amazon.clock())
    }


def test_the_truth_is_of_a_moment(amazon: Amazon):
    week_ago = NOON - timedelta(days=7)
    then = truth(amazon, at=iso(week_ago))[0]

    amazon.clock.advance(days=1)

    assert truth(amazon, at=iso(week_ago))[0] == then
    assert truth(amazon)[0]["digest"] != then["digest"]


def test_what_is_hidden_stays_true_and_what_is_changed_changes_the_truth(amazon: Amazon):
    before = truth(amazon, orders="true")
    order = next(line for line in of_kind(before, "order") if line["status"] == "SHIPPED")
    body = {"seller_id": amazon.seller().id}
    amazon.http.post("/simulator/orders/hide", json={**body, "order_ids": [order["id"]]})
    hidden = truth(amazon)[0]

    amazon.http.post(
        "/simulator/orders/change", json={**body, "order_id": order["id"], "status": "CANCELLED"}
    )
    amazon.clock.advance(seconds=1)

    assert hidden["digest"] == before[0]["digest"]
    changed = truth(amazon)
    assert changed[0]["digest"] != before[0]["digest"]
    assert sum(day["cancelled"] for day in of_kind(changed, "day")) >= 1 + sum(
        day["cancelled"] for day in of_kind(before, "day")
    )


@pytest.mark.parametrize(
    "query", [{"seller_id": "A0"}, {"at": "noon"}, {"orders": "some"}, {"sellers": "all"}]
)
def test_truth_nobody_can_have_meant_is_refused(amazon: Amazon, query: dict[str, str]):
    answer = amazon.http.get("/simulator/truth", query_string=query)

    assert answer.status_code == 400
    assert answer.json["error"]
