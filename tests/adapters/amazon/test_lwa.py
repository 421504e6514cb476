"""Login with Amazon: what we send, and what its answers mean."""

import json
import traceback
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
import requests
import responses

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.lwa import Lwa
from adapters.http import USER_AGENT, Outbound
from domain.connections.model import Grant
from domain.errors import (
    ClientRefused,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.tokens.model import AccessToken, LwaClient, RefreshToken, Renewal
from tests.fakes.clock import HeldClock
from tests.fakes.things import NOW

URL = "https://api.amazon.com/auth/o2/token"
CLIENT = LwaClient("amzn1.application-oa2-client.ours", "amzn1.oa2-cs.v1.our+secret/&=")
REFRESH = RefreshToken("Atzr|Iw+EB/I&=%")
CODE, REDIRECT_URI = "ANcode+/&=", "https://portside.example/callback?x=1&y=2"
DESCRIPTION = "The words that LWA chose"
GOOD: dict[str, object] = {"access_token": "Atza|new", "token_type": "bearer", "expires_in": 3600}
GRANT: dict[str, object] = {**GOOD, "refresh_token": "Atzr|granted"}


@pytest.fixture
def lwa(outbound: Outbound) -> Lwa:
    return Lwa(AmazonAddresses(), outbound, HeldClock(NOW))


def fields_of(call: responses.Call) -> dict[str, str]:
    """The form that was sent, each field once."""
    pairs = parse_qsl(str(call.request.body), keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def shown(error: BaseException) -> str:
    """All that a log would show, the causes with it."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


def discloses(text: str) -> bool:
    secrets = (CLIENT.secret, REFRESH.text, CODE, DESCRIPTION)
    return any(secret in text for secret in secrets)


def test_a_refresh_token_is_traded_for_an_access_token(lwa: Lwa, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, json={**GOOD, "refresh_token": REFRESH.text})

    renewal = lwa.refresh(REFRESH, CLIENT)

    assert renewal == Renewal(AccessToken("Atza|new", NOW + timedelta(hours=1)))


def test_a_refresh_sends_these_fields_and_no_others(lwa: Lwa, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, json=GOOD)

    lwa.refresh(REFRESH, CLIENT)

    assert fields_of(upstream.calls[0]) == {
        "grant_type": "refresh_token",
        "refresh_token": REFRESH.text,
        "client_id": CLIENT.id,
        "client_secret": CLIENT.secret,
    }


def test_a_code_is_traded_for_both_tokens(lwa: Lwa, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, json=GRANT)

    grant = lwa.exchange(CODE, REDIRECT_URI, CLIENT)

    assert grant == Grant(RefreshToken("Atzr|granted"), AccessToken("Atza|new", NOW + timedelta(hours=1)))


def test_an_exchange_sends_these_fields_and_no_others(lwa: Lwa, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, json=GRANT)

    lwa.exchange(CODE, REDIRECT_URI, CLIENT)

    assert fields_of(upstream.calls[0]) == {
        "grant_type": "authorization_code",
        "code": CODE,
        "redirect_uri": REDIRECT_URI,
        "client_id": CLIENT.id,
        "client_secret": CLIENT.secret,
    }


def test_a_form_is_posted_with_our_name_and_the_secret_in_no_header(
    lwa: Lwa, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, json=GOOD)

    lwa.refresh(REFRESH, CLIENT)

    request = upstream.calls[0].request
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert request.headers["User-Agent"] == USER_AGENT
    assert "Authorization" not in request.headers


def test_a_replaced_refresh_token_is_handed_on(lwa: Lwa, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, json={**GOOD, "refresh_token": "Atzr|next"})

    assert lwa.refresh(REFRESH, CLIENT).refresh_token == RefreshToken("Atzr|next")


@pytest.mark.parametrize("odd", [None, "", 7, True, ["Atzr|next"], "Atzr|next\nX: y", "Atzr|\ud83d"])
def test_what_is_no_refresh_token_replaces_none(
    lwa: Lwa, upstream: responses.RequestsMock, odd: object
) -> None:
    upstream.post(URL, body=json.dumps({**GOOD, "refresh_token": odd}))

    assert lwa.refresh(REFRESH, CLIENT).refresh_token is None


@pytest.mark.parametrize("odd", [None, "", 7, ["Atzr|granted"], "Atzr|gran ted"])
def test_a_grant_without_a_refresh_token_is_none(
    lwa: Lwa, upstream: responses.RequestsMock, odd: object
) -> None:
    upstream.post(URL, json={**GOOD, "refresh_token": odd})

    with pytest.raises(UpstreamFailed, match="no refresh token"):
        lwa.exchange(CODE, REDIRECT_URI, CLIENT)


ERRORS: list[tuple[int, str | None, type[PortsideError]]] = [
    (401, "invalid_client", ClientRefused),
    (400, "invalid_client", ClientRefused),
    (400, "unauthorized_client", ClientRefused),
    (400, "invalid_request", UpstreamRefused),
    (400, "unsupported_grant_type", UpstreamRefused),
    (400, "invalid_scope", UpstreamRefused),
    (403, "access_denied", UpstreamRefused),
    (500, "server_error", UpstreamFailed),
    (400, "server_error", UpstreamFailed),
    (503, "temporarily_unavailable", UpstreamFailed),
    (429, "temporarily_unavailable", RateLimited),
    (400, None, UpstreamRefused),
    (401, None, ClientRefused),
    (403, None, UpstreamRefused),
    (404, None, UpstreamFailed),
    (429, None, RateLimited),
    (500, None, UpstreamFailed),
    (503, None, UpstreamFailed),
]


@pytest.mark.parametrize(("status", "error", "expected"), ERRORS)
@pytest.mark.parametrize("grant", ["refresh", "exchange"])
def test_each_error_of_lwa_is_one_of_ours_and_lets_nothing_out(
    lwa: Lwa,
    upstream: responses.RequestsMock,
    grant: str,
    status: int,
    error: str | None,
    expected: type[PortsideError],
) -> None:
    body = {"error": error, "error_description": f"{DESCRIPTION}: {REFRESH.text} {CODE}"}
    upstream.post(URL, json=body, status=status)

    with pytest.raises(PortsideError) as caught:
        lwa.refresh(REFRESH, CLIENT) if grant == "refresh" else lwa.exchange(CODE, REDIRECT_URI, CLIENT)

    assert type(caught.value) is expected
    assert not discloses(shown(caught.value))
    assert len(upstream.calls) == 1


def test_a_revoked_grant_is_the_sellers_to_mend(lwa: Lwa, upstream: responses.RequestsMock) -> None:
    refusal = {"error": "invalid_grant", "error_description": DESCRIPTION, "error_index": "0"}
    upstream.post(URL, json=refusal, status=400, headers={"x-amzn-RequestId": "r-1"})

    with pytest.raises(ReauthorizationRequired) as caught:
        lwa.refresh(REFRESH, CLIENT)

    assert caught.value.request_id == "r-1"
    assert not discloses(shown(caught.value))


def test_a_refused_code_is_no_revoked_grant(lwa: Lwa, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, json={"error": "invalid_grant", "error_description": DESCRIPTION}, status=400)

    with pytest.raises(UpstreamRefused, match="invalid_grant") as caught:
        lwa.exchange(CODE, REDIRECT_URI, CLIENT)

    assert not discloses(shown(caught.value))


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
def test_a_refused_client_is_told_by_lwas_own_word(
    lwa: Lwa, upstream: responses.RequestsMock, error: str
) -> None:
    upstream.post(URL, json={"error": error}, status=401)

    with pytest.raises(ClientRefused, match=error) as caught:
        lwa.refresh(REFRESH, CLIENT)

    assert (caught.value.code, caught.value.own) == (error, False)


@pytest.mark.parametrize(
    "code", ["<script>alert(1)</script>", "x" * 500, REFRESH.text, "invalid\ngrant", ["invalid_grant"], {}]
)
def test_an_error_code_that_is_none_is_not_repeated(
    lwa: Lwa, upstream: responses.RequestsMock, code: object
) -> None:
    upstream.post(URL, json={"error": code, "error_description": DESCRIPTION}, status=400)

    with pytest.raises(UpstreamRefused) as caught:
        lwa.refresh(REFRESH, CLIENT)

    assert str(caught.value) in (
        "Login with Amazon refused the request (unknown error).",
        "Login with Amazon refused the request (invalid_request).",
    )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (None, 60.0),
        ("", 60.0),
        ("soon", 60.0),
        ("-5", 60.0),
        ("Wed, 04 Mar 2026 12:00:09 GMT", 60.0),
        ("²", 60.0),
        ("9" * 400, 60.0),
    ],
)
def test_when_throttled_we_know_when_to_come_back(
    lwa: Lwa, upstream: responses.RequestsMock, header: str | None, seconds: float
) -> None:
    headers = {} if header is None else {"Retry-After": header}
    upstream.post(URL, body="slow down", status=429, headers=headers)

    with pytest.raises(RateLimited) as caught:
        lwa.refresh(REFRESH, CLIENT)

    assert (caught.value.retry_after, caught.value.channel) == (seconds, "amazon")


@pytest.mark.parametrize("status", [200, 302, 500, 502, 503])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Service Unavailable</html>",
        b'{"access_token": "At',
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
    ],
    ids=["empty", "HTML", "cut off", "a list", "null", "no UTF-8", "too deep"],
)
def test_an_answer_that_cannot_be_read_is_a_failure(
    lwa: Lwa, upstream: responses.RequestsMock, status: int, body: bytes
) -> None:
    upstream.post(URL, body=body, status=status)

    with pytest.raises(UpstreamFailed):
        lwa.refresh(REFRESH, CLIENT)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_in_html_is_judged_by_its_status(
    lwa: Lwa, upstream: responses.RequestsMock, status: int
) -> None:
    upstream.post(URL, body=b"<html>no</html>", status=status, content_type="text/html")

    with pytest.raises(ClientRefused if status == 401 else UpstreamRefused):
        lwa.refresh(REFRESH, CLIENT)


def test_an_error_under_a_good_status_is_a_failure(lwa: Lwa, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, json={**GOOD, "error": "invalid_grant"})

    with pytest.raises(UpstreamFailed):
        lwa.refresh(REFRESH, CLIENT)


@pytest.mark.parametrize(
    "odd", [None, "", 7, True, ["Atza|new"], "Atza|new\r\nHost: x", " Atza|new", "Atza|é"]
)
def test_an_answer_without_an_access_token_that_a_header_can_carry_is_a_failure(
    lwa: Lwa, upstream: responses.RequestsMock, odd: object
) -> None:
    upstream.post(URL, json={**GOOD, "access_token": odd})

    with pytest.raises(UpstreamFailed, match="no access token"):
        lwa.refresh(REFRESH, CLIENT)


@pytest.mark.parametrize("odd", [None, "3600", "soon", "", True, False, 3600.5, [3600], {"seconds": 3600}])
def test_a_life_that_is_no_whole_number_is_a_failure(
    lwa: Lwa, upstream: responses.RequestsMock, odd: object
) -> None:
    upstream.post(URL, json={**GOOD, "expires_in": odd})

    with pytest.raises(UpstreamFailed, match="how long it lives"):
        lwa.refresh(REFRESH, CLIENT)


@pytest.mark.parametrize("odd", [[], {}, "never", 10**300, None])
def test_a_field_that_nobody_asked_for_does_no_harm(
    lwa: Lwa, upstream: responses.RequestsMock, odd: object
) -> None:
    upstream.post(URL, json={**GOOD, "expires_at": odd, "scope": odd, "token_type": odd})

    assert lwa.refresh(REFRESH, CLIENT).access_token.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("seconds", "life"), [(10**30, 86_400), (86_401, 86_400), (1, 1), (0, 0), (-3600, 0)]
)
def test_no_life_is_longer_than_a_day_or_shorter_than_nothing(
    lwa: Lwa, upstream: responses.RequestsMock, seconds: int, life: int
) -> None:
    upstream.post(URL, json={**GOOD, "expires_in": seconds})

    assert lwa.refresh(REFRESH, CLIENT).access_token.expires_at == NOW + timedelta(seconds=life)


@pytest.mark.parametrize("trouble", [requests.ReadTimeout(REFRESH.text), requests.ConnectTimeout()])
def test_no_answer_in_time_is_said_so(lwa: Lwa, upstream: responses.RequestsMock, trouble: Exception) -> None:
    upstream.post(URL, body=trouble)

    with pytest.raises(UpstreamTimedOut, match=r"^Login with Amazon did not answer in time\.$"):
        lwa.refresh(REFRESH, CLIENT)


@pytest.mark.parametrize("trouble", [requests.ConnectionError(), requests.exceptions.ChunkedEncodingError()])
def test_a_broken_connection_is_a_failure(
    lwa: Lwa, upstream: responses.RequestsMock, trouble: Exception
) -> None:
    upstream.post(URL, body=trouble)

    with pytest.raises(UpstreamFailed, match="Login with Amazon"):
        lwa.refresh(REFRESH, CLIENT)


def test_no_redirect_is_followed_with_a_secret(lwa: Lwa, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, status=307, headers={"Location": "https://evil.example/"})

    with pytest.raises(UpstreamFailed):
        lwa.refresh(REFRESH, CLIENT)

    assert [call.request.url for call in upstream.calls] == [URL]


def test_the_settings_may_name_another_token_endpoint(
    outbound: Outbound, upstream: responses.RequestsMock
) -> None:
    upstream.post("http://127.0.0.1:8085/auth/o2/token", json=GOOD)
    addresses = AmazonAddresses(lwa_token_url="http://127.0.0.1:8085/auth/o2/token")

    renewal = Lwa(addresses, outbound, HeldClock(NOW)).refresh(REFRESH, CLIENT)

    assert renewal.access_token.text == "Atza|new"


def test_neither_the_client_nor_what_it_gets_shows_a_secret(
    lwa: Lwa, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, json={**GOOD, "refresh_token": "Atzr|next"})

    text = repr(lwa) + repr(lwa.refresh(REFRESH, CLIENT))

    assert not discloses(text)
    assert "Atza" not in text
    assert "Atzr" not in text
