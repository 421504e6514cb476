"""Too much of everything: refused soon, in few words, while others are served."""

import base64
import gzip
import time
import zlib

import pytest

from entrypoints.http.app import LARGEST_BODY
from entrypoints.http.openapi import document
from tests.attacks.wire import Target
from tests.entrypoints.browsers import app_of
from tests.fakes.world import World

LOGIN = "/api/v1/auth/login"
THROUGH = "/api/v1/amazon/proxy/listings/2021-08-01/items/A1SELLER/SKU"
JSON = "Content-Type: application/json"
GIB = 2**30
#: Whoever goes on sending what nobody reads may miss the answer.
CUT_OFF: list[int] = []
#: A hundred times the limit, once unpacked.
PACKED = {
    "gzip": gzip.compress(bytes(100 * LARGEST_BODY), 1),
    "zlib": zlib.compress(bytes(100 * LARGEST_BODY), 1),
}
DOCUMENT = document(app_of(World()))
#: Every address that reads a body of ours; the proxy hands on one of Amazon's, and has a test of its own.
WITH_BODY = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if "requestBody" in operation and "proxy" not in path
]
DEEP = [
    b"[" * 100_000,
    b"[" * 400_000 + b"]" * 400_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"email":' + b"[" * 5000 + b"]" * 5000 + b',"password":"x"}',
    b'[{"a":[' * 50_000,
    b"\xef\xbb\xbf" + b"[" * 100_000,
]
LONG = [
    b'"' + b'\\"[' * 200_000,  # brackets in a text that never ends
    b'{"email": ' + b"9" * 1_000_000 + b"}",
    b'{"email": 1e' + b"9" * 1_000_000 + b"}",
    b'{"email": "' + b"\\u0000" * 150_000 + b'", "password": "x"}',
    b'{"email": "' + b"a" * 1_000_000 + b'", "password": "x"}',
    b'{"' + b'a": 1, "' * 100_000 + b'b": 1}',
    b'{"email": "a@b.example", ' * 1 + b'"password": "x", ' * 50_000 + b'"password": "y"}',
    b"{" + b" " * 1_000_000 + b"}",
]


@pytest.fixture(autouse=True)
def _others_are_served(target: Target):
    yield
    assert target.is_alive()


def shape(answer) -> tuple[int, str]:
    assert set(answer.json) == {"success", "error", "message", "details", "request_id"}
    assert len(answer.body) < 2000
    return answer.status, answer.json["error"]


@pytest.mark.parametrize("body", DEEP, ids=range(len(DEEP)))
def test_nesting_is_refused_before_anything_is_parsed(target: Target, body: bytes) -> None:
    started = time.monotonic()

    answer = target.ask("POST", LOGIN, JSON, body=body)

    assert shape(answer) == (400, "invalid_request")
    assert answer.json["details"] == {"fields": {"body": "nested deeper than 32 levels"}}
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("body", LONG, ids=range(len(LONG)))
def test_a_body_just_below_the_limit_costs_no_more_than_its_length(target: Target, body: bytes) -> None:
    assert len(body) <= LARGEST_BODY
    started = time.monotonic()

    answer = target.ask("POST", LOGIN, JSON, body=body)

    assert shape(answer)[0] in (400, 401)
    assert time.monotonic() - started < 5


def test_no_route_reads_more_than_the_limit_or_deeper_than_it(attacker, world):
    before = world.store.tables.snapshot()

    statuses = {
        (name, method, path): attacker.open(
            path.replace("{", "").replace("}", ""), method=method, data=body, content_type="application/json"
        ).status_code
        for method, path in WITH_BODY
        for name, body in (("large", b" " * (LARGEST_BODY + 1)), ("deep", b"[" * 1000))
    }

    allowed = {"large": (401, 404, 413), "deep": (400, 401, 404)}
    assert {call: status for call, status in statuses.items() if status not in allowed[call[0]]} == {}
    assert world.store.tables == before


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", DEEP, ids=range(len(DEEP)))
def test_nothing_that_nests_too_deep_is_handed_on_to_amazon(
    attacker, world, method: str, body: bytes
) -> None:
    world.connect(world.user)

    answer = attacker.open(THROUGH, method=method, data=body, content_type="application/json")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert answer.json["details"] == {"fields": {"body": "nested deeper than 32 levels"}}
    assert world.passage.passed == []
    assert "proxy.called" not in world.deeds(world.user)


@pytest.mark.parametrize(
    "body", [b"[" * 32 + b"]" * 32, b'{"a": "' + b"[" * 1000 + b'"}'], ids=["32", "text"]
)
def test_what_nests_as_deep_as_it_may_is_handed_on_as_it_came(attacker, world, body: bytes) -> None:
    world.connect(world.user)

    answer = attacker.post(THROUGH, data=body, content_type="application/json")

    assert answer.status_code == 200
    assert [call.body for _connection, call, _patience in world.passage.passed] == [body]


def test_more_than_the_limit_is_not_handed_on_to_amazon(attacker, world) -> None:
    world.connect(world.user)

    answer = attacker.post(THROUGH, data=b" " * (LARGEST_BODY + 1), content_type="application/json")

    assert (answer.status_code, answer.json["error"]) == (413, "payload_too_large")
    assert world.passage.passed == []


@pytest.mark.parametrize(
    "length", [LARGEST_BODY + 1, 10 * GIB, 10**30], ids=["one byte more", "ten GiB", "beyond all numbers"]
)
def test_a_length_beyond_the_limit_is_refused_without_waiting_for_the_body(
    target: Target, length: int
) -> None:
    started = time.monotonic()

    answer = target.ask("POST", LOGIN, JSON, f"Content-Length: {length}", body=b"{")

    assert shape(answer) == (413, "payload_too_large")
    assert time.monotonic() - started < 5


def test_chunks_without_end_are_read_no_further_than_the_limit(target: Target) -> None:
    head = f"POST {LOGIN} HTTP/1.1\r\nHost: x\r\n{JSON}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 2**16 + b"\r\n"

    answer = target.send(head.encode(), *[chunk] * 64)

    assert answer.statuses in ([413], CUT_OFF)


def test_chunks_of_one_byte_are_taken_as_one_body(target: Target) -> None:
    head = f"POST {LOGIN} HTTP/1.1\r\nHost: x\r\n{JSON}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

    answer = target.send(head.encode(), b"1\r\n[\r\n" * 20_000, b"0\r\n\r\n")

    assert answer.status == 400


def test_a_comment_on_a_chunk_is_not_read_without_end(target: Target) -> None:
    head = f"POST {LOGIN} HTTP/1.1\r\nHost: x\r\n{JSON}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

    answer = target.send(head.encode(), b"2;" + b"a" * 3_000_000 + b"\r\n{}\r\n0\r\n\r\n")

    assert answer.statuses in ([400], CUT_OFF)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip"])
def test_a_packed_body_is_not_unpacked(target: Target, coding: str) -> None:
    packed = PACKED["gzip" if "gzip" in coding else "zlib"]
    assert len(packed) < LARGEST_BODY
    started = time.monotonic()

    answer = target.ask("POST", LOGIN, JSON, f"Content-Encoding: {coding}", body=packed)

    assert shape(answer)[0] == 400
    assert time.monotonic() - started < 5


def test_packing_as_a_transfer_coding_is_refused(target: Target) -> None:
    packed = gzip.compress(b" " * 10_000_000)
    chunk = f"{len(packed):x}\r\n".encode() + packed + b"\r\n0\r\n\r\n"

    answer = target.ask("POST", LOGIN, JSON, "Transfer-Encoding: gzip, chunked", body=chunk)

    assert answer.status in (400, 501)


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=b",
        "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=" + "b" * 5000,
    ],
)
def test_forms_are_not_even_parsed(target: Target, kind: str) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="a"; filename="x"\r\n\r\n\r\n'
    started = time.monotonic()

    answer = target.ask("POST", LOGIN, f"Content-Type: {kind}", body=part * 10_000)

    assert shape(answer) == (415, "unsupported_media_type")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        ([f"X-{number}: a" for number in range(200)], {431}),
        ([f"X-Long: {'a' * 9000}"], {431}),
        ([f"Cookie: {'a=b; ' * 1500}"], {200, 401}),  # they are read as one, and the session's is spoilt
        ([f"Accept: {'text/csv;q=0.1, ' * 480}application/json"], {200}),
        ([f"Accept-Encoding: {'gzip;q=0.1, ' * 600}"], {200}),
        ([f"X-Forwarded-For: {'6.6.6.6, ' * 800}6.6.6.6"], {200}),
        (["If-None-Match: " + 'W/"x", ' * 1000], {200}),
        ([f"Range: bytes={'0-1,' * 1500}2-3"], {200, 206, 416}),
        ([f"Accept-Language: {'a-' * 3000}"], {200}),
    ],
    ids=["many", "long", "cookies", "accept", "encodings", "addresses", "tags", "ranges", "languages"],
)
def test_headers_are_limited_in_number_and_length_and_cost_no_more_than_that(
    target: Target, headers, statuses
):
    started = time.monotonic()

    answers = [target.ask("GET", path, *headers) for path in ("/healthz", "/", "/api/v1/audit")]

    assert {answer.status for answer in answers} <= statuses
    assert time.monotonic() - started < 5


def test_headers_without_end_are_not_read_without_end(target: Target) -> None:
    answer = target.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ", *[b"a" * 2**16] * 64)

    assert answer.statuses in ([431], CUT_OFF)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("&".join(f"a{number}=b" for number in range(1000)), 200),
        ("&" * 8000, 200),
        ("limit=1&" * 900 + "limit=1", 400),
        (f"limit={'9' * 5000}", 400),
        (f"cursor={'a' * 7000}", 400),
        (f"a={'a' * 9000}", 414),
        ("%00" * 2500, 200),
    ],
    ids=["many", "empty", "repeated", "digits", "cursor", "long", "zeros"],
)
def test_queries_are_limited(target: Target, query: str, status: int) -> None:
    started = time.monotonic()

    answer = target.ask("GET", f"/api/v1/sync/runs?{query}")

    assert answer.status == status
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "nested",
    [
        "[" * 370,
        '{"a":' * 70,
        '["' + "\\u0000" * 50 + '"]',
        "1" * 370,
        "[1,2]",
        "[null,null]",
        '["9999-12-31T23:59:59+00:00","x"]',
    ],
)
def test_a_cursor_may_hold_anything_and_breaks_nothing(target: Target, nested: str) -> None:
    cursor = base64.urlsafe_b64encode(nested.encode()).decode().rstrip("=")

    answers = [
        target.ask("GET", f"{path}?cursor={cursor}") for path in ("/api/v1/sync/runs", "/api/v1/audit")
    ]

    assert {shape(answer) for answer in answers} == {(400, "invalid_request")}
