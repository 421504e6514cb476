"""An Amazon that answers with rubbish, or with nothing: syncs get over it, or say so and recover when it is over."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.people import Person
from tests.e2e.processes import until
from tests.e2e.stage import US, Stage

ORDERS, STOCK = "searchOrders", "getInventorySummaries"


@pytest.fixture
def connected(person: Person, seller: Seller) -> Person:
    """A user whose first sync is over, and nothing of it under way any more."""
    person.connect(US, seller.id)
    person.wait_for_first_sync()
    at_rest = {"succeeded"}
    until(
        lambda: {each["status"] for each in _resources(person)} == at_rest,
        60,
        lambda: str(_resources(person)),
    )
    return person


@pytest.mark.parametrize(
    "kind",
    [
        Fault("", "not_json"),
        Fault("", "html_503"),
        Fault("", "empty_200"),
        Fault("", "truncated"),
        Fault("", "shape"),
        Fault("", "wrong_content_type"),
        Fault("", "drop_connection"),
        Fault("", "hang", seconds=2),
        Fault("", "token_expired"),
        Fault("", "status", status=503),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_sync_gets_over_one_bad_answer(connected: Person, amazon: SimulatorServer, kind: Fault) -> None:
    before = _figures(connected)
    for operation in (ORDERS, STOCK):
        amazon.simulator.reception.faults.order(replace(kind, operation=operation))

    runs = [connected.wait_for(run) for run in connected.sync()]

    assert amazon.simulator.reception.faults.pending() == []
    assert [run["status"] for run in runs] == ["succeeded"] * 3
    assert _figures(connected) == before


@pytest.mark.parametrize(
    ("kind", "operation", "broken", "sound"),
    [
        ("not_json", ORDERS, "orders", "inventory"),
        ("html_503", STOCK, "inventory", "orders"),
        ("empty_200", ORDERS, "orders", "inventory"),
        ("shape", STOCK, "inventory", "orders"),
    ],
)
def test_bad_answers_without_end_degrade_the_connection_until_they_end(
    connected: Person, amazon: SimulatorServer, kind: str, operation: str, broken: str, sound: str
) -> None:
    before = _figures(connected)
    amazon.simulator.reception.faults.order(Fault(operation, kind, times=None))

    bad = {run["resource"]: run for run in map(connected.wait_for, connected.sync())}
    ill = connected.get("/api/v1/amazon/connection")
    figures_while_ill = _figures(connected)
    amazon.simulator.reception.faults.clear()
    good = [connected.wait_for(run)["status"] for run in connected.sync()]
    well = connected.get("/api/v1/amazon/connection")

    assert (bad[broken]["status"], bad[sound]["status"]) == ("failed", "succeeded")
    assert bad[broken]["error"]["code"] == "amazon_error"
    assert (ill["connected"], ill["status"], ill["last_error"]["code"]) == (True, "degraded", "amazon_error")
    assert figures_while_ill == before
    assert good == ["succeeded"] * 3
    assert (well["status"], well["last_error"]) == ("connected", None)


def test_a_missing_role_is_named(connected: Person, amazon: SimulatorServer) -> None:
    amazon.simulator.reception.faults.order(Fault(STOCK, "missing_role", times=None))

    run = next(run for run in map(connected.wait_for, connected.sync()) if run["resource"] == "inventory")

    assert run["error"]["code"] == "amazon_access_denied"
    assert "Amazon Fulfillment" in run["error"]["message"]


def test_a_first_sync_that_meets_trouble_ends_with_the_same_rows_as_one_that_does_not(
    person: Person, seller: Seller, amazon: SimulatorServer, stage: Stage
) -> None:
    faults = amazon.simulator.reception.faults
    for operation in (ORDERS, STOCK):
        faults.order(Fault(operation, "truncated", times=2))
        faults.order(Fault(operation, "empty_200", after=1))

    person.connect(US, seller.id)
    person.wait_for_first_sync()

    connection_id = person.get("/api/v1/amazon/connection")["id"]
    true = amazon.simulator.store.orders(seller.id, datetime.now(UTC))
    assert _order_ids(stage, connection_id) == {order.id for order in true}


def test_a_revoked_seller_is_asked_to_consent_again_and_nothing_runs_any_more(
    connected: Person, seller: Seller, amazon: SimulatorServer
) -> None:
    amazon.simulator.endpoint.revocations.revoke(seller.id)

    runs = {run["resource"]: run for run in map(connected.wait_for, connected.sync())}
    _wait_for_status(connected, "reauthorization_required")

    failed = {resource: run["error"]["code"] for resource, run in runs.items() if run["status"] == "failed"}
    failed.setdefault(
        "reports", "amazon_reauthorization_required"
    )  # it may have had nothing to ask Amazon for
    assert failed == dict.fromkeys(runs, "amazon_reauthorization_required")
    assert [each["nextRun"] for each in _resources(connected)] == [None] * 3
    assert connected.ask("POST", "/api/v1/integrations/amazon/sync").status_code == 403
    assert connected.get("/api/v1/amazon/connection")["connected"] is False


def test_connecting_a_revoked_seller_again_keeps_the_connection_and_goes_on_where_it_stopped(
    connected: Person, seller: Seller, amazon: SimulatorServer
) -> None:
    first = connected.get("/api/v1/amazon/connection")
    before = _figures(connected)
    amazon.simulator.endpoint.revocations.revoke(seller.id)
    for run in connected.sync():
        connected.wait_for(run)
    _wait_for_status(connected, "reauthorization_required")

    connected.connect(US, seller.id)
    runs = {run["resource"]: run for run in map(connected.wait_for, connected.sync())}

    again = connected.get("/api/v1/amazon/connection")
    assert (again["id"], again["connected_at"]) == (first["id"], first["connected_at"])
    assert (again["status"], again["last_error"]) == ("connected", None)
    assert {run["status"] for run in runs.values()} == {"succeeded"}
    assert runs["orders"]["progress"]["records"] < before["orders"]["totalOrders"]
    assert _figures(connected) == before


def test_disconnecting_stops_the_schedules_and_erases_the_tokens(connected: Person, stage: Stage) -> None:
    connection_id = connected.get("/api/v1/amazon/connection")["id"]

    connected.ask("DELETE", "/api/v1/amazon/disconnect")

    assert connected.get("/api/v1/amazon/connection")["status"] == "disconnected"
    assert connected.ask("POST", "/api/v1/integrations/amazon/sync").status_code == 403
    assert _tokens(stage, connection_id) == [(None, None)]


def test_erasing_a_connection_leaves_no_row_of_it(connected: Person, stage: Stage) -> None:
    connection_id = connected.get("/api/v1/amazon/connection")["id"]
    assert _order_ids(stage, connection_id)

    answer = connected.ask("DELETE", f"/api/v1/amazon/connections/{connection_id}?permanent=true")

    assert answer.status_code == 204
    assert _order_ids(stage, connection_id) == set()
    assert _tokens(stage, connection_id) == []
    assert connected.ask("GET", f"/api/v1/amazon/connections/{connection_id}").status_code == 404


def _figures(person: Person) -> dict[str, dict[str, Any]]:
    """All that is counted, without the moments of the counting."""
    moments = {"lastSynced", "dataAsOf", "completeUntil"}
    found = {name: person.dashboard(f"amazon-{name}", {}) for name in ("orders", "inventory")}
    return {
        name: {key: value for key, value in data.items() if key not in moments}
        for name, data in found.items()
    }


def _resources(person: Person) -> list[dict[str, Any]]:
    (connection,) = person.get("/api/v1/integrations/amazon/sync")["data"]["connections"]
    resources: list[dict[str, Any]] = connection["resources"]
    return resources


def _wait_for_status(person: Person, status: str) -> None:
    def found() -> str:
        return str(person.get("/api/v1/amazon/connection")["status"])

    until(lambda: found() == status, 20, lambda: f"the connection is {found()}")


def _order_ids(stage: Stage, connection_id: str) -> set[str]:
    order = tables.orders.c
    return {row.order_id for row in _of(stage, connection_id, select(order.order_id, order.connection_id))}


def _tokens(stage: Stage, connection_id: str) -> list[tuple[str | None, str | None]]:
    token = tables.tokens.c
    rows = _of(stage, connection_id, select(token.refresh_token, token.access_token, token.connection_id))
    return [(row.refresh_token, row.access_token) for row in rows]


def _of(stage: Stage, connection_id: str, question: Any) -> list[Any]:
    engine = make_engine(stage.database_url)
    try:
        with reading(engine) as connection:
            return [row for row in connection.execute(question) if str(row.connection_id) == connection_id]
    finally:
        engine.dispose()
