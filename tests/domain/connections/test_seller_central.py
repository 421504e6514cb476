"""To which addresses a browser may be sent that Amazon's page has sent to us."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.connections.seller_central import SellerCentralAddresses
from domain.marketplaces import MARKETPLACES, Region

PATH = "/apps/authorize/confirm/amzn1.sp.solution.x"
REAL = SellerCentralAddresses(None, production=True)
HOME = SellerCentralAddresses(None, production=False)


@pytest.mark.parametrize("marketplace_id", sorted(MARKETPLACES))
def test_every_marketplaces_own_address_is_good_and_tells_its_region(marketplace_id: str) -> None:
    marketplace = MARKETPLACES[marketplace_id]
    uri = f"{marketplace.seller_central}{PATH}?x=1"

    found = REAL.marketplaces(uri)

    assert REAL.problem(uri) is None
    assert marketplace in found
    assert {each.region for each in found} == {marketplace.region}


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/apps/authorize/confirm",
        "//sellercentral.amazon.com/x",
        "http://sellercentral.amazon.com/x",
        "ftp://sellercentral.amazon.com/x",
        "javascript://sellercentral.amazon.com/%0aalert(1)",
        "https:sellercentral.amazon.com/x",
        "https:///sellercentral.amazon.com/x",
        "https://sellercentral.amazon.com.evil.example/x",
        "https://evil.example/sellercentral.amazon.com",
        "https://evil-sellercentral.amazon.com/x",
        "https://x.sellercentral.amazon.com/x",
        "https://amazon.com/x",
        "https://sellercentral.amazon.com./x",
        "https://sellercentral.amazon.com:8443/x",
        "https://sellercentral.amazon.com:99999/x",
        "https://sellercentral.amazon.com:x/x",
        "https://user@sellercentral.amazon.com/x",
        "https://sellercentral.amazon.com@evil.example/x",
        "https://sellercentral.amazon.com:443@evil.example/x",
        "https://sellercentral.amazon.com\\@evil.example/x",
        "https://evil.example\\.sellercentral.amazon.com/x",
        "https://sellercentral.amazon.com/x#part",
        "https://sellercentral.amazon.com/x#",
        "https://sellercentral.amazon.com/x y",
        "https://sellercentral.amazon.com/x\r\nSet-Cookie: a=b",
        "https://seller\tcentral.amazon.com/x",
        "https://sellercentral.amazоn.com/x",  # a Cyrillic letter
        "https://[sellercentral.amazon.com]/x",
        "http://127.0.0.1:5001/x",
        "https://localhost/x",
        f"https://sellercentral.amazon.com/{'x' * 1024}",
    ],
)
def test_every_other_address_is_refused(uri: str) -> None:
    assert REAL.problem(uri) is not None


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_let_through_leads_to_seller_central(before: str, after: str) -> None:
    uri = f"https://{before}sellercentral.amazon.com{after}"

    if REAL.problem(uri) is None:
        parts = urlsplit(uri)
        assert (parts.scheme, parts.hostname, parts.username) == ("https", "sellercentral.amazon.com", None)


def test_the_default_port_may_be_written_out() -> None:
    assert REAL.problem("https://sellercentral.amazon.com:443/x") is None


@pytest.mark.parametrize("uri", ["http://127.0.0.1:5001/x", "http://localhost/x", "https://[::1]:9/x"])
def test_outside_production_this_machine_may_play_amazon(uri: str) -> None:
    assert HOME.problem(uri) is None
    assert HOME.marketplaces(uri) == ()


@pytest.mark.parametrize("uri", ["http://10.0.0.1/x", "http://127.0.0.1.evil.example/x", "http://localhos/x"])
def test_plain_http_is_for_this_machine_only(uri: str) -> None:
    assert HOME.problem(uri) is not None


def test_an_address_of_the_installations_own_is_good_to_the_port() -> None:
    own = SellerCentralAddresses("http://127.0.0.1:5001/{region}", production=True)

    assert own.problem("http://127.0.0.1:5001/eu/apps") is None
    assert own.problem("https://sellercentral.amazon.de/x") is not None
    assert own.problem("https://sellercentral.amazon.com/x") is None
    for other in ("http://127.0.0.1:5002/eu/apps", "https://127.0.0.1:5001/eu/apps", "http://127.0.0.1/eu"):
        assert own.problem(other) is not None


@pytest.mark.parametrize(
    ("base", "uri", "regions"),
    [
        ("http://127.0.0.1:5001/{region}", "http://127.0.0.1:5001/eu/apps", {Region.EU}),
        ("http://127.0.0.1:5001/{region}", "http://127.0.0.1:5001/europe/apps", set()),
        ("https://{region}.proxy.example", "https://fe.proxy.example/apps", {Region.FE}),
        ("https://proxy.example", "https://proxy.example/apps", set()),
    ],
)
def test_an_own_address_tells_the_region_where_it_holds_one(
    base: str, uri: str, regions: set[Region]
) -> None:
    own = SellerCentralAddresses(base, production=True)

    assert own.problem(uri) is None
    assert {each.region for each in own.marketplaces(uri)} == regions
