"""Making Portside ask where the attacker wants: by what Amazon, Shopify or an issuer names, by a shop, by a proxied path."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ads.addresses import AdsAddresses
from adapters.amazon.addresses import AmazonAddresses
from adapters.http import Outbound
from adapters.oidc.provider import may_be_asked
from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.terms import ShopifyTerms
from domain.connections.model import Provider
from domain.errors import NotFound, PortsideError
from domain.gateway.targets import path_as_sent
from domain.hosts import is_at_s3
from tests.adapters.loopback import Loopback, http, listening, saying

#: Who says whether what an answer names may be fetched.
JUDGES: dict[str, Callable[[str], bool]] = {
    "amazon": lambda url: AmazonAddresses().may_hold_documents(url, "na"),
    "ads": lambda url: AdsAddresses().may_hold_documents(url, "na"),
    "shopify": lambda url: ShopifyAddresses().may_hold_results(url),
}
#: This machine and its neighbours, in every spelling that some library takes for them.
INSIDE = [
    "127.0.0.1",
    "127.1",
    "0",
    "0.0.0.0",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "LOCALHOST.",
    "localhost.localdomain",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "2852039166",
    "metadata.google.internal",
    "10.0.0.1",
    "192.168.0.1",
    "kubernetes.default.svc",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
]
#: Names that anybody can have lead to 127.0.0.1; and hosts of AWS's customers, some of them in private networks.
OUTSIDE = [
    "evil.example",
    "localtest.me",
    "127.0.0.1.nip.io",
    "s3.amazonaws.com.evil.example",
    "evil-amazonaws.com",
    "amazonaws.com",
    "ec2-1-2-3-4.compute-1.amazonaws.com",
    "internal-evil-1.us-east-1.elb.amazonaws.com",
    "s3-us-east-1.elb.amazonaws.com",
    "s3-evil-1.us-east-1.elb.amazonaws.com",
    "vpc-search-1.us-east-1.es.amazonaws.com",
    "bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com",
    "abc.execute-api.us-east-1.amazonaws.com",
    "sts.amazonaws.com",
    "s3.evil.amazonaws.com",
    "myshopify.com",
    "shopify.com.evil.example",
    "shopify.com",
    "evilshopify.com",
    "storage.googleapis.com.evil.example",
    "evil.storage.googleapis.com",
]
REAL = "tortuga-prod-na.s3-external-1.amazonaws.com"


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("host", INSIDE + OUTSIDE)
def test_no_answer_leads_to_another_host(judge, host):
    named = [
        f"{scheme}://{user}{host}{port}/x"
        for scheme in ("http", "https")
        for user in ("", f"{REAL}@", f"{REAL}:443@")
        for port in ("", ":443", ":80")
    ]

    assert [url for url in named if JUDGES[judge](url)] == []


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize(
    "url",
    [
        f"http://{REAL}/x",
        f"ftp://{REAL}/x",
        f"gopher://{REAL}/x",
        f"file://{REAL}/etc/passwd",
        f"data:text/plain,https://{REAL}/",
        f"//{REAL}/x",
        f"https:/{REAL}/x",
        f"https:{REAL}/x",
        f"https:///{REAL}/x",
        f"https://{REAL}",
        f"https://{REAL}:22/x",
        f"https://{REAL}:0443/x",
        f"https://{REAL}.:443/x",
        f"https://{REAL}/x\r\nHost: evil.example",
        f"https://{REAL}/x y",
        f"https://{REAL}\\@evil.example/",
        f"https://{REAL}/\\@evil.example/",
        f"https://evil.example\\.{REAL}/",
        f"https://evil.example#.{REAL}/",
        f"https://evil.example?.{REAL}/",
        f"https://evil.example/.{REAL}/",
        f"https://evil.example%2f.{REAL}/",
        f"https://evil.example%00.{REAL}/",
        f"https://evil.example\t.{REAL}/",
        f" https://{REAL}/x",
        f"https://{REAL}/x\n",
        "https://tortuga.ſ3.amazonaws.com/x",
        "https://tortuga.s3.amazonawſ.com/x",
        "https://tortuga.s3.amazonaws。com/x",
        "https://cdn.ſhopify.com/x",
        "https://cdn.shopify.com.evil.example/x",
        "http://cdn.shopify.com/x",
        "https://ſtorage.googleapis.com/x",
        "",
    ],
)
def test_no_answer_leads_to_a_name_that_can_be_read_in_two_ways(judge, url):
    assert not JUDGES[judge](url)


@pytest.mark.parametrize(
    "host",
    [
        REAL,
        "s3.amazonaws.com",
        "tortuga-prod-na.s3.amazonaws.com",
        "tortuga-prod-eu.s3-eu-west-1.amazonaws.com",
        "tortuga-prod-eu.s3.eu-west-1.amazonaws.com",
        "tortuga-prod-fe.s3.dualstack.us-west-2.amazonaws.com",
        "offline-report-storage-us-east-1-prod.s3.amazonaws.com",
        "a.bucket.with.dots.s3-accelerate.amazonaws.com",
    ],
)
def test_what_amazon_has_made_for_us_is_still_fetched(host):
    assert is_at_s3(f"https://{host}/%2FNinetyDays/x?X-Amz-Signature=a%2Fb&c")


@given(st.from_regex(r"https?://[!-~]{0,40}amazonaws\.com[!-~]{0,20}", fullmatch=True))
def test_whatever_is_fetched_from_s3_every_reader_of_addresses_sees_there(url):
    if is_at_s3(url):
        read = urlsplit(url)
        assert (read.scheme.lower(), read.username, read.port) in (
            ("https", None, None),
            ("https", None, 443),
        )
        assert read.hostname.endswith(".amazonaws.com")
        assert "s3" in read.hostname.partition(".amazonaws")[0].replace("-", ".").split(".")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_leads_from_an_allowed_host_to_another_one(code):
    with listening(saying(http(b"the metadata of a cloud"))) as inside:
        onward = http(b"", f"Location: {inside.url}/latest/meta-data", status=f"{code} Moved")
        with listening(saying(onward)) as allowed:
            _ask(allowed)

            assert len(allowed.seen) == 3
        assert inside.seen == []


def _ask(allowed: Loopback) -> None:
    """In all the ways that there are."""
    outbound = Outbound.with_pool(5.0, 4)
    outbound.send("GET", f"{allowed.url}/a", None, {}, None, "Amazon")
    outbound.send("POST", f"{allowed.url}/b", {"c": "d"}, {}, b"{}", "Amazon")
    with outbound.stream(f"{allowed.url}/e", "Amazon") as answer:
        assert b"".join(answer.pieces) == b""


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "dict", "unix", "jar", "http+unix"])
def test_nothing_is_asked_in_another_way_than_http(scheme):
    outbound = Outbound.with_pool(5.0, 4)

    with pytest.raises(PortsideError):
        outbound.send("GET", f"{scheme}:///etc/passwd", None, {}, None, "Amazon")


@pytest.mark.parametrize("host", INSIDE[:13])
def test_an_issuer_elsewhere_leads_to_no_plain_address_here(host):
    assert not may_be_asked(f"http://{host}/keys", "https://issuer.example")


@pytest.mark.parametrize(
    "shop",
    [
        *(
            host.removesuffix(".myshopify.com")
            for host in ("evil.example", "127.0.0.1", "localhost:80", "169.254.169.254")
        ),
        "evil.example/.myshopify.com",
        "evil.example#.myshopify.com",
        "evil.example?.myshopify.com",
        "evil.example\\.myshopify.com",
        "user@acme.myshopify.com",
        "acme.myshopify.com.evil.example",
        "acme.myshopify.com/../..",
        "acme.myshopify.com:22",
        "acme.myshopify.com\r\nX: y",
        "acme%2emyshopify.com",
        "acme.evil.myshopify.com",
        "аcme.myshopify.com",
        "",
        "-",
        "a" * 100,
    ],
)
def test_no_shop_leads_elsewhere(attacker, world, shop):
    assert ShopifyTerms().shop_named(shop) is None

    asked = attacker.get("/api/v1/shopify/oauth/authorize", query_string={"shop": shop})
    brought = attacker.post("/api/v1/shopify/connections", json={"shop": shop, "access_token": "shpat_0"})

    assert (asked.status_code, brought.status_code) == (400, 400)
    assert world.services.connections.of(world.user.id, Provider.SHOPIFY) == []


_SEGMENT = st.sampled_from(
    [
        "orders",
        "v0",
        ".",
        "..",
        "%2e%2e",
        "%252e",
        "",
        "\\",
        "%5c",
        "@evil.example",
        "evil.example:80",
        "http:",
        "%2f",
        ";x",
        "%00",
        "é",
    ]
)


@given(st.lists(_SEGMENT, min_size=1, max_size=6).map(lambda parts: "/" + "/".join(parts)))
def test_whatever_path_is_passed_on_stays_a_path_of_sp_apis_host(path):
    try:
        sent = path_as_sent(path)
    except NotFound:
        return

    read = urlsplit(f"https://sellingpartnerapi-na.amazon.com{sent}")
    assert read.hostname == "sellingpartnerapi-na.amazon.com"
    assert not sent.startswith("//")
    assert {".", ".."} & set(sent.lower().replace("%2e", ".").split("/")) == set()
