"""Real clients of SP-API against the simulator: sales and traffic, settlements, documents in odd forms."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator

import pytest
import requests
from sp_api.api import Reports

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.server import SimulatorServer
from tests.entrypoints.simulator.driven import Clock
from tests.entrypoints.simulator.official_sdk import ApiException, ReportsApi
from tests.entrypoints.simulator.real_clients import close, community, finish, official

US = BY_COUNTRY["US"].id
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
WEEK = {"dataStartTime": "2026-10-01T00:00:00Z", "dataEndTime": "2026-10-07T23:59:59Z"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorConfig(now=clock)) as server:
        yield server


def settled(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_fetches_sales_and_traffic(server: SimulatorServer, clock: Clock):
    client = official(server, "na")
    api = ReportsApi(client)
    options = {"dateGranularity": "DAY", "asinGranularity": "SKU"}
    made = api.create_report(
        {"reportType": TRAFFIC, "marketplaceIds": [US], "reportOptions": options, **WEEK}
    )
    clock.advance(seconds=15)
    document = api.get_report_document(api.get_report(made.report_id).report_document_id)
    content = requests.get(document.url, timeout=30)
    close(client)

    told = json.loads(gzip.decompress(content.content))
    assert told["reportSpecification"]["reportOptions"] == options
    assert len(told["salesAndTrafficByDate"]) == 7
    assert {"parentAsin", "childAsin", "sku"} <= set(told["salesAndTrafficByAsin"][0])


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_finds_settlements_and_cannot_ask_for_them(server: SimulatorServer):
    client = official(server, "na")
    api = ReportsApi(client)
    listed = api.get_reports(report_types=[SETTLEMENT], page_size=100).reports
    with pytest.raises(ApiException) as refused:
        api.create_report({"reportType": SETTLEMENT, "marketplaceIds": [US]})
    document = api.get_report_document(listed[0].report_document_id)
    content = requests.get(document.url, timeout=30)
    close(client)

    summary, *details = settled(gzip.decompress(content.content).decode())
    assert refused.value.status == 400
    assert {each.processing_status for each in listed} == {"DONE"}
    assert summary["total-amount"]
    assert {row["settlement-id"] for row in details} == {summary["settlement-id"]}


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_fetches_sales_and_traffic(server: SimulatorServer, clock: Clock):
    reports = community(Reports, server, "DE")
    made = reports.create_report(reportType=TRAFFIC, **WEEK).payload["reportId"]
    clock.advance(seconds=15)

    done = reports.get_report(made).payload
    told = reports.get_report_document(done["reportDocumentId"], download=True)
    finish(reports)

    days = json.loads(told.payload["document"])["salesAndTrafficByDate"]
    assert [day["date"] for day in days] == [f"2026-10-0{day}" for day in range(1, 8)]
    assert {day["salesByDate"]["orderedProductSales"]["currencyCode"] for day in days} == {"EUR"}


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_reads_a_settlement_that_was_not_packed(server: SimulatorServer):
    requests.post(f"{server.base_url}/simulator/reports/documents", json={"compression": "plain"}, timeout=30)
    reports = community(Reports, server, "DE")
    german = BY_COUNTRY["DE"].id
    listed = reports.get_reports(reportTypes=[SETTLEMENT], marketplaceIds=[german]).payload["reports"]

    told = reports.get_report_document(listed[0]["reportDocumentId"], download=True)
    finish(reports)

    summary, *details = settled(told.payload["document"])
    assert "," in summary["total-amount"]
    assert {row["marketplace-name"] for row in details} == {"Amazon.de"}
