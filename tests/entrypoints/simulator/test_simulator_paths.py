"""Paths as clients send them: what is encoded stays inside its parameter."""

from __future__ import annotations

from urllib.parse import quote

import pytest
import requests

from entrypoints.simulator.app import OPERATIONS
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.paths import parameters, path_pattern, raw_path
from entrypoints.simulator.server import SimulatorServer
from tests.entrypoints.simulator.driven import NOON, Amazon, Clock

LISTING = path_pattern("/listings/{sku}/fees")


@pytest.mark.parametrize(
    "sku", ["A/B", "/A", "A//B", "A B", "A+B", "100%", "A%2FB", "A&B=C", "A#B?", "ä", "A;B", ".", "品"]
)
def test_a_sku_comes_through_whatever_is_in_it(sku: str):
    assert parameters(LISTING, f"/listings/{quote(sku, safe='')}/fees") == {"sku": sku}


def test_a_bare_slash_ends_a_parameter():
    assert parameters(LISTING, "/listings/A/B/fees") is None
    assert parameters(LISTING, "/listings//fees") is None
    assert parameters(LISTING, "/listings/A/fees/") is None


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"REQUEST_URI": "/na/x/A%2FB?c=%2F", "SCRIPT_NAME": "/na"}, "/x/A%2FB"),
        ({"RAW_URI": "/x/A%2FB"}, "/x/A%2FB"),
        ({"REQUEST_URI": "http://localhost:80/x/A%2FB?c"}, "/x/A%2FB"),
        ({"PATH_INFO": "/x/A B"}, "/x/A%20B"),
    ],
)
def test_the_path_is_taken_as_it_was_sent(environ: dict[str, str], expected: str):
    assert raw_path(environ) == expected


@pytest.mark.parametrize("sku", ["/A", "A//B", "%2F", "A+B C"])
def test_the_server_passes_skus_on_undamaged(sku: str):
    with SimulatorServer(SimulatorConfig(now=Clock(NOON))) as server:
        assert told_sku(server, sku) == sku


def told_sku(server: SimulatorServer, sku: str) -> str:
    """The SKU that an estimate repeats, asked for over a real connection."""
    seller = server.simulator.config.sellers[0]
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": server.simulator.refresh_token(seller.id),
        "client_id": server.simulator.config.client_id,
        "client_secret": server.simulator.config.client_secret,
    }
    token = server.simulator.endpoint.grant(fields)["access_token"]
    told = {
        "MarketplaceId": seller.marketplace_ids[0],
        "Identifier": "one",
        "PriceToEstimateFees": {"ListingPrice": {"CurrencyCode": "USD", "Amount": 1}},
    }
    answer = requests.post(
        f"{server.base_url}/na/products/fees/v0/listings/{quote(sku, safe='')}/feesEstimate",
        json={"FeesEstimateRequest": told},
        headers={"x-amz-access-token": token},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["payload"]["FeesEstimateResult"]["FeesEstimateIdentifier"]["IdValue"])


def test_every_operation_is_found_by_its_own_path_only(amazon: Amazon):
    for operation in OPERATIONS:
        path = operation.path.replace("{", "").replace("}", "")

        found = amazon.simulator.api.find(operation.method, path)

        assert found is not None
        assert found[0] is operation


def test_every_operation_can_be_struck_by_a_fault_and_is_counted(amazon: Amazon):
    for operation in OPERATIONS:
        path = operation.path.replace("{", "").replace("}", "")
        amazon.order({"operation": operation.name, "kind": "503"})

        answer = amazon.http.open(path, method=operation.method)

        assert answer.status_code == 503

    calls = amazon.http.get("/simulator/calls").json["calls"]
    assert calls == {operation.name: 1 for operation in OPERATIONS}


def test_an_answer_that_is_a_list_can_lose_its_shape_as_well(amazon: Amazon):
    amazon.order({"operation": "getMyFeesEstimates", "kind": "shape"})
    prices = {"ListingPrice": {"CurrencyCode": "USD", "Amount": 1}}
    told = {
        "MarketplaceId": amazon.seller().marketplace_ids[0],
        "Identifier": "x",
        "PriceToEstimateFees": prices,
    }
    asked = {"IdType": "ASIN", "IdValue": "B0FREE0001", "FeesEstimateRequest": told}

    answer = amazon.post("/products/fees/v0/feesEstimate", [asked])

    assert (answer.status_code, answer.json) == (200, {})


def test_the_account_tells_its_marketplaces_and_no_address(amazon: Amazon):
    payload = amazon.get("/sellers/v1/account").json["payload"]

    assert len(payload["marketplaceParticipationList"]) == 3
    assert set(payload) == {"marketplaceParticipationList", "businessType", "sellingPlan"}
