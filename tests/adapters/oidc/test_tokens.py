"""Which tokens let somebody in, and which do not: signed by keys made here, checked with keys fetched over HTTP."""

import base64
import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.oidc.jwks import ALGORITHMS
from adapters.oidc.tokens import OidcTokens
from domain.errors import TokenRefused
from domain.users.model import Identity
from tests.fakes.clock import HeldClock
from tests.fakes.issuer import AUDIENCE, LoopbackIssuer, a_key, public, signed
from tests.fakes.things import NOW

SECOND = timedelta(seconds=1)
AT = int(NOW.timestamp())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def refused(tokens: OidcTokens, text: str) -> str:
    """What whoever shows the token is told."""
    with pytest.raises(TokenRefused) as caught:
        tokens.verify(text)
    return str(caught.value)


def test_a_good_token_says_who_shows_it_and_until_when_it_is_good(issuer, tokens) -> None:
    verified = tokens.verify(issuer.token())

    assert verified.identity == Identity(issuer.url, "user-1", "new@example.com", True, "Neu", "Gier")
    assert verified.good_until == NOW + timedelta(hours=1, seconds=60)


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_every_allowed_algorithm_is_read(issuer, tokens, algorithm: str) -> None:
    issuer.published.clear()
    issuer.publish("its", algorithm)

    assert tokens.verify(issuer.token("its", algorithm)).identity.subject == "user-1"


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+JWT"])
def test_a_token_may_call_itself_what_lets_people_in(issuer, tokens, kind: str) -> None:
    assert tokens.verify(issuer.token(header={"typ": kind})).identity.subject == "user-1"


def test_headers_that_nobody_has_to_understand_are_passed_over(issuer, tokens) -> None:
    text = issuer.token(header={"x5t": "abc", "x5t#S256": "def", "cat": "cl_B7d4PD111AAA"})

    assert tokens.verify(text).identity.subject == "user-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": AUDIENCE},
        {"aud": [AUDIENCE]},
        {"aud": ["another", AUDIENCE]},
        {"aud": None, "azp": AUDIENCE},
        {"aud": AUDIENCE, "azp": "https://front.example"},
    ],
)
def test_a_token_is_for_us_when_it_names_us_as_its_audience(issuer, tokens, claims) -> None:
    assert tokens.verify(issuer.token(**claims)).identity.subject == "user-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": None},
        {"iss": "https://another.example"},
        {"iss": ["https://another.example"]},
        {"iss": 1},
        {"aud": None},
        {"aud": "another"},
        {"aud": AUDIENCE.upper()},
        {"aud": [f"{AUDIENCE}.evil.example"]},
        {"aud": []},
        {"aud": [1, {"a": AUDIENCE}]},
        {"aud": {"portside": 1}},
        {"aud": "another", "azp": AUDIENCE},
        {"aud": None, "azp": "another"},
        {"sub": None},
        {"sub": ""},
        {"sub": "   "},
        {"sub": 17},
        {"sub": "x" * 256},
        {"sub": "a\x00b"},
        {"sub": "a\nb"},
        {"sub": "\ud800"},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"iat": "now"},
        {"nbf": []},
        {"jti": 5},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_than_it_should_is_refused_in_words_that_give_nothing_away(
    issuer, tokens, claims
) -> None:
    told = refused(tokens, issuer.token(**claims))

    assert told == "This token is not good here: get a new one from the identity provider, or log in."


@pytest.mark.parametrize("ending", ["/", "/realms/another"])
def test_the_issuer_is_compared_to_the_letter(issuer, tokens, ending: str) -> None:
    refused(tokens, issuer.token(iss=issuer.url + ending))


# Time


@pytest.mark.parametrize(("age", "good"), [(59, True), (60, False), (61, False)])
def test_a_token_is_good_for_a_minute_longer_than_it_says(
    issuer, tokens, clock, age: int, good: bool
) -> None:
    text = issuer.token(exp=AT)
    clock.advance(age * SECOND)

    if good:
        assert tokens.verify(text).good_until == NOW + 60 * SECOND
    else:
        assert refused(tokens, text) == "This token has expired: get a new one."


@pytest.mark.parametrize("claim", ["nbf", "iat"])
@pytest.mark.parametrize(("ahead", "good"), [(60, True), (61, False)])
def test_a_token_may_be_of_the_future_by_a_minute(issuer, tokens, claim: str, ahead: int, good: bool) -> None:
    text = issuer.token(**{claim: AT + ahead})

    if good:
        assert tokens.verify(text).identity.subject == "user-1"
    else:
        assert "not good yet" in refused(tokens, text)


def test_a_token_for_ever_is_good_until_the_end_of_time(issuer, tokens) -> None:
    for far in (10**18, 1e300, 10**400):
        assert tokens.verify(issuer.token(exp=far)).good_until > datetime(9000, 1, 1, tzinfo=UTC)


def test_a_token_without_the_moment_it_was_made_is_good(issuer, tokens) -> None:
    assert tokens.verify(issuer.token(iat=None)).identity.subject == "user-1"


# Who it is


@pytest.mark.parametrize(("said", "vouched"), [(True, True), ("true", True)])
@pytest.mark.parametrize("address", ["new@example.com", "  new@example.com "])
def test_an_email_is_proven_when_the_provider_says_so(issuer, tokens, said, vouched, address) -> None:
    identity = tokens.verify(issuer.token(email=address, email_verified=said)).identity

    assert (identity.email, identity.email_verified) == ("new@example.com", vouched)


@pytest.mark.parametrize("said", [None, False, "false", "yes", 1, [True], {}])
def test_an_email_is_not_proven_by_anything_else(issuer, tokens, said) -> None:
    identity = tokens.verify(issuer.token(email_verified=said)).identity

    assert (identity.email, identity.email_verified) == ("new@example.com", False)


@pytest.mark.parametrize(
    "address", [None, "", "nobody", 5, "a@b", "a\x00@example.com", "\u212a@example.com", ["a@example.com"]]
)
def test_what_is_no_email_is_none_however_proven(issuer, tokens, address) -> None:
    identity = tokens.verify(issuer.token(email=address)).identity

    assert (identity.email, identity.email_verified) == (None, False)


@pytest.mark.parametrize(
    ("claims", "first", "last"),
    [
        ({}, "Neu", "Gier"),
        ({"given_name": None, "family_name": None}, None, None),
        ({"given_name": None, "family_name": None, "name": "Neu Gier"}, "Neu Gier", None),
        ({"name": "Somebody Else"}, "Neu", "Gier"),
        ({"given_name": " Änne\t Marie ", "family_name": 5}, "Änne Marie", None),
        ({"given_name": "a\x00\ud800b", "family_name": ""}, "ab", None),
        ({"given_name": "x" * 300}, "x" * 100, "Gier"),
    ],
)
def test_names_are_taken_as_names_are_kept_here(issuer, tokens, claims, first, last) -> None:
    identity = tokens.verify(issuer.token(**claims)).identity

    assert (identity.first_name, identity.last_name) == (first, last)


# Signatures and keys


def test_a_token_without_a_signature_is_refused(issuer, tokens) -> None:
    payload = b64(json.dumps(issuer.claims()).encode())

    for algorithm in ("none", "None", "NONE", ""):
        header = b64(json.dumps({"alg": algorithm, "kid": "first"}).encode())
        refused(tokens, f"{header}.{payload}.")
        refused(tokens, f"{header}.{payload}.{b64(b'x')}")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_the_public_key_is_no_shared_secret(issuer, tokens, algorithm: str) -> None:
    key = issuer.publish("rsa", "RS256")
    start = b64(json.dumps({"alg": algorithm, "kid": "rsa"}).encode()) + "."
    start += b64(json.dumps(issuer.claims()).encode())
    digest = getattr(hashlib, f"sha{algorithm[2:]}")

    for secret in (key.as_pem(private=False), json.dumps(public(key)).encode(), b""):
        refused(tokens, f"{start}.{b64(hmac.new(secret, start.encode(), digest).digest())}")


def test_a_shared_secret_among_the_keys_is_never_used(issuer, tokens) -> None:
    issuer.published.append({"kty": "oct", "k": b64(b"secret" * 8), "kid": "shared", "alg": "HS256"})
    start = b64(json.dumps({"alg": "HS256", "kid": "shared"}).encode())
    start += "." + b64(json.dumps(issuer.claims()).encode())
    mark = hmac.new(b"secret" * 8, start.encode(), "sha256").digest()

    refused(tokens, f"{start}.{b64(mark)}")


def test_a_key_of_somebody_elses_signs_nothing_here(issuer, tokens) -> None:
    payload = json.dumps(issuer.claims()).encode()

    refused(tokens, signed({"alg": "ES256", "kid": "first"}, payload, a_key("a stranger's")))


def test_a_key_that_the_token_brings_along_is_not_looked_at(issuer, tokens) -> None:
    own = a_key("a stranger's")
    header = {"alg": "ES256", "kid": "first", "jwk": public(own), "jku": f"{issuer.url}/mine"}

    refused(tokens, signed(header, json.dumps(issuer.claims()).encode(), own))
    assert "/mine" not in issuer.asked


@pytest.mark.parametrize(
    "fields",
    [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"key_ops": "verify"}, {"alg": "RS512"}, {"alg": "RSA-OAEP"}],
    ids=str,
)
def test_a_key_for_another_purpose_checks_no_token(issuer, tokens, fields) -> None:
    issuer.publish("rsa", "RS256", **fields)

    refused(tokens, issuer.token("rsa", "RS256"))


@pytest.mark.parametrize("fields", [{"use": "sig", "alg": "RS256"}, {"key_ops": ["verify"]}], ids=str)
def test_a_key_for_signing_checks_tokens(issuer, tokens, fields) -> None:
    issuer.publish("rsa", "RS256", **fields)

    assert tokens.verify(issuer.token("rsa", "RS256")).identity.subject == "user-1"


def test_a_key_that_is_too_short_checks_no_token(issuer, tokens) -> None:
    issuer.publish("short", "RS256")

    refused(tokens, issuer.token("short", "RS256"))


def test_an_algorithm_that_does_not_go_with_the_key_is_refused(issuer, tokens) -> None:
    issuer.publish("rsa", "RS256")
    payload = json.dumps(issuer.claims()).encode()

    for kid, algorithm in (("rsa", "ES256"), ("first", "ES384"), ("first", "RS256"), ("first", "EdDSA")):
        refused(tokens, signed({"alg": algorithm, "kid": kid}, payload, a_key("other", algorithm)))


def test_one_key_that_can_not_be_read_does_not_spoil_the_others(issuer, tokens) -> None:
    issuer.published[:0] = [
        {"kty": "RSA", "kid": "first", "n": "AQAB"},
        {"kty": "EC", "kid": "first", "crv": "P-999", "x": "a", "y": "b"},
        {"kty": "EC", "kid": "first", "crv": "P-256", "x": "AQAB", "y": "AQAB"},
        {"kty": "OKP", "kid": "first", "crv": ["Ed25519"], "x": 5},
        {"kty": "AKP", "kid": "first"},
        {"kty": ["RSA"]},
    ]  # type: ignore[assignment] # what is wrong with them is the point

    assert tokens.verify(issuer.token()).identity.subject == "user-1"


def test_a_token_need_not_name_the_key_where_only_one_can_be_meant(issuer, tokens) -> None:
    issuer.publish("rsa", "RS256")
    payload = json.dumps(issuer.claims()).encode()

    text = signed({"alg": "ES256"}, payload, a_key("first"))

    assert tokens.verify(text).identity.subject == "user-1"


def test_a_token_that_leaves_open_which_key_is_meant_is_refused(issuer, tokens) -> None:
    issuer.publish("second")
    payload = json.dumps(issuer.claims()).encode()

    refused(tokens, signed({"alg": "ES256"}, payload, a_key("first")))


# Its form


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"typ": "logout+jwt"},
        {"typ": "secevent+jwt"},
        {"typ": "dpop+jwt"},
        {"typ": 5},
        {"typ": ""},
        {"kid": ["first"]},
        {"kid": ""},
        {"kid": "x" * 257},
        {"kid": {"a": 1}},
        {"note": "x" * 2048},
    ],
    ids=lambda header: str(header)[:40],
)
def test_a_token_of_another_kind_is_refused_though_its_signature_is_good(issuer, tokens, header) -> None:
    tokens.verify(issuer.token())

    refused(tokens, issuer.token(header=header))


def test_what_is_no_token_at_all_is_refused_without_asking_anybody(issuer, tokens) -> None:
    good = issuer.token()
    nested = b64(b'{"alg":"ES256","kid":' + b"[" * 700 + b"]" * 700 + b"}")
    wrong = [
        "",
        ".",
        "..",
        "...",
        "x",
        "a.b.c",
        good[: good.rindex(".")],
        f"{good}.{good}",
        f"{good}=",
        f" {good}",
        f"{good}\n",
        good.replace(".", "..", 1),
        f"{b64(b'[]')}.e30.e30",
        f"{b64(b'5')}.e30.e30",
        f"{b64(b'{}')}.e30.e30",
        b64(b'{"alg":5}') + ".e30.e30",
        f"{b64(chr(0xFFFD).encode('utf-16'))}.e30.e30",
        f"{nested}.e30.e30",
        "ey\u0660.e30.e30",
        "x" * 17_000,
        f"{good}{'A' * 16_384}",
    ]

    assert [text for text in wrong if refused(tokens, text) == ""] == []
    assert issuer.asked == []


def test_a_payload_that_is_no_object_is_refused(issuer, tokens) -> None:
    for payload in (b"", b"[]", b"5", b"null", b"{", b"\xff\xfe", b"[" * 5000):
        refused(tokens, signed({"alg": "ES256", "kid": "first"}, payload, a_key("first")))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_changed_in_a_token_it_is_refused(issuer, tokens, data) -> None:
    good = issuer.token()
    at = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from("ABab01-_.= é\x00").filter(lambda one: one != good[at]))

    refused(tokens, good[:at] + other + good[at + 1 :])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x5c"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=4),
    )
)
def test_whatever_a_header_says_without_a_signature_it_is_refused(issuer, tokens, header) -> None:
    text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(issuer.claims()).encode())}.{b64(b'0' * 64)}"

    refused(tokens, text)


def test_the_log_says_what_is_wrong_with_a_token_and_nothing_of_the_token(
    issuer: LoopbackIssuer, tokens: OidcTokens, clock: HeldClock, caplog: pytest.LogCaptureFixture
) -> None:
    text = issuer.token(aud="somebody-elses")

    with caplog.at_level(logging.INFO):
        refused(tokens, text)

    assert "a bearer token was refused: it was made for somebody else (aud)" in caplog.text
    assert not any(part in caplog.text for part in (*text.split("."), "somebody-elses", "new@example.com"))
