"""History is gathered by Shopify once, looked at, and read line by line; only a whole file is believed."""

import gzip
import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
import responses

from domain.channels.model import HistoryStage, HistoryState, StoreWindow
from domain.errors import NotFound, UpstreamFailed, UpstreamRefused, UsagePlanEmpty, WrongAnswer
from tests.adapters.shopify.stage import FILE, Stage, a_node, asked, says, variables
from tests.fakes.things import NOW

WINDOW = StoreWindow(NOW - timedelta(days=90), NOW)
NAME = "gid://shopify/BulkOperation/1"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def lately(*operations: Mapping[str, object]) -> dict[str, object]:
    return {"bulkOperations": {"nodes": list(operations)}}


def begun(name: str | None = NAME, *problems: str) -> dict[str, object]:
    operation = None if name is None else {"id": name, "status": "CREATED"}
    errors = [{"field": None, "message": problem} for problem in problems]
    return {"bulkOperationRunQuery": {"bulkOperation": operation, "userErrors": errors}}


def standing(status: str, **fields: object) -> dict[str, object]:
    node = {"id": NAME, "status": status, "errorCode": None, "objectCount": "0", "url": None, **fields}
    return {"node": node}


def a_file(*nodes: object, status: int = 200, body: bytes | None = None) -> None:
    lines = "".join(json.dumps(node) + "\n" for node in nodes).encode()
    responses.add(responses.GET, FILE, body=lines if body is None else body, status=status)


def read(stage: Stage, records: int, address: str | None = FILE) -> list[str]:
    state = HistoryState(HistoryStage.DONE, records, address)
    batches = stage.orders.history_orders(stage.connection, state)
    return [order.order_id for orders in batches for order in orders]


@responses.activate
def test_orders_are_gathered_by_the_day_they_were_placed(stage: Stage) -> None:
    says(lately())
    says(begun())

    name = stage.orders.begin_history(stage.connection, WINDOW)

    query = str(variables()["query"])
    assert name == NAME
    assert "created_at:>='2025-12-04T12:00:00Z' created_at:<'2026-03-04T12:00:00Z'" in query
    assert "customer" not in query


@pytest.mark.parametrize("status", ["CREATED", "RUNNING", "COMPLETED"])
@responses.activate
def test_just_the_same_work_is_taken_up_instead_of_begun_twice(stage: Stage, status: str) -> None:
    says(lately())
    says(begun())
    stage.orders.begin_history(stage.connection, WINDOW)
    query = f"  {variables()['query']}\n"
    other = {
        "id": "gid://other",
        "status": "RUNNING",
        "query": "{ products }",
        "createdAt": "2026-03-04T11:00:00Z",
    }
    same = {"id": NAME, "status": status, "query": query, "createdAt": "2026-03-04T11:00:00Z"}
    responses.reset()
    says(lately(other, same))

    name = stage.orders.begin_history(stage.connection, WINDOW)

    assert name == NAME
    assert len(responses.calls) == 1


@pytest.mark.parametrize(
    ("status", "created_at"), [("FAILED", "2026-03-04T11:00:00Z"), ("COMPLETED", "2026-02-20T11:00:00Z")]
)
@responses.activate
def test_work_that_failed_or_whose_result_is_gone_is_begun_anew(
    stage: Stage, status: str, created_at: str
) -> None:
    says(lately())
    says(begun())
    stage.orders.begin_history(stage.connection, WINDOW)
    old = {"id": "gid://old", "status": status, "query": variables()["query"], "createdAt": created_at}
    responses.reset()
    says(lately(old))
    says(begun())

    assert stage.orders.begin_history(stage.connection, WINDOW) == NAME


@responses.activate
def test_where_no_place_is_free_the_run_comes_again(stage: Stage) -> None:
    says(lately())
    says(begun(None, "A bulk query operation for this app and shop is already in progress."))

    with pytest.raises(UsagePlanEmpty) as found:
        stage.orders.begin_history(stage.connection, WINDOW)

    assert found.value.until == NOW + timedelta(minutes=1)


@responses.activate
def test_a_problem_of_the_mutation_is_read(stage: Stage) -> None:
    says(lately())
    says(begun(None, "Invalid bulk query: Field is missing."))

    with pytest.raises(UpstreamRefused, match="Field is missing"):
        stage.orders.begin_history(stage.connection, WINDOW)


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (standing("CREATED"), HistoryState(HistoryStage.UNDER_WAY)),
        (standing("RUNNING", objectCount="70"), HistoryState(HistoryStage.UNDER_WAY, 70)),
        (standing("COMPLETED", objectCount="2", url=FILE), HistoryState(HistoryStage.DONE, 2, FILE)),
        (standing("COMPLETED"), HistoryState(HistoryStage.DONE)),
        (
            standing("FAILED", errorCode="TIMEOUT"),
            HistoryState(HistoryStage.FAILED, reason="it took too long"),
        ),
        (
            standing("FAILED", errorCode="ACCESS_DENIED", objectCount="5"),
            HistoryState(HistoryStage.FAILED, 5, reason="the app lacks a scope"),
        ),
        (standing("EXPIRED"), HistoryState(HistoryStage.FAILED, reason="expired")),
        (standing("CANCELED"), HistoryState(HistoryStage.FAILED, reason="canceled")),
    ],
)
@responses.activate
def test_work_stands_as_shopify_says(stage: Stage, data: dict[str, object], state: HistoryState) -> None:
    says(data)

    assert stage.orders.history(stage.connection, NAME) == state
    assert variables() == {"id": NAME}


@responses.activate
def test_work_that_shopify_has_forgotten_is_not_found(stage: Stage) -> None:
    says({"node": None})

    with pytest.raises(NotFound):
        stage.orders.history(stage.connection, NAME)


@responses.activate
def test_orders_without_a_file_are_a_wrong_answer(stage: Stage) -> None:
    says(standing("COMPLETED", objectCount="3"))

    with pytest.raises(WrongAnswer):
        stage.orders.history(stage.connection, NAME)


@responses.activate
def test_a_file_is_read_without_the_token_and_test_orders_are_left_out(stage: Stage) -> None:
    a_file(a_node(1), a_node(2, test=True), a_node(3))

    found = read(stage, 3)

    assert found == ["1", "3"]
    assert asked().url == FILE
    assert "X-Shopify-Access-Token" not in asked().headers


@responses.activate
def test_a_long_file_comes_in_batches(stage: Stage) -> None:
    a_file(*(a_node(number) for number in range(1201)))
    state = HistoryState(HistoryStage.DONE, 1201, FILE)

    sizes = [len(orders) for orders in stage.orders.history_orders(stage.connection, state)]

    assert sizes == [500, 500, 201]


@responses.activate
def test_a_packed_file_is_unpacked(stage: Stage) -> None:
    a_file(body=gzip.compress(json.dumps(a_node(1)).encode()))

    assert read(stage, 1) == ["1"]


def test_nothing_that_matched_is_no_order_and_no_request(stage: Stage) -> None:
    assert read(stage, 0, None) == []


@pytest.mark.parametrize("announced", [1, 3])
@responses.activate
def test_a_file_with_other_than_the_announced_number_of_orders_is_not_believed(
    stage: Stage, announced: int
) -> None:
    a_file(a_node(1), a_node(2))

    with pytest.raises(WrongAnswer, match="announced") as found:
        read(stage, announced)

    assert found.value.channel == "shopify"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(a_node(1)).encode() + b"\n" + json.dumps(a_node(2)).encode()[:-9],
        b"<html></html>",
        b"[]\n[]",
        json.dumps({"id": "gid://shopify/LineItem/1", "__parentId": "gid://shopify/Order/1"}).encode(),
        b"x" * (2**20 + 1),
    ],
)
@responses.activate
def test_a_file_that_breaks_off_or_holds_something_else_is_a_wrong_answer(stage: Stage, body: bytes) -> None:
    a_file(body=body)

    with pytest.raises(WrongAnswer):
        read(stage, 2)


@responses.activate
def test_an_address_that_has_run_out_is_a_failure(stage: Stage) -> None:
    a_file(status=403, body=b"<Error><Code>ExpiredToken</Code></Error>")

    with pytest.raises(UpstreamFailed, match="403") as found:
        read(stage, 1)

    assert found.value.channel == "shopify"


STRANGE = [
    "http://storage.googleapis.com/x",
    "https://storage.googleapis.com.evil.com/x",
    "https://evil.com/storage.googleapis.com",
    "https://user@storage.googleapis.com/x",
    "https://storage.googleapis.com:8443/x",
    "https://storage.googleapis.com\\@evil.com/x",
    "https://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "https://evilshopify.com/x",
]


@pytest.mark.parametrize("address", STRANGE)
@responses.activate
def test_no_strangers_address_is_ever_asked(stage: Stage, address: str) -> None:
    with pytest.raises(WrongAnswer, match="not one of its own"):
        read(stage, 1, address)

    assert len(responses.calls) == 0


def test_with_a_base_of_its_own_only_that_host_is_asked() -> None:
    stage = Stage(base="http://127.0.0.1:9/base")

    assert stage.bulk.addresses.may_hold_results("http://127.0.0.1:9/shopify-results/1")
    assert not stage.bulk.addresses.may_hold_results("http://127.0.0.1:99/x")
    assert not stage.bulk.addresses.may_hold_results(FILE)
