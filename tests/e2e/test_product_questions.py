"""Eligibility, fees and shipments: from a person's browser to Amazon and back."""

from typing import Any

import pytest

from entrypoints.simulator.faults import Fault
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.people import Person
from tests.e2e.stage import US

BASE = "/api/v1/amazon"
FREE, GATED, REFUSED, UNKNOWN = "B0FREE0001", "B0GATE0001", "B0NOPE0001", "B0NONE0001"


@pytest.fixture
def connected(person: Person, seller: Seller) -> Person:
    """Somebody who has connected a seller."""
    person.connect(US, seller.id)
    return person


def post(person: Person, path: str, body: object) -> list[dict[str, Any]]:
    answer = person.ask("POST", f"{BASE}/{path}", json=body)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["items"]
    return rows


def test_products_may_be_listed_or_not(connected: Person) -> None:
    single = connected.get(f"{BASE}/eligibility/{GATED}")
    unknown = connected.ask("GET", f"{BASE}/eligibility/{UNKNOWN}")
    rows = post(connected, "eligibility", {"asins": [FREE, GATED, REFUSED, UNKNOWN]})

    assert (single["status"], single["can_list"]) == ("APPROVAL_REQUIRED", False)
    assert (unknown.status_code, unknown.json()["error"]) == (404, "not_found")
    assert [row.get("status") for row in rows] == ["ELIGIBLE", "APPROVAL_REQUIRED", "NOT_ELIGIBLE", None]
    assert rows[3]["error"]["code"] == "not_found"


def test_fees_add_up_alone_and_among_others(connected: Person) -> None:
    single = connected.get(f"{BASE}/fees/{FREE}", price="19.99", shipping="1.5")
    item = {"asin": FREE, "price": 19.99, "shipping": 1.5}
    rows = post(connected, "fees", {"items": [{**item, "price": 10}, item, {**item, "asin": UNKNOWN}]})

    assert single["proceeds"] == round(19.99 + 1.5 - single["total_fees"], 2)
    assert sum(round(fee["amount"] * 100) for fee in single["fees"]) == round(single["total_fees"] * 100)
    assert rows[1] == single
    assert rows[2]["error"]["code"] == "not_found"


def test_shipments_are_there_with_what_was_received(connected: Person) -> None:
    found = connected.get(f"{BASE}/inbound-shipments", updated_after="2000-01-01T00:00:00Z")

    assert found["next_cursor"] is None
    assert found["items"]
    assert all(
        0 <= item["quantity_received"] <= item["quantity_shipped"]
        for shipment in found["items"]
        for item in shipment["items"]
    )


def test_answers_are_asked_for_once(connected: Person, amazon: SimulatorServer) -> None:
    before = connected.get(f"{BASE}/eligibility/{FREE}")
    amazon.simulator.reception.faults.order(Fault("getListingsRestrictions", "missing_role", times=None))

    after = connected.get(f"{BASE}/eligibility/{FREE}")
    another = connected.ask("GET", f"{BASE}/eligibility/B0FREE0002")

    assert after == before
    assert (another.status_code, another.json()["error"]) == (403, "amazon_access_denied")
    assert another.json()["details"]["role"] == "Product Listing"


@pytest.mark.parametrize("kind", ["html_503", "empty_200", "truncated", "drop_connection", "token_expired"])
def test_one_bad_answer_is_got_over(connected: Person, amazon: SimulatorServer, kind: str) -> None:
    for operation in ("getListingsRestrictions", "getShipments"):
        amazon.simulator.reception.faults.order(Fault(operation, kind))

    eligibility = connected.ask("GET", f"{BASE}/eligibility/{FREE}")
    shipments = connected.ask("GET", f"{BASE}/inbound-shipments")

    assert (eligibility.status_code, shipments.status_code) == (200, 200)


def test_a_seller_who_has_left_is_told_nothing_more(connected: Person) -> None:
    connected.get(f"{BASE}/eligibility/{FREE}")
    connected.ask("DELETE", f"{BASE}/disconnect")

    answer = connected.ask("GET", f"{BASE}/eligibility/{FREE}")

    assert (answer.status_code, answer.json()["error"]) == (403, "amazon_not_connected")
