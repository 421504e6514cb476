"""Signed requests: each signature is worked out once more from what came in over the wire, as AWS documents it."""

import hashlib
import hmac
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.sigv4 import SigV4Signer
from adapters.amazon.sp_api import SpApiWire
from adapters.amazon.sts import StsRoles
from adapters.http import Outbound
from domain.connections.model import Connection
from domain.errors import AccessDenied, NotConfigured, UpstreamFailed, UpstreamTimedOut, UpstreamUnreachable
from domain.gateway.model import Call, Operation
from domain.gateway.ports import RoleSessions
from domain.gateway.usage_plans import UsagePlan
from domain.tokens.model import AccessToken
from tests.adapters.loopback import Seen, http, listening, saying
from tests.fakes.clock import HeldClock
from tests.fakes.roles import ScriptedRoles
from tests.fakes.things import DE, JP, NOW, US, a_connection, a_user

CLOCK = HeldClock(NOW)
TOKEN = AccessToken("Atza|IwEBsecret", NOW + timedelta(hours=1))
ROLE, OWN_ROLE = "arn:aws:iam::123456789012:role/portside", "arn:aws:iam::210987654321:role/own"
NA = a_connection(a_user(), seller_id="A1SELLER")
PLAN = UsagePlan(1.0, 1)
FEES = Operation(
    "fees", "/products/fees/v0/listings/{SellerSKU}/feesEstimate", PLAN, "Pricing", method="POST"
)
LISTING = Operation("listing", "/listings/2021-08-01/items/{sellerId}/{sku}", PLAN, "Product Listing")
GOOD = saying(http(b"{}", "Content-Type: application/json"))


def seen(outbound: Outbound, call: Call, connection: Connection = NA, role: str | None = ROLE) -> Seen:
    """The request as it comes in at the far side."""
    return seen_by(outbound, call, connection, SigV4Signer(ScriptedRoles(CLOCK), role))


def seen_by(outbound: Outbound, call: Call, connection: Connection, signer: SigV4Signer) -> Seen:
    with listening(GOOD) as amazon:
        SpApiWire(AmazonAddresses(sp_api_url=amazon.url), outbound, CLOCK, signer).send(
            connection, call, TOKEN
        )
    return amazon.seen[0]


def signature(request: Seen, region: str, secret: str = "secret") -> str:
    """What AWS works out on its side.

    Source: AWS documentation, "Create a signed AWS API request".
    """
    path, _, query = request.target.partition("?")
    segments = [quote(quote(unquote(segment), safe=""), safe="") for segment in path.split("/")]
    pairs = sorted(
        tuple(quote(unquote(part), safe="") for part in pair.partition("=")[::2])
        for pair in query.split("&")
        if pair
    )
    names = signed_names(request)
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    canonical = "\n".join(
        [
            request.method,
            "/".join(segments),
            "&".join(f"{name}={value}" for name, value in pairs),
            headers,
            ";".join(names),
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    date = request.headers["x-amz-date"]
    scope = f"{date[:8]}/{region}/execute-api/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}".encode(), hashlib.sha256).hexdigest()


def signed_names(request: Seen) -> list[str]:
    found = re.search(r"SignedHeaders=([^,]+)", request.headers["authorization"])
    assert found is not None
    return found[1].split(";")


def its_signature(request: Seen) -> str:
    return request.headers["authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    "sku", ["SKU-1", "a/b", "50%+VAT", "two  blanks", "ä&b=c?d#e", "~.-_", "%2F", "a,b;c:d@$'()*!"]
)
def test_a_get_is_signed_whatever_characters_its_path_and_query_have(outbound: Outbound, sku: str) -> None:
    call = Call(
        LISTING, {"sku": sku, "includedData": "issues,offers", "a b": ""}, {"sellerId": "A1", "sku": sku}
    )

    request = seen(outbound, call)

    assert its_signature(request) == signature(request, "us-east-1")


def test_a_post_is_signed_with_its_body(outbound: Outbound) -> None:
    body = '{"FeesEstimateRequest": {"Identifier": "größe"}}'.encode()

    request = seen(outbound, Call(FEES, values={"SellerSKU": "a/b c"}, body=body))

    assert (request.method, request.body) == ("POST", body)
    assert its_signature(request) == signature(request, "us-east-1")
    assert its_signature(request) != signature(replace(request, body=b"{}"), "us-east-1")


@pytest.mark.parametrize(
    "raw_query", ["b=2&a=1&a=0", "marketplaceIds=A,B&x=a:b", "x=%2f%c3%a4", "flag", "x=a%2Bb&empty=", None]
)
def test_somebody_elses_words_go_out_as_they_are_and_are_signed_in_awss_spelling(
    outbound: Outbound, raw_query: str | None
) -> None:
    call = Call(LISTING, raw_path="/listings/2021-08-01/items/A1/a%2Fb%20c", raw_query=raw_query)

    request = seen(outbound, call)

    # Escapes come in with capital letters, which changes nothing that they stand for.
    assert request.target.lower() == (call.path + (f"?{raw_query}" if raw_query else "")).lower()
    assert its_signature(request) == signature(request, "us-east-1")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sku=st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(
        lambda sku: sku not in (".", "..")
    )
)
def test_any_sku_is_signed_right(outbound: Outbound, sku: str) -> None:
    request = seen(outbound, Call(LISTING, {"q": sku}, {"sellerId": "A1", "sku": sku}))

    assert its_signature(request) == signature(request, "us-east-1")


def test_what_speaks_for_somebody_is_signed_and_carries_the_roles_session(outbound: Outbound) -> None:
    request = seen(outbound, Call(LISTING, values={"sellerId": "A1", "sku": "S"}))

    assert request.headers["x-amz-security-token"] == "token"
    assert request.headers["x-amz-access-token"] == TOKEN.text
    assert {"host", "x-amz-access-token", "x-amz-date", "x-amz-security-token"} <= set(signed_names(request))
    assert "Credential=ASIA1/20260304/us-east-1/execute-api/aws4_request" in request.headers["authorization"]


@pytest.mark.parametrize(
    ("marketplace_id", "aws_region"), [(US, "us-east-1"), (DE, "eu-west-1"), (JP, "us-west-2")]
)
def test_each_selling_region_is_signed_for_the_aws_region_it_lives_in(
    outbound: Outbound, marketplace_id: str, aws_region: str
) -> None:
    request = seen(
        outbound, Call(LISTING, values={"sellerId": "A1", "sku": "S"}), a_connection(a_user(), marketplace_id)
    )

    assert its_signature(request) == signature(request, aws_region)


@pytest.mark.parametrize(
    ("installation", "own", "assumed"),
    [(ROLE, None, ROLE), (None, OWN_ROLE, OWN_ROLE), (ROLE, OWN_ROLE, OWN_ROLE)],
)
def test_a_connections_own_role_comes_before_the_installations(
    outbound: Outbound, installation: str | None, own: str | None, assumed: str
) -> None:
    roles = ScriptedRoles(CLOCK)

    seen_by(
        outbound,
        Call(LISTING, values={"sellerId": "A1", "sku": "S"}),
        replace(NA, iam_role_arn=own),
        SigV4Signer(roles, installation),
    )

    assert roles.assumed == [(assumed, "A1SELLER")]


def test_without_a_role_nothing_is_signed_and_nobody_is_asked(outbound: Outbound) -> None:
    roles = ScriptedRoles(CLOCK)

    request = seen_by(
        outbound, Call(LISTING, values={"sellerId": "A1", "sku": "S"}), NA, SigV4Signer(roles, None)
    )

    assert "authorization" not in request.headers
    assert "x-amz-security-token" not in request.headers
    assert roles.assumed == []


def test_without_a_role_botocore_is_not_imported() -> None:
    program = """
import sys
from datetime import UTC, datetime
from adapters.amazon.sigv4 import SigV4Signer
from adapters.amazon.sts import StsRoles
from adapters.system import SystemClock
from tests.adapters.amazon.test_sigv4 import NA
for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
    del sys.modules[name]
SigV4Signer(StsRoles("us-east-1", None, 1.0, SystemClock()), None).signed(NA, "GET", "https://a.test/", {}, None)
sys.exit(any(name.partition(".")[0] == "botocore" for name in sys.modules))
"""

    ended = subprocess.run([sys.executable, "-c", program], check=False)

    assert ended.returncode == 0


@pytest.mark.usefixtures("aws")
def test_a_role_assumed_at_sts_signs_and_is_asked_for_once(outbound: Outbound, moto: str) -> None:
    roles: RoleSessions = StsRoles("us-east-1", moto, 20.0, CLOCK)
    signer = SigV4Signer(roles, ROLE)
    lent = roles.credentials(ROLE, NA.seller_id)

    requests = [
        seen_by(outbound, Call(LISTING, values={"sellerId": "A1", "sku": sku}), NA, signer)
        for sku in ("a", "b")
    ]

    assert [request.headers["x-amz-security-token"] for request in requests] == [lent.session_token] * 2
    for request in requests:
        assert its_signature(request) == signature(request, "us-east-1", lent.secret_access_key)


@pytest.mark.parametrize(
    "trouble",
    [
        AccessDenied("AWS does not let us assume the role: its trust policy has to allow us."),
        NotConfigured("A role is set, but Portside has no AWS credentials.", ("AWS_ACCESS_KEY_ID",)),
    ],
)
def test_a_role_that_cannot_be_assumed_is_said_and_nothing_is_sent(
    outbound: Outbound, trouble: Exception
) -> None:
    roles = ScriptedRoles(CLOCK)
    roles.trouble.append(trouble)

    with listening(GOOD) as amazon:
        wire = SpApiWire(AmazonAddresses(sp_api_url=amazon.url), outbound, CLOCK, SigV4Signer(roles, ROLE))
        with pytest.raises(type(trouble)) as caught:
            wire.send(NA, Call(LISTING, values={"sellerId": "A1", "sku": "S"}), TOKEN)

    assert caught.value is trouble
    assert amazon.seen == []


@pytest.mark.parametrize(
    "trouble", [UpstreamTimedOut("AWS STS did not answer in time."), UpstreamFailed("AWS STS failed (503).")]
)
def test_a_role_that_is_not_to_be_had_now_is_known_to_have_sent_nothing(
    outbound: Outbound, trouble: Exception
) -> None:
    roles = ScriptedRoles(CLOCK)
    roles.trouble.append(trouble)
    wire = SpApiWire(AmazonAddresses(), outbound, CLOCK, SigV4Signer(roles, ROLE))

    with pytest.raises(UpstreamUnreachable, match="AWS STS"):
        wire.send(NA, Call(LISTING, values={"sellerId": "A1", "sku": "S"}), TOKEN)
