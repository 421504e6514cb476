"""Documents of reports, seen from the browser: as they came, as CSV, as JSON."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.acting import present
from domain.connections.model import Failure
from domain.reports.desk import ReportDesk
from domain.reports.model import SALES_AND_TRAFFIC, Purpose, ReportStatus
from entrypoints.http.app import create_app
from tests.entrypoints.browsers import logged_in
from tests.entrypoints.http.wishes import LISTINGS, REPORTS, TABLE, a_report, keep
from tests.fakes.things import NOW

LINES = (b'sku\titem-name\tprice\nS-1\tTea, "green"\t-3.50\n', b"S-2\t=1+1\t\n")
TRAFFIC = {
    "reportSpecification": {"reportType": SALES_AND_TRAFFIC, "marketplaceIds": ["ATVPDKIKX0DER"]},
    "salesAndTrafficByDate": [
        {
            "date": "2026-03-01",
            "salesByDate": {"orderedProductSales": {"amount": 12.5, "currencyCode": "USD"}},
        }
    ],
    "salesAndTrafficByAsin": [{"parentAsin": "B01", "sku": "S-1", "trafficByAsin": {"sessions": 7}}],
}


@pytest.fixture
def table(world):
    """The address of a table of two parts."""
    report = a_report(world.connect(world.user), ReportStatus.COMPLETED)
    return f"{REPORTS}/{keep(world, report, TABLE, LINES).id}/download"


@pytest.fixture
def traffic(world):
    """The address of a document in JSON, of many parts."""
    report = a_report(world.connect(world.user), ReportStatus.COMPLETED, report_type=SALES_AND_TRAFFIC)
    data = json.dumps(TRAFFIC).encode()
    parts = [data[at : at + 50] for at in range(0, len(data), 50)]
    return f"{REPORTS}/{keep(world, report, 'application/json', parts).id}/download"


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))


def test_a_table_comes_as_amazon_made_it(browser, table):
    answer = browser.get(table)

    assert (answer.status_code, answer.mimetype) == (200, TABLE)
    assert answer.data == b"".join(LINES)


@pytest.mark.parametrize("how", [{"headers": {"Accept": "text/csv"}}, {"query_string": {"format": "csv"}}])
def test_a_table_comes_as_csv(browser, table, how):
    answer = browser.get(table, **how)

    assert answer.mimetype == "text/csv"
    assert answer.data == b'sku,item-name,price\r\nS-1,"Tea, ""green""",-3.50\r\nS-2,\'=1+1,\r\n'


@pytest.mark.parametrize(
    "how", [{"headers": {"Accept": "application/json"}}, {"query_string": {"format": "json"}}]
)
def test_a_table_comes_as_json(browser, table, how):
    answer = browser.get(table, **how)

    assert answer.mimetype == "application/json"
    assert answer.json == [
        {"sku": "S-1", "item-name": 'Tea, "green"', "price": "-3.50"},
        {"sku": "S-2", "item-name": "=1+1", "price": ""},
    ]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", TABLE),
        ("text/*", TABLE),
        ("application/json, text/plain, */*", "application/json"),
        ("text/csv;q=0.5, application/json;q=0.1", "text/csv"),
        ("text/tab-separated-values", TABLE),
    ],
)
def test_what_is_accepted_most_gladly_is_given(browser, table, accept, media):
    assert browser.get(table, headers={"Accept": accept}).mimetype == media


def test_the_parameter_counts_more_than_the_header(browser, table):
    answer = browser.get(table, query_string={"format": "raw"}, headers={"Accept": "text/csv"})

    assert answer.mimetype == TABLE


def test_what_nobody_has_can_not_be_had(browser, table):
    answer = browser.get(table, headers={"Accept": "image/png"})

    assert answer.status_code == 400
    assert answer.json["details"]["fields"] == {
        "Accept": "this document can be had as text/tab-separated-values, text/csv, application/json"
    }


def test_a_document_in_json_comes_as_it_is(browser, traffic):
    for how in ({}, {"format": "json"}, {"format": "raw"}):
        answer = browser.get(traffic, query_string=how)

        assert (answer.mimetype, answer.json) == ("application/json", TRAFFIC)


def test_a_document_in_json_comes_as_csv_by_day_unless_said(browser, traffic):
    found = rows(browser.get(traffic, headers={"Accept": "text/csv"}))

    assert found == [
        {
            "date": "2026-03-01",
            "salesByDate.orderedProductSales.amount": "12.5",
            "salesByDate.orderedProductSales.currencyCode": "USD",
        }
    ]


@pytest.mark.parametrize("section", ["by_asin", "salesAndTrafficByAsin"])
def test_one_section_of_a_document_in_json_can_be_had(browser, traffic, section):
    as_csv = browser.get(traffic, query_string={"format": "csv", "section": section})
    as_json = browser.get(traffic, query_string={"section": section})

    assert rows(as_csv) == [{"parentAsin": "B01", "sku": "S-1", "trafficByAsin.sessions": "7"}]
    assert as_json.json == TRAFFIC["salesAndTrafficByAsin"]


@pytest.mark.parametrize("section", ["by_week", "reportSpecification", ""])
def test_a_section_that_is_not_there_is_a_bad_field_that_says_what_is(browser, traffic, section):
    answer = browser.get(traffic, query_string={"section": section})

    assert answer.status_code == 400
    assert answer.json["details"]["fields"] == {
        "section": "this document has by_date, by_asin, salesAndTrafficByDate, salesAndTrafficByAsin"
    }


@pytest.mark.parametrize("asked", [{"section": "by_date"}, {"format": "excel"}, {"format": ""}])
def test_what_a_table_can_not_be_asked_for_is_a_bad_field(browser, table, asked):
    answer = browser.get(table, query_string=asked)

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, set(asked))


def kept_document(world, media, data):
    report = a_report(world.connect(world.user), ReportStatus.COMPLETED)
    return f"{REPORTS}/{keep(world, report, media, [data]).id}/download"


@pytest.mark.parametrize("media", ["text/xml", "text/plain"])
def test_a_document_that_is_no_table_can_only_be_had_as_it_came(browser, world, media):
    address = kept_document(world, media, b"<a/>")

    answer, as_csv = browser.get(address), browser.get(address, query_string={"format": "csv"})
    accepted = browser.get(address, headers={"Accept": "text/csv"})

    assert (answer.mimetype, answer.data) == (media, b"<a/>")
    assert (as_csv.status_code, accepted.status_code) == (400, 400)
    assert media in as_csv.json["details"]["fields"]["format"]


def test_a_document_in_json_without_lists_can_only_be_had_as_json(browser, world):
    address = kept_document(world, "application/json", b'{"a": 1}')

    answer = browser.get(address, query_string={"format": "csv"})

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {"format"})


def test_a_document_that_only_says_it_is_json_is_amazons_failure(browser, world):
    address = kept_document(world, "application/json", b"<html>")

    answer = browser.get(address, query_string={"format": "csv"})

    assert (answer.status_code, answer.json["error"]) == (502, "amazon_error")


@pytest.mark.parametrize(
    ("asked", "media", "data"),
    [
        ({}, TABLE, b""),
        ({"format": "csv"}, "text/csv", b""),
        ({"format": "json"}, "application/json", b"[]\n"),
        ({"format": "csv", "section": "by_asin"}, "text/csv", b""),
    ],
)
def test_where_amazon_had_nothing_to_tell_the_document_is_empty(browser, world, asked, media, data):
    report = keep(world, a_report(world.connect(world.user), ReportStatus.NO_DATA))

    answer = browser.get(f"{REPORTS}/{report.id}/download", query_string=asked)

    assert (answer.status_code, answer.mimetype, answer.data) == (200, media, data)


@pytest.mark.parametrize("status", [ReportStatus.PENDING, ReportStatus.PROCESSING, ReportStatus.FAILED])
def test_a_document_that_is_not_here_is_a_conflict_that_says_how_it_stands(browser, world, status):
    report = a_report(world.connect(world.user), status)
    report = keep(world, replace(report, error=Failure("amazon_error", "Asked too often.", NOW)))

    answer = browser.get(f"{REPORTS}/{report.id}/download")

    assert (answer.status_code, answer.json["error"]) == (409, "conflict")
    assert status.value in answer.json["message"]


def test_the_document_of_an_import_is_not_kept(browser, world):
    report = a_report(world.connect(world.user), ReportStatus.COMPLETED, purpose=Purpose.HISTORY)
    report = keep(world, report)

    answer = browser.get(f"{REPORTS}/{report.id}/download")

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert "taken over" in answer.json["message"]


@pytest.mark.parametrize(
    ("asked", "end"), [({}, "tsv"), ({"format": "csv"}, "csv"), ({"format": "json"}, "json")]
)
def test_the_file_is_named_after_its_report_and_form(browser, table, asked, end):
    name = browser.get(table, query_string=asked).headers["Content-Disposition"]

    assert name.startswith(f"attachment; filename={LISTINGS}_2026-03-04_")
    assert name.endswith(f".{end}")


def test_who_has_the_document_does_not_get_it_again(browser, table):
    tag = browser.get(table).headers["ETag"]

    again = browser.get(table, headers={"If-None-Match": tag})
    as_csv = browser.get(table, headers={"If-None-Match": tag, "Accept": "text/csv"})

    assert (again.status_code, again.data) == (304, b"")
    assert as_csv.status_code == 200
    assert "Accept" in again.headers["Vary"]


def test_a_look_at_the_head_sends_no_document(browser, table):
    answer = browser.head(table)

    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize("form", ["raw", "csv", "json"])
def test_how_long_a_document_is_nobody_waits_to_know(browser, table, form):
    assert "Content-Length" not in browser.get(table, query_string={"format": form}).headers


def test_a_document_is_read_part_by_part_as_it_is_sent_and_for_its_owner(world, table):
    readers = []

    def look():
        readers.append(present().user_id)
        return world.look()

    services = replace(world.services, reports=ReportDesk(world.work, look, world.clock))
    client = logged_in(create_app(services, world.settings, "a key"), world.user)
    with client.get(table, buffered=False) as answer:
        until_the_first_piece = len(readers)
        pieces = list(answer.iter_encoded())

    assert (len(pieces), until_the_first_piece, len(readers)) == (2, 2, 3)
    assert set(readers) == {world.user.id}


def test_a_report_that_is_asked_for_comes_by_itself(browser, world):
    world.connect(world.user)
    world.amazon.reports.texts[LISTINGS] = (TABLE, "sku\tasin\nS-1\tB01\n")
    asked = browser.post(REPORTS, json={"report_type": LISTINGS}).json

    for _ in range(3):
        world.sync()
        world.clock.advance(timedelta(minutes=1))

    report = browser.get(f"{REPORTS}/{asked['id']}").json
    assert (report["status"], report["lines"], report["size_bytes"]) == ("completed", 1, 17)
    assert browser.get(report["download_url"], query_string={"format": "json"}).json == [
        {"sku": "S-1", "asin": "B01"}
    ]
