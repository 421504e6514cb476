"""Roles at AWS's Security Token Service: a moto server that answers like AWS, and small ones that answer as they like."""

import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from adapters.amazon.sts import StsRoles
from adapters.system import SystemClock
from domain.errors import (
    AccessDenied,
    NotConfigured,
    PortsideError,
    RateLimited,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from tests.adapters.loopback import Loopback, Script, Seen, breaking_off, http, listening, saying, silent
from tests.fakes.clock import HeldClock
from tests.fakes.things import NOW

pytestmark = pytest.mark.usefixtures("aws")

ROLE = "arn:aws:iam::123456789012:role/portside"
SELLER = "A1SELLER"
EMPTY = b"<AssumeRoleResponse><AssumeRoleResult></AssumeRoleResult></AssumeRoleResponse>"


def lent(expires_at: datetime, key_id: str = "ASIAROLE") -> bytes:
    """STS's answer as it goes over the wire."""
    body = (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
        f"<AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>role secret</SecretAccessKey>"
        f"<SessionToken>role token</SessionToken><Expiration>{expires_at:%Y-%m-%dT%H:%M:%SZ}</Expiration>"
        "</Credentials></AssumeRoleResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
        "</AssumeRoleResponse>"
    )
    return http(body.encode(), "Content-Type: text/xml")


def refused(code: str, status: str = "403 Forbidden") -> bytes:
    """A refusal of STS's as it goes over the wire."""
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>not for you</Message></Error><RequestId>r-2</RequestId></ErrorResponse>"
    )
    return http(body.encode(), "Content-Type: text/xml", status=status)


def roles_at(url: str, seconds: float = 20.0, region: str = "us-east-1") -> StsRoles:
    return StsRoles(region, url, seconds, HeldClock(NOW))


def asked(sts: Loopback) -> list[dict[str, str]]:
    """The fields of every request that came in."""
    return [{name: values[0] for name, values in parse_qs(one.body.decode()).items()} for one in sts.seen]


def test_a_role_is_assumed_at_an_sts_that_answers_like_awss_own(moto: str) -> None:
    roles = StsRoles("us-east-1", moto, 20.0, SystemClock())

    credentials = roles.credentials(ROLE, SELLER)

    assert credentials.access_key_id.startswith("ASIA")
    assert credentials.session_token
    left = credentials.expires_at - datetime.now(UTC)
    assert timedelta(minutes=55) < left <= timedelta(hours=1)


def test_the_role_is_asked_for_with_the_seller_as_external_id_and_a_signature() -> None:
    with listening(saying(lent(NOW + timedelta(hours=1)))) as sts:
        roles_at(sts.url, region="eu-west-1").credentials(ROLE, SELLER)

    (request,), (seen,) = asked(sts), sts.seen
    assert (request["Action"], request["RoleArn"], request["ExternalId"]) == ("AssumeRole", ROLE, SELLER)
    assert request["RoleSessionName"] == f"portside-{SELLER}"
    assert "AKIAPORTSIDETESTS/" in seen.headers["authorization"]
    assert "/eu-west-1/sts/aws4_request" in seen.headers["authorization"]


def test_a_session_name_is_one_that_aws_takes_whatever_the_seller_is_called() -> None:
    with listening(saying(lent(NOW + timedelta(hours=1)))) as sts:
        roles_at(sts.url).credentials(ROLE, "Größe & Söhne/" + "x" * 80)

    assert re.fullmatch(r"[\w+=,.@-]{2,64}", asked(sts)[0]["RoleSessionName"], re.ASCII)


@pytest.mark.parametrize(
    ("aws_region", "part"), [("us-east-1", "na"), ("eu-west-1", "eu"), ("us-west-2", "fe")]
)
def test_the_address_may_hold_the_selling_region(aws_region: str, part: str) -> None:
    with listening(saying(lent(NOW + timedelta(hours=1)))) as sts:
        roles_at(f"{sts.url}/{{region}}/sts", region=aws_region).credentials(ROLE, SELLER)

    assert sts.seen[0].target.startswith(f"/{part}/sts")


def test_credentials_are_kept_until_five_minutes_before_they_end() -> None:
    clock = HeldClock(NOW)
    with listening(saying(lent(NOW + timedelta(hours=1)))) as sts:
        roles = StsRoles("us-east-1", sts.url, 20.0, clock)
        first = roles.credentials(ROLE, SELLER)
        clock.set(NOW + timedelta(minutes=54, seconds=59))
        second = roles.credentials(ROLE, SELLER)
        calls_before = len(sts.seen)
        clock.set(NOW + timedelta(minutes=55))
        roles.credentials(ROLE, SELLER)

    assert second is first
    assert (calls_before, len(sts.seen)) == (1, 2)


def test_another_seller_or_role_gets_credentials_of_its_own() -> None:
    with listening(saying(lent(NOW + timedelta(hours=1)))) as sts:
        roles = roles_at(sts.url)
        for role, seller in ((ROLE, SELLER), (ROLE, "A2OTHER"), (f"{ROLE}2", SELLER), (ROLE, SELLER)):
            roles.credentials(role, seller)

    assert [(one["RoleArn"], one["ExternalId"]) for one in asked(sts)] == [
        (ROLE, SELLER),
        (ROLE, "A2OTHER"),
        (f"{ROLE}2", SELLER),
    ]


def test_what_is_asked_for_anew_is_not_what_was_kept() -> None:
    with listening(saying(lent(NOW + timedelta(hours=1)))) as sts:
        roles = roles_at(sts.url)
        roles.credentials(ROLE, SELLER)
        roles.credentials(ROLE, SELLER, anew=True)

    assert len(sts.seen) == 2


def test_many_threads_ask_once() -> None:
    gate = threading.Barrier(8)

    def ask() -> str:
        gate.wait(20)
        return roles.credentials(ROLE, SELLER).access_key_id

    with listening(saying(lent(NOW + timedelta(hours=1)))) as sts, ThreadPoolExecutor(8) as pool:
        roles = roles_at(sts.url)
        answers = [each.result() for each in [pool.submit(ask) for _ in range(8)]]

    assert answers == ["ASIAROLE"] * 8
    assert len(sts.seen) == 1


def test_no_secret_shows_in_what_is_printed() -> None:
    with listening(saying(lent(NOW + timedelta(hours=1)))) as sts:
        roles = roles_at(sts.url)
        credentials = roles.credentials(ROLE, SELLER)

    assert credentials.secret_access_key == "role secret"
    assert "role secret" not in repr(credentials) + repr(roles)
    assert "role token" not in repr(credentials) + repr(roles)


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        (saying(refused("AccessDenied")), AccessDenied, f"trust policy .* external id {SELLER}"),
        (saying(refused("InvalidClientTokenId")), NotConfigured, "InvalidClientTokenId"),
        (saying(refused("SignatureDoesNotMatch")), NotConfigured, "SignatureDoesNotMatch"),
        (saying(refused("ExpiredToken", "400 Bad Request")), NotConfigured, "ExpiredToken"),
        (saying(refused("Throttling", "400 Bad Request")), RateLimited, "slow down"),
        (saying(refused("ValidationError", "400 Bad Request")), UpstreamRefused, "ValidationError"),
        (saying(refused("InternalFailure", "500 Internal Server Error")), UpstreamFailed, "500"),
        (saying(http(b"<html>", status="503 Service Unavailable")), UpstreamFailed, "STS"),
        (saying(http(b"<html>no xml")), UpstreamFailed, "can't be read"),
        (saying(http(b"<a></a>", "Content-Type: text/xml")), UpstreamFailed, "can't be read"),
        (saying(http(EMPTY, "Content-Type: text/xml")), UpstreamFailed, "without credentials"),
        (saying(lent(NOW).replace(b"2026-03-04T", b"2026-99-99T")), UpstreamFailed, "can't be read"),
        (breaking_off(http(b"<Assume", length=50)), UpstreamFailed, "can't be read"),
        (breaking_off(b""), UpstreamFailed, "could not be reached, or broke"),
    ],
)
def test_a_refusal_or_failure_has_its_name(script: Script, error: type[PortsideError], words: str) -> None:
    with listening(script) as sts, pytest.raises(error, match=words) as caught:
        roles_at(sts.url).credentials(ROLE, SELLER)

    assert type(caught.value) is error
    assert len(sts.seen) == 1
    assert "a secret of the tests" not in str(caught.value)


def test_silence_is_given_up_in_time() -> None:
    with listening(silent) as sts, pytest.raises(UpstreamTimedOut):
        roles_at(sts.url, seconds=0.3).credentials(ROLE, SELLER)


def test_nobody_there_is_a_failure() -> None:
    with listening(silent) as sts:
        url = sts.url

    with pytest.raises(UpstreamFailed, match="could not be reached"):
        roles_at(url).credentials(ROLE, SELLER)


def test_a_failure_is_not_kept() -> None:
    answers = iter([refused("AccessDenied"), lent(NOW + timedelta(hours=1))])

    def script(connection: socket.socket, _request: Seen) -> bool:
        connection.sendall(next(answers))
        return True

    with listening(script) as sts:
        roles = roles_at(sts.url)
        with pytest.raises(AccessDenied):
            roles.credentials(ROLE, SELLER)
        credentials = roles.credentials(ROLE, SELLER)

    assert credentials.access_key_id == "ASIAROLE"


def test_missing_aws_credentials_are_named_and_are_looked_for_again(monkeypatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with listening(saying(lent(NOW + timedelta(hours=1)))) as sts:
        roles = roles_at(sts.url)
        with pytest.raises(NotConfigured) as caught:
            roles.credentials(ROLE, SELLER)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIALATER")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "later")
        credentials = roles.credentials(ROLE, SELLER)

    assert caught.value.missing == ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    assert credentials.access_key_id == "ASIAROLE"


def test_half_of_a_key_pair_is_no_credentials(monkeypatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with listening(silent) as sts, pytest.raises(NotConfigured, match="AWS credentials"):
        roles_at(sts.url).credentials(ROLE, SELLER)


def test_aws_is_looked_for_in_its_own_region_when_no_address_is_set(monkeypatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    with pytest.raises(UpstreamFailed, match="could not be reached"):
        StsRoles("eu-west-1", None, 2.0, HeldClock(NOW)).credentials(ROLE, SELLER)
