"""Reports over real HTTP: asked for, followed in the background, taken away; and what they say is what Amazon has."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.sellers import Seller
from tests.e2e.people import Person
from tests.e2e.processes import until
from tests.e2e.stage import US, Stage

REPORTS = "/api/v1/amazon/reports"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"


@pytest.fixture
def connected(person: Person, seller: Seller) -> Person:
    """Somebody with a seller."""
    person.connect(US, seller.id)
    return person


def ask(person: Person, report_type: str, **wish: Any) -> dict[str, Any]:
    answer = person.ask("POST", REPORTS, json={"report_type": report_type, "marketplace_ids": [US], **wish})
    assert answer.status_code == 202, answer.text
    asked: dict[str, Any] = answer.json()
    return asked


def ended(person: Person, report: dict[str, Any], seconds: float = 30) -> dict[str, Any]:
    """The report as it ended."""
    path = f"{REPORTS}/{report['id']}"
    until(
        lambda: person.get(path)["status"] not in ("pending", "processing"),
        seconds,
        lambda: str(person.get(path)),
    )
    found: dict[str, Any] = person.get(path)
    return found


def rows(person: Person, report: dict[str, Any], **parameters: str) -> list[dict[str, str]]:
    answer = person.ask("GET", report["download_url"], params=parameters, headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline=""), strict=True))


def test_a_report_of_listings_says_what_the_seller_offers(
    connected: Person, stranger: Person, seller: Seller, stage: Stage
) -> None:
    asked = ask(connected, "GET_MERCHANT_LISTINGS_ALL_DATA")
    again = ask(connected, "GET_MERCHANT_LISTINGS_ALL_DATA")

    report = ended(connected, asked)

    offered = stage.amazon.simulator.store.catalogue(seller.id).offered_in(BY_ID[US])
    as_csv = rows(connected, report)
    as_json = connected.get(report["download_url"], format="json")
    raw = connected.ask("GET", report["download_url"])
    assert (again["id"], report["status"]) == (asked["id"], "completed")
    assert sorted((row["seller-sku"], row["asin1"]) for row in as_csv) == sorted(
        (product.sku, product.asin) for product in offered
    )
    assert as_json == as_csv
    assert (report["lines"], report["size_bytes"]) == (len(as_csv), len(raw.content))
    assert raw.headers["Content-Type"] == "text/tab-separated-values; charset=utf-8"
    assert stranger.ask("GET", report["download_url"]).status_code == 404


def test_sales_and_traffic_come_by_day_and_by_product(connected: Person) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = ask(
        connected,
        TRAFFIC,
        data_start_time=(today - timedelta(days=5)).isoformat(),
        data_end_time=(today - timedelta(days=3)).isoformat(),
        report_options={"dateGranularity": "DAY", "asinGranularity": "SKU"},
    )

    report = ended(connected, asked)

    assert (report["status"], report["error"]) == ("completed", None)
    document = connected.get(report["download_url"])
    by_date, by_asin = rows(connected, report), rows(connected, report, section="by_asin")
    assert [row["date"] for row in by_date] == [day["date"] for day in document["salesAndTrafficByDate"]]
    assert len(by_date) >= 2
    assert [int(row["salesByDate.unitsOrdered"]) for row in by_date] == [
        day["salesByDate"]["unitsOrdered"] for day in document["salesAndTrafficByDate"]
    ]
    assert [row["sku"] for row in by_asin] == [one["sku"] for one in document["salesAndTrafficByAsin"]]
    assert by_asin


def test_what_amazon_refuses_to_make_has_failed_and_says_why(connected: Person) -> None:
    report = ended(connected, ask(connected, "GET_NO_SUCH_REPORT_DATA"))

    assert (report["status"], report["download_url"]) == ("failed", None)
    assert report["error"]["message"]
