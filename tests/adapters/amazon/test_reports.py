"""Reports in the vendor's vocabulary: what is asked, and what is made of the answers. Documents come over real sockets."""

import gzip
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests
import responses

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.reports import AmazonReports
from adapters.http import Outbound
from domain.errors import NotFound, PortsideError, StalePage, UpstreamFailed, UpstreamTimedOut, UsagePlanEmpty
from domain.gateway.model import Answer
from domain.reports.model import ORDERS_BY_DATE, Look, ReportRequest, Stage
from tests.adapters.loopback import (
    Loopback,
    Script,
    Seen,
    breaking_off,
    dripping,
    http,
    listening,
    saying,
    silent,
)
from tests.domain.gateway.bench import CONNECTION, Bench
from tests.fakes.amazon import answer, refusal
from tests.fakes.things import CA, JP, US

START, END = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 3, 12, 30, 0, 250_000, tzinfo=UTC)
REQUEST = ReportRequest(ORDERS_BY_DATE, (US, CA), START, END)
TABLE = b"sku\tquantity\r\nA-1\t2\r\nB-2\t1\r\n"
EXPIRED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>'
    b"<Message>Request has expired</Message><Expires>2026-03-04T00:05:00Z</Expires></Error>"
)
REAL = AmazonAddresses()


def reports(bench: Bench, outbound: Outbound, addresses: AmazonAddresses = REAL) -> AmazonReports:
    return AmazonReports(bench.gateway, outbound, addresses, reading_seconds=20.0)


def asked(bench: Bench) -> list[tuple[str, dict[str, str]]]:
    return [(call.operation.name, {**call.query, **call.values}) for _region, call, _token in bench.wire.sent]


def a_report(**fields: object) -> dict[str, object]:
    return {
        "reportId": "700",
        "reportType": ORDERS_BY_DATE,
        "processingStatus": "DONE",
        "marketplaceIds": [US, CA],
        "dataStartTime": "2026-02-01T00:00:00+00:00",
        "dataEndTime": "2026-03-03T12:30:00Z",
        "createdTime": "2026-03-04T10:00:00.000Z",
        "reportDocumentId": "amzn1.spdoc.1",
        **fields,
    }


def fetched(
    outbound: Outbound, server: Loopback, request: ReportRequest = REQUEST, bench: Bench | None = None
) -> tuple[str, bytes]:
    """Media and content of the document that this server has."""
    bench = bench or Bench(
        answer(200, {"reportDocumentId": "d", "url": f"{server.url}/doc?X-Amz-Signature=s"})
    )
    addresses = AmazonAddresses(sp_api_url=f"{server.url}/{{region}}")
    with reports(bench, outbound, addresses).document(CONNECTION, "d", request) as document:
        return document.media, b"".join(document.parts)


# Asking


def test_a_report_is_asked_for_once_with_its_window_in_utc_and_its_options(outbound: Outbound) -> None:
    bench = Bench(answer(202, {"reportId": "700"}))
    request = ReportRequest("GET_SALES_AND_TRAFFIC_REPORT", (US,), START, END, {"dateGranularity": "DAY"})

    made = reports(bench, outbound).create(CONNECTION, request)

    ((_region, call, _token),) = bench.wire.sent
    assert made == "700"
    assert (call.operation.method, call.path) == ("POST", "/reports/2021-06-30/reports")
    assert json.loads(call.body or b"") == {
        "reportType": "GET_SALES_AND_TRAFFIC_REPORT",
        "marketplaceIds": [US],
        "dataStartTime": "2026-02-01T00:00:00.000Z",
        "dataEndTime": "2026-03-03T12:30:00.250Z",
        "reportOptions": {"dateGranularity": "DAY"},
    }


def test_a_report_of_no_window_is_asked_for_without_one(outbound: Outbound) -> None:
    bench = Bench(answer(202, {"reportId": "700"}))

    reports(bench, outbound).create(CONNECTION, ReportRequest("GET_MERCHANT_LISTINGS_ALL_DATA", (US,)))

    ((_region, call, _token),) = bench.wire.sent
    assert set(json.loads(call.body or b"")) == {"reportType", "marketplaceIds"}


@pytest.mark.parametrize("failure", [answer(500), UpstreamTimedOut("late"), answer(202, {"reportId": ""})])
def test_what_failed_while_it_was_asked_for_is_not_asked_for_again(
    outbound: Outbound, failure: Answer | Exception
) -> None:
    bench = Bench(failure, answer(202, {"reportId": "700"}))

    with pytest.raises((UpstreamFailed, UpstreamTimedOut), match="not known whether"):
        reports(bench, outbound).create(CONNECTION, REQUEST)

    assert len(bench.wire.sent) == 1


def test_an_empty_plan_is_told_with_its_end(outbound: Outbound) -> None:
    bench = Bench(refusal(429, "QuotaExceeded"))

    with pytest.raises(UsagePlanEmpty):
        reports(bench, outbound).create(CONNECTION, REQUEST)


# Looking


@pytest.mark.parametrize("stage", list(Stage))
def test_a_look_tells_how_a_report_stands(outbound: Outbound, stage: Stage) -> None:
    bench = Bench(answer(200, a_report(processingStatus=stage.value)))

    look = reports(bench, outbound).look(CONNECTION, "700")

    assert asked(bench) == [("getReport", {"reportId": "700"})]
    assert look == Look(
        "700",
        stage,
        "amzn1.spdoc.1",
        ReportRequest(ORDERS_BY_DATE, (US, CA), START, END.replace(microsecond=0)),
        datetime(2026, 3, 4, 10, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"processingStatus": "SLEEPING"},
        {"processingStatus": None},
        {"reportDocumentId": None},
        {"createdTime": "yesterday"},
        {"reportType": None},
        {"marketplaceIds": US},
        {"marketplaceIds": [1]},
        {"dataStartTime": 1},
        {"reportId": 700},
    ],
    ids=str,
)
def test_a_report_of_another_shape_is_a_failure(outbound: Outbound, fields: dict[str, object]) -> None:
    bench = Bench(answer(200, a_report(**fields)))

    with pytest.raises(UpstreamFailed):
        reports(bench, outbound).look(CONNECTION, "700")


def test_a_report_that_amazon_has_forgotten_is_not_found(outbound: Outbound) -> None:
    bench = Bench(refusal(404, "NotFound"))

    with pytest.raises(NotFound):
        reports(bench, outbound).look(CONNECTION, "700")


def test_all_pages_of_the_list_are_read_and_the_token_goes_alone(outbound: Outbound) -> None:
    first = a_report(reportId="1", createdTime="2026-03-04T10:00:00Z")
    second = a_report(reportId="2", createdTime="2026-03-04T11:00:00Z", processingStatus="IN_QUEUE")
    bench = Bench(
        answer(200, {"reports": [first], "nextToken": "page 2"}),
        answer(200, {"reports": [], "nextToken": "page 3"}),
        answer(200, {"reports": [second]}),
    )

    found = reports(bench, outbound).recent(CONNECTION, ORDERS_BY_DATE, START)

    assert [look.amazon_id for look in found] == ["2", "1"]
    assert asked(bench) == [
        (
            "getReports",
            {"reportTypes": ORDERS_BY_DATE, "pageSize": "100", "createdSince": "2026-02-01T00:00:00.000Z"},
        ),
        ("getReports", {"nextToken": "page 2"}),
        ("getReports", {"nextToken": "page 3"}),
    ]


def test_a_list_that_goes_in_circles_is_a_failure(outbound: Outbound) -> None:
    bench = Bench(answer(200, {"reports": [], "nextToken": "page 2"}))

    with pytest.raises(UpstreamFailed, match="no end"):
        reports(bench, outbound).recent(CONNECTION, ORDERS_BY_DATE, START)

    assert len(bench.wire.sent) == 2


def test_a_token_of_the_list_that_has_run_out_is_a_stale_page(outbound: Outbound) -> None:
    bench = Bench(answer(200, {"reports": [], "nextToken": "2"}), refusal(400, "InvalidInput"))

    with pytest.raises(StalePage):
        reports(bench, outbound).recent(CONNECTION, ORDERS_BY_DATE, START)


def test_a_list_without_reports_is_a_failure_and_not_an_empty_one(outbound: Outbound) -> None:
    bench = Bench(answer(200, {}))

    with pytest.raises(UpstreamFailed):
        reports(bench, outbound).recent(CONNECTION, ORDERS_BY_DATE, START)


# Fetching


def test_a_table_arrives_in_utf8_with_one_kind_of_line_ends(outbound: Outbound) -> None:
    with listening(saying(http(TABLE))) as server:
        assert fetched(outbound, server) == ("text/tab-separated-values", TABLE.replace(b"\r\n", b"\n"))


def test_the_store_of_documents_is_told_nothing_but_the_address(outbound: Outbound) -> None:
    with listening(saying(http(TABLE, "Set-Cookie: a=b; Path=/"))) as server:
        fetched(outbound, server)
        fetched(outbound, server)

    assert [request.target for request in server.seen] == ["/doc?X-Amz-Signature=s"] * 2
    for request in server.seen:
        assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


@pytest.mark.parametrize(
    "answered",
    [
        http(gzip.compress(TABLE)),
        http(gzip.compress(TABLE), "Content-Encoding: gzip"),
        http(gzip.compress(gzip.compress(TABLE)), "Content-Encoding: gzip"),
        http(gzip.compress(TABLE[:20]) + gzip.compress(TABLE[20:])),
        http(gzip.compress(TABLE) + bytes(512)),
        http(TABLE, "Content-Encoding: gzip"),
    ],
    ids=["packed", "said to be", "twice", "in two members", "filled up", "claimed to be"],
)
def test_a_document_is_unpacked_by_its_first_bytes_whatever_is_said(
    outbound: Outbound, answered: bytes
) -> None:
    with listening(saying(answered)) as server:
        assert fetched(outbound, server)[1] == TABLE.replace(b"\r\n", b"\n")


def in_chunks(body: bytes) -> bytes:
    pieces = b"".join(
        b"%x\r\n%s\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7)
    )
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces


PACKED = gzip.compress(TABLE * 50)


@pytest.mark.parametrize(
    "answered",
    [
        http(TABLE, length=len(TABLE) + 1),
        in_chunks(TABLE),
        http(PACKED[:-12], length=len(PACKED)),
        http(PACKED[:-12]),
        http(PACKED[:-1]),
        http(PACKED[:3]),
        http(PACKED[:40] + b"\xff\xff" + PACKED[42:]),
        http(PACKED[:-6] + b"\0\0" + PACKED[-4:]),
        http(PACKED + b"and more"),
        b"HTTP/1.1 200 OK\r\n\r\n" + TABLE,
        b"HTTP/1.1 200 OK\r\n\r\n" + PACKED[:-20],
        http(b""),
        http(gzip.compress(b" \r\n")),
        http(b"<!DOCTYPE html><html><body>Sorry!</body></html>", "Content-Type: text/plain"),
        http(b"\n <html>\t</html>"),
        http(TABLE, status="206 Partial Content"),
        http(b"slow down", status="503 Slow Down"),
        http(b"<Error><Code>SignatureDoesNotMatch</Code></Error>", status="403 Forbidden"),
        http(b"", "Location: http://127.0.0.1:1/", status="307 Temporary Redirect"),
    ],
    ids=[
        "before its length",
        "before the last chunk",
        "packed before its length",
        "packed without its end",
        "packed without its last byte",
        "packed without a beginning",
        "damaged",
        "with a wrong checksum",
        "with something behind it",
        "of unknown length",
        "packed, of unknown length, broken off",
        "empty",
        "blank",
        "a page",
        "a page with blanks",
        "partial",
        "busy",
        "refused",
        "elsewhere",
    ],
)
def test_what_is_no_whole_document_is_a_failure_and_no_short_report(
    outbound: Outbound, answered: bytes
) -> None:
    with listening(breaking_off(answered)) as server, pytest.raises(UpstreamFailed):
        fetched(outbound, server)


def test_a_packed_document_tells_by_itself_where_it_ends(outbound: Outbound) -> None:
    with listening(breaking_off(b"HTTP/1.1 200 OK\r\n\r\n" + gzip.compress(TABLE))) as server:
        assert fetched(outbound, server)[1] == TABLE.replace(b"\r\n", b"\n")


def test_a_document_that_is_gone_is_not_found(outbound: Outbound) -> None:
    with listening(saying(http(b"<Error/>", status="404 Not Found"))) as server, pytest.raises(NotFound):
        fetched(outbound, server)


def expiring(times: int) -> Script:
    """Calls so many addresses expired."""
    left = [times]

    def script(connection: socket.socket, _request: Seen) -> bool:
        left[0] -= 1
        expired = http(EXPIRED, "Content-Type: application/xml", status="403 Forbidden")
        connection.sendall(expired if left[0] >= 0 else http(TABLE))
        return True

    return script


@pytest.mark.parametrize("times", [1, 2])
def test_an_address_that_has_run_out_is_asked_for_again(outbound: Outbound, times: int) -> None:
    with listening(expiring(times)) as server:
        bench = Bench(*(answer(200, {"url": f"{server.url}/{number}"}) for number in range(3)))
        _media, content = fetched(outbound, server, bench=bench)

    assert content == TABLE.replace(b"\r\n", b"\n")
    assert [request.target for request in server.seen] == [f"/{number}" for number in range(times + 1)]
    assert [name for name, _ in asked(bench)] == ["getReportDocument"] * (times + 1)


def test_addresses_that_are_always_expired_are_a_failure(outbound: Outbound) -> None:
    with listening(expiring(100)) as server, pytest.raises(UpstreamFailed, match="expired"):
        fetched(outbound, server)

    assert len(server.seen) == 3


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (silent, UpstreamTimedOut),
        (dripping(http(length=10**6), b"x\t", every=0.02), UpstreamTimedOut),
    ],
    ids=["silent", "dripping"],
)
def test_a_store_that_does_not_come_to_an_end_is_given_up(script: Script, error: type[PortsideError]) -> None:
    hasty = Outbound.with_pool(timeout_seconds=0.3, pool_size=1)
    with listening(script) as server:
        bench = Bench(answer(200, {"url": f"{server.url}/doc"}))
        channel = AmazonReports(
            bench.gateway, hasty, AmazonAddresses(sp_api_url=server.url), reading_seconds=0.4
        )

        with (
            pytest.raises(error),
            channel.document(CONNECTION, "d", REQUEST) as document,
        ):
            list(document.parts)

        assert server.all_ended()
    hasty.adapter.close()


def test_whoever_stops_reading_leaves_no_connection_behind(outbound: Outbound) -> None:
    lines = b"sku\ttitle\n" + b"A\tsomething\n" * 500_000
    with listening(saying(http(lines))) as server:
        bench = Bench(answer(200, {"url": f"{server.url}/doc"}))
        channel = reports(bench, outbound, AmazonAddresses(sp_api_url=server.url))

        with channel.document(CONNECTION, "d", REQUEST) as document:
            next(document.parts)

        assert server.all_ended()


def test_a_document_that_is_read_too_late_is_no_short_report(outbound: Outbound) -> None:
    with listening(saying(http(TABLE * 50_000))) as server:
        bench = Bench(answer(200, {"url": f"{server.url}/doc"}))
        channel = reports(bench, outbound, AmazonAddresses(sp_api_url=server.url))

        with channel.document(CONNECTION, "d", REQUEST) as document:
            pass

        with pytest.raises(ValueError, match="within the block"):
            list(document.parts)


def test_documents_that_were_read_to_their_end_share_one_connection(outbound: Outbound) -> None:
    with listening(saying(http(TABLE))) as server:
        for _ in range(5):
            fetched(outbound, server)

    assert (len(server.seen), server.connections) == (5, 1)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://tortuga-prod-na.s3.amazonaws.com/x?X-Amz-Signature=a%2Fb", True),
        ("https://tortuga-prod-eu.s3-eu-west-1.amazonaws.com/%2FNinetyDays/x?a=b&c", True),
        ("https://S3.AmazonAWS.com:443/x", True),
        ("http://tortuga-prod-na.s3.amazonaws.com/x", False),
        ("https://tortuga-prod-na.s3.amazonaws.com:8443/x", False),
        ("https://amazonaws.com.evil.example/x", False),
        ("https://evilamazonaws.com/x", False),
        ("https://evil.example/x.amazonaws.com/", False),
        ("https://evil.example\\.amazonaws.com/", False),
        ("https://evil.example#.amazonaws.com/", False),
        ("https://s3.amazonaws.com@evil.example/", False),
        ("https://user:pw@s3.amazonaws.com/", False),
        ("https://s3.amazonaws.com/\r\nHost: evil.example", False),
        ("https://s3.amazonaws.com/ x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("http://127.0.0.1:4000/x", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_documents_are_fetched_from_aws_only(url: str, may: bool) -> None:
    assert REAL.may_hold_documents(url, "na") is may


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://127.0.0.1:4000/tortuga/x?y=z", True),
        ("https://tortuga.s3.amazonaws.com/x", True),
        ("http://127.0.0.1:4001/x", False),
        ("http://127.0.0.1:40001/x", False),
        ("http://127.0.0.1:4000@evil.example/x", False),
        ("https://127.0.0.1:4000/x", False),
        ("http://127.0.0.1:4000/\\@evil.example", False),
    ],
)
def test_and_from_where_the_settings_say_that_sp_api_is(url: str, may: bool) -> None:
    addresses = AmazonAddresses(sp_api_url="http://127.0.0.1:4000/{region}")

    assert addresses.may_hold_documents(url, "eu") is may


def test_a_document_elsewhere_is_not_fetched(outbound: Outbound) -> None:
    with listening(saying(http(TABLE))) as server:
        bench = Bench(answer(200, {"url": f"{server.url}/doc"}))

        with (
            pytest.raises(UpstreamFailed, match="not one of AWS's"),
            reports(bench, outbound).document(CONNECTION, "d", REQUEST),
        ):
            pass

    assert server.seen == []


def test_the_signed_address_goes_out_as_it_is_and_stands_in_no_error(
    outbound: Outbound, upstream: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    signed = "https://tortuga.s3.amazonaws.com/a%7Eb/x%2Fy?X-Amz-Signature=secret%2B~"
    upstream.get(signed, body=requests.ConnectionError(f"no way to {signed}"))
    bench = Bench(answer(200, {"url": signed}))

    with (
        pytest.raises(UpstreamFailed) as caught,
        reports(bench, outbound).document(CONNECTION, "d", REQUEST),
    ):
        pass

    assert upstream.calls[0].request.url == signed
    assert "secret" not in "".join(map(str, [caught.value, caught.value.__cause__, caplog.text]))
    assert caught.value.__suppress_context__


def test_every_fetch_leaves_a_line_in_the_log_that_says_how_it_went(
    outbound: Outbound, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    with listening(expiring(1)) as server:
        fetched(outbound, server)

    lines = [vars(record) for record in caplog.records if record.name == "adapters.amazon.reports"]
    assert [(line["status"], line["attempt"], line["connection_id"]) for line in lines] == [
        (403, 1, str(CONNECTION.id)),
        (200, 2, str(CONNECTION.id)),
    ]
    assert "Signature" not in str(lines)


# Character sets


@pytest.mark.parametrize(
    ("content_type", "encoding", "marketplace_ids"),
    [
        ("text/plain;charset=Cp1252", "cp1252", (US,)),
        ('text/plain; charset="ISO-8859-1"', "latin-1", (US,)),
        ("text/plain;charset=Shift_JIS", "cp932", (US,)),
        ("text/plain;charset=Windows-31J", "cp932", (US,)),
        ("text/plain;charset=UTF-8", "utf-8", (JP,)),
        ("text/plain;charset=UTF-8", "utf-8-sig", (JP,)),
        ("text/plain;charset=Cp1252", "utf-8-sig", (US,)),
        ("application/octet-stream", "utf-16", (US,)),
        ("application/octet-stream", "utf-8", (JP,)),
        ("text/plain;charset=UTF-8", "cp932", (JP,)),
        ("text/plain;charset=nonsense", "cp932", (JP,)),
        ("text/plain;charset=hex", "cp1252", ("A1PA6795UKMFR9",)),
        ("", "cp1252", ("A1PA6795UKMFR9",)),
        ("", "latin-1", (US,)),
    ],
)
def test_a_document_is_read_in_the_characters_it_was_written_in(
    outbound: Outbound, content_type: str, encoding: str, marketplace_ids: tuple[str, ...]
) -> None:
    title = "ｼﾞｬｽﾞ 椅子①" if encoding == "cp932" else "Küche für 5£"
    text = f"sku\tproduct-name\nA-1\tplain\nA-2\t{title}\n"
    request = ReportRequest(ORDERS_BY_DATE, marketplace_ids)

    with listening(saying(http(text.encode(encoding), f"Content-Type: {content_type}"))) as server:
        _media, content = fetched(outbound, server, request)

    assert content.decode() == text


# Other kinds


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b'{"a":\t1}', "application/json"),
        (b"\xef\xbb\xbf [1]", "application/json"),
        (b"<Report/>", "text/xml"),
        (b"nothing to tell", "text/plain"),
    ],
)
def test_what_is_no_table_is_left_as_it_is(outbound: Outbound, body: bytes, media: str) -> None:
    with listening(saying(http(body))) as server:
        assert fetched(outbound, server) == (media, body.removeprefix(b"\xef\xbb\xbf"))


def test_xml_says_of_itself_how_it_is_written_now(outbound: Outbound) -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?><a>Käse</a>'

    with listening(saying(http(body.encode("latin-1")))) as server:
        _media, content = fetched(outbound, server)

    assert content.decode() == '<?xml version="1.0" encoding="UTF-8"?><a>Käse</a>'


# Explanations


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"errorDetails": "The report was\\n requested again."}', "The report was requested again."),
        (b"Something went wrong.\r\n", "Something went wrong."),
        (b'{"reason": 7}', '{"reason": 7}'),
        (b"", ""),
        (gzip.compress(b"packed words"), "packed words"),
        (b"x" * 100_000, "x" * 1000),
        (b'{"errorDetails": "no\\u0000t \\ud83d this"}', "not ? this"),
    ],
    ids=["details", "words", "other JSON", "nothing", "packed", "many words", "what no database keeps"],
)
def test_the_document_of_a_failure_explains_it(outbound: Outbound, body: bytes, told: str) -> None:
    with listening(saying(http(body))) as server:
        bench = Bench(answer(200, {"url": f"{server.url}/doc"}))
        channel = reports(bench, outbound, AmazonAddresses(sp_api_url=server.url))

        assert channel.explanation(CONNECTION, "d") == told


def test_an_explanation_that_is_gone_says_nothing(outbound: Outbound) -> None:
    assert reports(Bench(refusal(404)), outbound).explanation(CONNECTION, "d") == ""


Ask = Callable[[AmazonReports], object]


@pytest.mark.parametrize(
    "ask",
    [
        lambda channel: channel.look(CONNECTION, "7"),
        lambda channel: channel.recent(CONNECTION, ORDERS_BY_DATE, START),
        lambda channel: channel.explanation(CONNECTION, "d"),
        lambda channel: channel.document(CONNECTION, "d", REQUEST).__enter__(),
    ],
)
def test_an_answer_that_is_nothing_is_a_failure(outbound: Outbound, ask: Ask) -> None:
    with pytest.raises(UpstreamFailed):
        ask(reports(Bench(answer(200, {})), outbound))
