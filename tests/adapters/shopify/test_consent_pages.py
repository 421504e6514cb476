"""The address of a store's consent page."""

from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.consent_pages import ShopifyConsent
from domain.errors import NotConfigured, UpstreamRefused
from tests.fakes.stores import SHOP

REDIRECT_URI = "https://portside.example/callback?x=1&y=2"

WANTED = ("read_orders", "read_all_orders", "read_products")


def test_the_page_is_the_stores_own_and_asks_for_all_orders_to_be_read() -> None:
    url = ShopifyConsent(ShopifyAddresses(), "our-client", WANTED).url(SHOP, "st&te", REDIRECT_URI)

    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", SHOP, "/admin/oauth/authorize")
    assert parse_qs(parts.query, strict_parsing=True) == {
        "client_id": ["our-client"],
        "scope": ["read_orders,read_all_orders,read_products"],
        "redirect_uri": [REDIRECT_URI],
        "state": ["st&te"],
    }


def test_the_settings_may_name_another_base_and_fewer_scopes() -> None:
    pages = ShopifyConsent(ShopifyAddresses("http://127.0.0.1:9"), "our-client", ("read_orders",))

    url = pages.url(SHOP, "state", REDIRECT_URI)

    assert url.startswith(f"http://127.0.0.1:9/{SHOP}/admin/oauth/authorize?")
    assert parse_qs(urlsplit(url).query)["scope"] == ["read_orders"]


def test_a_browser_is_not_sent_to_a_strangers_host() -> None:
    with pytest.raises(UpstreamRefused):
        ShopifyConsent(ShopifyAddresses(), "our-client", WANTED).url("evil.com/", "state", REDIRECT_URI)


def test_without_an_application_there_is_no_page() -> None:
    pages = ShopifyConsent(ShopifyAddresses(), None, WANTED, ("SHOPIFY_CLIENT_ID",))

    with pytest.raises(NotConfigured) as caught:
        pages.url(SHOP, "state", REDIRECT_URI)

    assert caught.value.missing == pages.missing() == ("SHOPIFY_CLIENT_ID",)
