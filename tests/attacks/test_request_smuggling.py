"""Requests whose end two servers could see in two places: what hides behind it is never answered."""

import pytest

from tests.attacks.wire import Target

HIDDEN = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /healthz HTTP/1.1\r\n"


@pytest.mark.parametrize(
    ("ends", "body"),
    [
        (b"Content-Length: 2\r\nContent-Length: 40\r\n", b"{}"),
        (b"Content-Length: 40\r\nContent-Length: 2\r\n", b"{}"),
        (b"Content-Length: 2, 40\r\n", b"{}"),
        (b"Content-Length: +2\r\n", b"{}"),
        (b"Content-Length: -2\r\n", b"{}"),
        (b"Content-Length: 0x2\r\n", b"{}"),
        (b"Content-Length: 2 2\r\n", b"{}"),
        (b"Content-Length: 2_2\r\n", b"{}"),
        (b"Content-Length:\r\n", b"{}"),
        (b"Content-Length : 2\r\n", b"{}"),
        (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: chunked;x\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding:\x0bchunked\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: chun\r\n ked\r\n", b"0\r\n\r\n"),
        (b"X: y\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n", b"{}"),
        (b"X: y\rTransfer-Encoding: chunked\r\nContent-Length: 2\r\n", b"{}"),
        (b"X: y\0\r\nContent-Length: 2\r\n", b"{}"),
        (b"Transfer-Encoding: chunked\r\n", b"zz\r\n{}\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"2\n{}\n0\n\n"),
        (b"Transfer-Encoding: chunked\r\n", b"2\r\n{}XX0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"-2\r\n{}\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"0x2\r\n{}\r\n0\r\n\r\n"),
    ],
    ids=repr,
)
def test_a_request_whose_end_is_in_doubt_is_refused_and_ends_the_connection(
    target: Target, ends: bytes, body: bytes
) -> None:
    answer = target.send(POST + ends + b"\r\n" + body + HIDDEN)

    assert 400 <= answer.status < 502
    assert b"portside_" not in answer.body


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /healthz HTTP/1.1\nHost: x\n\n",
        b"GET /healthz\r\n",
        b"GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/0.9\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/11\r\nHost: x\r\n\r\n",
        b"get /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n",
        b"PROXY TCP4 6.6.6.6 10.0.0.1 1 2\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=repr,
)
def test_what_is_not_quite_http_is_refused(target: Target, request_line: bytes) -> None:
    answer = target.send(request_line + HIDDEN)

    assert answer.status == 400
    assert b"portside_" not in answer.body


@pytest.mark.parametrize("path", [b"/healthz", b"/api/v1/auth/me", b"/api/v1/nothing"])
def test_a_body_that_nobody_reads_is_not_taken_for_the_next_request(target: Target, path: bytes) -> None:
    length = f"Content-Length: {len(HIDDEN)}\r\n".encode()
    last = b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    answer = target.send(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n" + HIDDEN + last)

    assert len(answer.statuses) == 2
    assert b"portside_" not in answer.body


def test_a_body_that_is_too_large_is_not_taken_for_the_next_request(target: Target) -> None:
    body = HIDDEN.ljust(2**20 + 1) + HIDDEN

    answer = target.send(POST + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    assert answer.status == 413
    assert b"portside_" not in answer.body


def test_what_follows_the_chunks_sets_no_header(target: Target) -> None:
    trailing = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\nX-Request-Id: chosen-by-a-trailer\r\n\r\n"

    answer = target.send(POST + trailing)

    assert answer.status == 400
    assert answer.header("X-Request-Id") != "chosen-by-a-trailer"


def test_a_header_with_an_underscore_does_not_pass_for_one_with_a_hyphen(target: Target) -> None:
    answer = target.ask("GET", "/healthz", "X_Request_Id: chosen-with-underscores")

    assert answer.header("X-Request-Id") != "chosen-with-underscores"


def test_nobody_switches_to_another_protocol(target: Target) -> None:
    headers = ("Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")

    answer = target.ask("GET", "/healthz", *headers)

    assert answer.status == 200


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "DEBUG"])
def test_methods_that_nobody_needs_do_nothing_and_repeat_nothing(target: Target, method: str) -> None:
    answer = target.ask(method, "/healthz", "X-Secret: repeat-after-me")

    assert answer.status in (400, 404, 405)
    assert b"repeat-after-me" not in answer.raw
