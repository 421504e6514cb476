"""What an identity provider says of itself, and what is not taken from it."""

import json

import pytest

from adapters.http import Outbound
from adapters.oidc.provider import Provider, ProviderFailed, may_be_asked
from tests.adapters.loopback import Seen, dripping, http, listening, saying, silent
from tests.fakes.issuer import DISCOVERY, JWKS, LoopbackIssuer, a_key, public


def fetch(issuer: LoopbackIssuer, said: str | None = None, jwks_url: str | None = None) -> list[str | None]:
    """The names of the keys that are found, when the issuer is called what the settings say."""
    provider = Provider(Outbound.with_pool(2.0, 2), said or issuer.url, jwks_url)
    return [one.kid for one in provider.fetch().keys]


def failed(issuer: LoopbackIssuer, said: str | None = None, jwks_url: str | None = None) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as caught:
        fetch(issuer, said, jwks_url)
    assert caught.value.mend
    return caught.value


def test_the_keys_are_where_the_issuer_says(issuer) -> None:
    assert fetch(issuer) == ["first"]
    assert issuer.asked == [DISCOVERY, JWKS]


def test_with_the_address_of_the_keys_set_the_issuer_is_not_asked(issuer) -> None:
    assert fetch(issuer, jwks_url=issuer.url + JWKS) == ["first"]
    assert issuer.asked == [JWKS]


def test_an_issuer_with_a_closing_slash_is_asked_at_the_right_place(issuer) -> None:
    issuer.discovery = {"issuer": issuer.url + "/"}

    assert fetch(issuer, issuer.url + "/") == ["first"]
    assert issuer.asked[0] == DISCOVERY


def test_an_issuer_that_calls_itself_otherwise_is_not_believed_and_both_names_are_told(issuer) -> None:
    error = failed(issuer, issuer.url + "/")

    assert f"of the issuer {issuer.url}, and OIDC_ISSUER is {issuer.url}/" in str(error)
    assert "to the letter" in error.mend
    assert JWKS not in issuer.asked


@pytest.mark.parametrize("name", [None, 5, ["a"], "x" * 500, "a\nb"])
def test_an_issuer_that_does_not_say_who_it_is_is_not_believed(issuer, name) -> None:
    issuer.discovery = {"issuer": name}

    assert "of the issuer nobody" in str(failed(issuer))


@pytest.mark.parametrize(
    "address",
    [
        None,
        5,
        "",
        "keys",
        "/keys",
        "ftp://127.0.0.1/keys",
        "file:///etc/passwd",
        "http://keys.example/keys",
        "https://user:secret@keys.example/keys",
        "https://[::1/keys",
        "https:///keys",
        "https://keys.example:99999/keys",
        "https://keys.example/\r\nX: y",
    ],
)
def test_no_address_but_an_encrypted_one_is_asked_for_keys(issuer, address) -> None:
    issuer.discovery = {"jwks_uri": address}

    assert failed(issuer).mend == "set OIDC_JWKS_URL"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9", "a.localhost"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_issuer_elsewhere_can_not_send_us_to_this_machine(host: str, scheme: str) -> None:
    assert not may_be_asked(f"{scheme}://{host}/keys", "https://issuer.example")


def test_keys_may_be_on_another_host_than_the_issuer() -> None:
    assert may_be_asked("https://www.keys.example/v3/certs", "https://issuer.example")


def test_a_redirect_is_not_followed(issuer) -> None:
    with listening(saying(http(json.dumps({"keys": []}).encode()))) as elsewhere:
        issuer.status, issuer.headers = "302 Found", (f"Location: {elsewhere.url}/",)

        error = failed(issuer)

        assert "answers 302" in str(error)
        assert elsewhere.seen == []


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "204 No Content"])
def test_an_error_is_told_with_its_number(issuer, status: str) -> None:
    issuer.status = status

    assert f"answers {status[:3]}" in str(failed(issuer))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        b"\xff",
        b"[]",
        b"null",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [5]}',
    ],
    ids=lambda body: repr(body[:12]),
)
def test_an_answer_that_is_no_list_of_keys_is_told(body: bytes) -> None:
    with listening(saying(http(body))) as there, pytest.raises(ProviderFailed):
        Provider(Outbound.with_pool(2.0, 2), there.url, f"{there.url}/keys").fetch()


def test_an_answer_that_is_too_large_is_not_read_as_json() -> None:
    body = json.dumps({"keys": [public(a_key("first"))], "more": "x" * 2**20}).encode()

    with listening(saying(http(body))) as there, pytest.raises(ProviderFailed, match="too large"):
        Provider(Outbound.with_pool(2.0, 2), there.url, f"{there.url}/keys").fetch()


@pytest.mark.parametrize(
    "script", [silent, dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b" ", 0.05)]
)
def test_a_provider_that_takes_too_long_is_not_waited_for(script) -> None:
    with listening(script) as there, pytest.raises(ProviderFailed, match="in time"):
        Provider(Outbound.with_pool(0.3, 2), there.url, f"{there.url}/keys").fetch()


def test_a_provider_that_is_not_there_is_told_by_its_host() -> None:
    with listening(silent) as gone:
        address = f"{gone.url}/keys"

    with pytest.raises(ProviderFailed, match=r"could not be reached.*\(127\.0\.0\.1\)"):
        Provider(Outbound.with_pool(1.0, 2), gone.url, address).fetch()


def test_no_more_than_a_hundred_keys_are_looked_at(issuer) -> None:
    issuer.published[:0] = [{"kty": "oct", "k": "AAAA"}] * 100

    assert "no key" in str(failed(issuer))


def test_requests_carry_nothing_of_anybodys(issuer) -> None:
    fetch(issuer)

    def secretive(seen: Seen) -> set[str]:
        return {"authorization", "cookie", "origin", "referer"} & seen.headers.keys()

    assert [secretive(seen) for seen in issuer.loopback.seen] == [set(), set()]
