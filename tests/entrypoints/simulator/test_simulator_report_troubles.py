"""Reports that wait, documents in odd forms, and documents too large for anybody's memory: all on demand."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import requests

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests.entrypoints.simulator.driven import NOON, Amazon, Clock, iso
from tests.entrypoints.simulator.test_simulator_reports_api import (
    DOCUMENTS,
    LISTINGS,
    MONTH,
    ORDERS,
    REPORTS,
    US,
    create,
    document,
    fetch,
    report,
    rows,
)


def control(amazon: Amazon, path: str, **body: Any):
    answer = amazon.http.post(f"/simulator/reports/{path}", json=body)
    assert answer.status_code in (200, 204), answer.text
    return answer


def status(amazon: Amazon, report_id: str) -> str:
    return str(report(amazon, report_id)["processingStatus"])


@pytest.mark.parametrize("stage", ["IN_QUEUE", "IN_PROGRESS"])
def test_reports_can_be_held_and_go_on_when_they_are_let(amazon: Amazon, stage: str):
    early = create(amazon, LISTINGS)
    control(amazon, "hold", stage=stage)
    late = create(amazon, LISTINGS)
    amazon.clock.advance(hours=5)
    held = {status(amazon, each) for each in (early, late)}

    control(amazon, "hold", stage=None)
    amazon.clock.advance(seconds=15)

    assert held == {stage}
    assert {status(amazon, each) for each in (early, late)} == {"DONE"}


def test_a_report_that_is_over_is_not_held(amazon: Amazon):
    report_id = create(amazon, LISTINGS)
    amazon.clock.advance(seconds=15)

    control(amazon, "hold", stage="IN_QUEUE")

    assert status(amazon, report_id) == "DONE"


def test_how_long_reports_take_can_be_set(amazon: Amazon):
    control(amazon, "seconds", seconds=1)
    report_id = create(amazon, LISTINGS)

    amazon.clock.advance(seconds=1)

    assert status(amazon, report_id) == "DONE"


@pytest.mark.parametrize(
    ("compression", "says", "packed"),
    [("GZIP", "GZIP", True), ("plain", None, False), ("claimed", "GZIP", False)],
)
def test_documents_are_packed_or_not_whatever_they_say(
    amazon: Amazon, compression: str, says: str | None, packed: bool
):
    report_id = create(amazon, LISTINGS)
    amazon.clock.advance(seconds=15)
    control(amazon, "documents", compression=compression)

    told = document(amazon, report_id)
    body = fetch(amazon, told["url"]).data

    assert told.get("compressionAlgorithm") == says
    assert body.startswith(b"\x1f\x8b") == packed
    assert (gzip.decompress(body) if packed else body).startswith(b"item-name\t")


def test_the_charset_can_be_chosen_and_kept_secret(amazon: Amazon):
    report_id = create(amazon, LISTINGS)
    amazon.clock.advance(seconds=15)
    control(amazon, "documents", charset="UTF-16", names_charset=False, compression="plain")

    answer = fetch(amazon, document(amazon, report_id)["url"])

    assert answer.content_type == "text/plain"
    assert answer.data.decode("UTF-16").startswith("item-name\t")


def test_addresses_can_be_made_to_die_sooner(amazon: Amazon):
    report_id = create(amazon, LISTINGS)
    amazon.clock.advance(seconds=15)
    control(amazon, "documents", url_seconds=2)
    url = document(amazon, report_id)["url"]
    fresh = fetch(amazon, url).status_code

    amazon.clock.advance(seconds=2)

    old = fetch(amazon, url)
    assert (fresh, old.status_code) == (200, 403)
    assert "Request has expired" in old.text


def test_an_enlarged_report_has_the_true_orders_and_as_many_more_as_it_takes(amazon: Amazon):
    true = rows(amazon, ORDERS, **MONTH)
    control(amazon, "enlarge", lines=2_000)

    found = rows(amazon, ORDERS, **MONTH)

    more = found[len(true) :]
    assert found[: len(true)] == true
    assert len(found) == 2_000
    assert max(Counter(row["amazon-order-id"] for row in more).values()) == 1
    assert all(
        MONTH["dataStartTime"][:19] <= row["purchase-date"][:19] < MONTH["dataEndTime"] for row in more
    )
    assert {row["order-status"] for row in more} == {"Shipped"}
    assert all(float(row["item-price"]) > 0 and row["currency"] == "USD" for row in more)


def test_enlarged_slices_share_no_order(amazon: Amazon):
    control(amazon, "enlarge", lines=1_000)
    slices = [
        {
            "dataStartTime": iso(NOON - timedelta(days=60 - 30 * number)),
            "dataEndTime": iso(NOON - timedelta(days=30 - 30 * number)),
        }
        for number in range(2)
    ]

    first, second = ({row["amazon-order-id"] for row in rows(amazon, ORDERS, **each)} for each in slices)

    assert len(first) > 500
    assert not first & second


def test_a_large_document_is_sent_while_it_is_made():
    clock = Clock()
    with SimulatorServer(SimulatorConfig(now=clock, report_seconds=0)) as server:
        seller = server.simulator.config.sellers[0]
        simulator = server.base_url + "/simulator"
        with requests.Session() as http:
            http.post(f"{simulator}/reports/enlarge", json={"lines": 60_000}, timeout=30)
            token = server.simulator.refresh_token(seller.id)
            config = server.simulator.config
            grant = {"client_id": config.client_id, "client_secret": config.client_secret}
            access = http.post(
                f"{server.base_url}/auth/o2/token",
                data={"grant_type": "refresh_token", "refresh_token": token, **grant},
                timeout=30,
            ).json()["access_token"]
            http.headers["x-amz-access-token"] = access
            body = {"reportType": ORDERS, "marketplaceIds": [US], **MONTH}
            report_id = http.post(server.base_url + REPORTS, json=body, timeout=30).json()["reportId"]
            told = http.get(f"{server.base_url}{REPORTS}/{report_id}", timeout=30).json()
            where = http.get(f"{server.base_url}{DOCUMENTS}/{told['reportDocumentId']}", timeout=30).json()
            del http.headers["x-amz-access-token"]

            answer = http.get(where["url"], stream=True, timeout=30)
            lines = sum(chunk.count(b"\n") for chunk in _unpacked(answer))

            again = http.get(f"{simulator}/health", timeout=30)  # the connection is still good
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert lines == 60_001
    assert again.json() == {"status": "ok"}


def _unpacked(answer: requests.Response):
    with gzip.GzipFile(fileobj=answer.raw) as text:
        while part := text.read(1 << 16):
            yield part


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("hold", {"stage": "DONE"}, "stage must be"),
        ("seconds", {"seconds": -1}, "seconds must be"),
        ("enlarge", {"lines": "many"}, "lines must be"),
        ("documents", {"compression": "ZIP"}, "compression must be"),
        ("documents", {"charset": "Klingon"}, "charset must be"),
        ("documents", {"names_charset": 1}, "names_charset must be"),
        ("documents", {"life": 1}, "unknown fields: life"),
    ],
)
def test_controls_of_reports_that_make_no_sense_are_refused(amazon: Amazon, path: str, body: Any, says: str):
    answer = amazon.http.post(f"/simulator/reports/{path}", json=body)

    assert answer.status_code == 400
    assert says in answer.json["error"]
