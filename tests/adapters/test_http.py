"""The way out over HTTP, against servers that answer badly. Real sockets on loopback."""

import gzip
import socket
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from adapters.http import LARGEST_ANSWER, USER_AGENT, Outbound, RawAnswer, RawStream
from domain.errors import UpstreamFailed, UpstreamTimedOut, UpstreamUnreachable
from tests.adapters.loopback import breaking_off, dripping, http, listening, saying, silent

#: Long enough for a loaded machine to answer, short enough to wait for.
TIMEOUT = 0.4
PATIENT = 20.0
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def hasty() -> Iterator[Outbound]:
    """Gives up after ``TIMEOUT``."""
    made = Outbound.with_pool(TIMEOUT, pool_size=2)
    yield made
    made.adapter.close()


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    made = Outbound.with_pool(PATIENT, pool_size=2)
    yield made
    made.adapter.close()


def get(outbound: Outbound, url: str, **headers: str) -> RawAnswer:
    return outbound.send("GET", url, {}, headers, None, "The far side")


def test_an_answer_is_its_status_its_headers_in_lower_case_and_its_body(outbound: Outbound) -> None:
    with listening(saying(http(b"\x00hello", "X-Amzn-RequestId: r-1", status="418 Teapot"))) as server:
        answer = get(outbound, server.url)

    assert answer == RawAnswer(418, {"content-length": "6", "x-amzn-requestid": "r-1"}, b"\x00hello")


def test_a_get_carries_its_query_and_headers_and_no_body(outbound: Outbound) -> None:
    with listening(saying(http())) as server:
        outbound.send(
            "GET", f"{server.url}/x", {"sku": "a/b +%&#é", "ids": "A,B"}, {"x-amz-date": "now"}, None, "It"
        )

    (seen,) = server.seen
    assert (seen.method, seen.target) == ("GET", "/x?sku=a%2Fb+%2B%25%26%23%C3%A9&ids=A%2CB")
    assert seen.headers["x-amz-date"] == "now"
    assert "content-length" not in seen.headers
    assert "transfer-encoding" not in seen.headers


def test_the_user_agent_is_as_sp_api_wants_it(outbound: Outbound) -> None:
    with listening(saying(http())) as server:
        get(outbound, server.url)

    assert server.seen[0].headers["user-agent"] == USER_AGENT
    assert USER_AGENT.startswith("Portside/")
    assert "(Language=Python/3" in USER_AGENT
    assert len(USER_AGENT) <= 500


def test_no_cookie_is_kept_from_one_call_to_the_next(outbound: Outbound) -> None:
    with listening(saying(http(b"", "Set-Cookie: session=somebody; Path=/"))) as server:
        get(outbound, server.url)
        get(outbound, server.url)

    assert [request.headers.get("cookie") for request in server.seen] == [None, None]


def test_a_session_with_our_pool_keeps_no_cookie_either(outbound: Outbound) -> None:
    with requests.Session() as session, listening(saying(http(b"", "Set-Cookie: a=b; Path=/"))) as server:
        outbound.equip(session)
        session.get(server.url, timeout=PATIENT)
        session.get(server.url, timeout=PATIENT)

    assert [request.headers.get("cookie") for request in server.seen] == [None, None]


def test_a_netrc_speaks_for_nobody(
    outbound: Outbound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))

    with requests.Session() as ordinary, listening(saying(http())) as server:
        ordinary.get(server.url, timeout=PATIENT)
        get(outbound, server.url)

    assert ["authorization" in request.headers for request in server.seen] == [True, False]


@pytest.mark.parametrize(
    "location", ["/elsewhere", "http://[", "http://127.0.0.1:1/", "\xff\xfe", "ftp://host/"]
)
def test_no_redirect_is_followed_wherever_it_leads(outbound: Outbound, location: str) -> None:
    with listening(saying(http(b"moved", f"Location: {location}", status="302 Found"))) as server:
        answer = get(outbound, f"{server.url}/here")

    assert (answer.status, answer.body) == (302, b"moved")
    assert [request.target for request in server.seen] == ["/here"]


def test_a_silent_server_is_given_up_in_time(hasty: Outbound) -> None:
    began = time.monotonic()

    with listening(silent) as server, pytest.raises(UpstreamTimedOut, match=r"^The far side did not answer"):
        get(hasty, server.url)

    assert TIMEOUT <= time.monotonic() - began < 2 * TIMEOUT


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (http(length=1_000_000), b"x"),
        (CHUNKED, b"1\r\nx\r\n"),
        (CHUNKED + b"FFFFF\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (http(b"moved", "Location: /elsewhere", status="302 Found", length=1_000_000), b"x"),
    ],
    ids=["with a length", "in small chunks", "in one large chunk", "until the end", "of a redirect"],
)
def test_an_answer_that_drips_is_given_up_although_it_is_never_silent(
    hasty: Outbound, head: bytes, drop: bytes
) -> None:
    began = time.monotonic()

    with listening(dripping(head, drop, every=TIMEOUT / 10)) as server, pytest.raises(UpstreamTimedOut):
        get(hasty, server.url)

    assert time.monotonic() - began < 2 * TIMEOUT


@pytest.mark.parametrize(
    "answer",
    [
        http(b'{"orders": [', length=100),
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"50\r\nhello",
        http(gzip.compress(b"hello" * 100)[:-20], "Content-Encoding: gzip", length=500),
    ],
    ids=["before its length", "before the last chunk", "within a chunk", "compressed"],
)
def test_an_answer_that_breaks_off_is_a_failure(outbound: Outbound, answer: bytes) -> None:
    with listening(breaking_off(answer)) as server, pytest.raises(UpstreamFailed, match=r"^The far side "):
        get(outbound, server.url)


@pytest.mark.parametrize(
    "answer",
    [b"", b"220 mail.example.com ESMTP\r\n", b"\x16\x03\x01\x00\x00"],
    ids=["nothing", "another protocol", "TLS"],
)
def test_what_is_no_answer_is_a_failure(outbound: Outbound, answer: bytes) -> None:
    with listening(breaking_off(answer)) as server, pytest.raises(UpstreamFailed):
        get(outbound, server.url)


def test_an_answer_of_the_largest_size_is_taken(outbound: Outbound) -> None:
    with listening(saying(http(bytes(LARGEST_ANSWER)))) as server:
        assert len(get(outbound, server.url).body) == LARGEST_ANSWER


def test_an_answer_beyond_all_size_is_refused(outbound: Outbound) -> None:
    too_large = f"more than {LARGEST_ANSWER} bytes"

    with (
        listening(breaking_off(http(bytes(LARGEST_ANSWER + 1)))) as server,
        pytest.raises(UpstreamFailed, match=too_large),
    ):
        get(outbound, server.url)


def test_an_answer_that_is_small_only_on_the_wire_is_refused_too(outbound: Outbound) -> None:
    bomb = gzip.compress(bytes(LARGEST_ANSWER + 1))

    with (
        listening(breaking_off(http(bomb, "Content-Encoding: gzip"))) as server,
        pytest.raises(UpstreamFailed, match=f"more than {LARGEST_ANSWER} bytes"),
    ):
        get(outbound, server.url)


def test_a_compressed_answer_is_unpacked(outbound: Outbound) -> None:
    packed = gzip.compress(b'{"orders": []}' * 1000)

    with listening(saying(http(packed, "Content-Encoding: gzip"))) as server:
        answer = get(outbound, server.url)

    assert answer.body == b'{"orders": []}' * 1000
    assert "gzip" in server.seen[0].headers["accept-encoding"]


def test_an_answer_that_is_not_compressed_as_it_says_is_a_failure(outbound: Outbound) -> None:
    with (
        listening(saying(http(b"<html>", "Content-Encoding: gzip"))) as server,
        pytest.raises(UpstreamFailed),
    ):
        get(outbound, server.url)


def test_a_refused_connection_is_a_failure(outbound: Outbound) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(UpstreamFailed, match=r"^The far side could not be reached") as caught:
        get(outbound, f"http://127.0.0.1:{port}/")

    assert str(port) not in str(caught.value)


@pytest.mark.parametrize("url", ["http://", "nonsense", f"http://{'x' * 70}.invalid/", "http://[::1/"])
def test_an_address_that_is_none_is_a_failure(outbound: Outbound, url: str) -> None:
    with pytest.raises(UpstreamFailed):
        get(outbound, url)


def test_calls_share_one_connection(outbound: Outbound) -> None:
    with listening(saying(http(b"{}"))) as server:
        for _ in range(20):
            get(outbound, server.url)

    assert (len(server.seen), server.connections) == (20, 1)


def test_a_connection_that_the_far_side_has_ended_meanwhile_is_replaced(outbound: Outbound) -> None:
    with listening(breaking_off(http(b"{}"))) as server:
        get(outbound, server.url)
        assert server.all_ended()
        answer = get(outbound, server.url)

    assert answer.body == b"{}"


def test_no_connection_survives_a_broken_answer(hasty: Outbound) -> None:
    with listening(dripping(http(length=1_000_000), b"x", every=0.02)) as server:
        for _ in range(3):
            with pytest.raises(UpstreamTimedOut):
                get(hasty, server.url)

        assert server.all_ended()
    assert server.connections == 3


def streamed(outbound: Outbound, url: str, largest: int = 100) -> tuple[RawStream, bytes]:
    with outbound.stream(url, "The far side", longest_seconds=TIMEOUT, largest=largest) as stream:
        return stream, b"".join(stream.pieces)


def test_a_stream_is_its_status_its_headers_and_its_body_as_it_was_sent(outbound: Outbound) -> None:
    packed = gzip.compress(b"hello")

    with listening(saying(http(packed, "Content-Encoding: gzip", status="418 Teapot"))) as server:
        stream, body = streamed(outbound, f"{server.url}/a%7Eb?c=%2F")

    assert (stream.status, stream.headers["content-encoding"], stream.measured) == (418, "gzip", True)
    assert body == packed
    assert server.seen[0].target == "/a%7Eb?c=%2F"


@pytest.mark.parametrize(
    ("answer", "measured"),
    [
        (http(b"hello"), True),
        (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", False),
    ],
    ids=["with a length", "in chunks", "until the end"],
)
def test_a_stream_says_whether_the_far_side_told_its_length(
    outbound: Outbound, answer: bytes, measured: bool
) -> None:
    with listening(breaking_off(answer)) as server:
        stream, body = streamed(outbound, server.url)

    assert (body, stream.measured) == (b"hello", measured)


@pytest.mark.parametrize("answer", [http(b"hello", length=6), CHUNKED + b"6\r\nhello"])
def test_a_stream_that_breaks_off_is_a_failure(outbound: Outbound, answer: bytes) -> None:
    with listening(breaking_off(answer)) as server, pytest.raises(UpstreamFailed, match=r"^The far side "):
        streamed(outbound, server.url)


def test_a_stream_beyond_its_size_is_a_failure(outbound: Outbound) -> None:
    with listening(saying(http(bytes(101)))) as server:
        with pytest.raises(UpstreamFailed, match="more than 100 bytes"):
            streamed(outbound, server.url)

        assert len(streamed(outbound, server.url, largest=101)[1]) == 101


def test_a_stream_that_drips_is_given_up_although_it_is_never_silent(outbound: Outbound) -> None:
    began = time.monotonic()

    with (
        listening(dripping(http(length=1_000_000), b"x", every=TIMEOUT / 10)) as server,
        pytest.raises(UpstreamTimedOut, match="took too long"),
    ):
        streamed(outbound, server.url, largest=1_000_000)

    assert time.monotonic() - began < 3 * TIMEOUT


def test_no_redirect_of_a_stream_is_followed(outbound: Outbound) -> None:
    with listening(saying(http(b"", "Location: /elsewhere", status="302 Found"))) as server:
        stream, _body = streamed(outbound, f"{server.url}/here")

    assert stream.status == 302
    assert [request.target for request in server.seen] == ["/here"]


def test_what_goes_wrong_with_a_stream_does_not_tell_its_address(outbound: Outbound) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(UpstreamUnreachable) as caught:
        streamed(outbound, f"http://127.0.0.1:{port}/?X-Amz-Signature=s{port}")

    told = "".join(traceback.format_exception(caught.value))
    assert str(port) not in told
