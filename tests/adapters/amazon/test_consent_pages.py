"""The address of Amazon's consent page."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.consent_pages import SellerCentralConsent
from domain.errors import NotConfigured
from domain.marketplaces import MARKETPLACES
from tests.fakes.things import CA, JP, US

NO_CLIENT = ("AMAZON_LWA_APP_ID", "AMAZON_LWA_CLIENT_SECRET")
PAGES = SellerCentralConsent(AmazonAddresses(), "amzn1.sp.solution.ours", draft=False)
REDIRECT_URI = "https://portside.example/callback?a=b&c=d"


def test_the_address_names_application_state_and_redirect_uri_and_nothing_else() -> None:
    url = PAGES.url(US, "st/at+e&=", REDIRECT_URI)

    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://sellercentral.amazon.com/apps/authorize/consent"
    )
    assert dict(parse_qsl(parts.query)) == {
        "application_id": "amzn1.sp.solution.ours",
        "state": "st/at+e&=",
        "redirect_uri": REDIRECT_URI,
    }


def test_a_draft_says_so() -> None:
    pages = SellerCentralConsent(AmazonAddresses(), "amzn1.sp.solution.ours", draft=True)

    assert dict(parse_qsl(urlsplit(pages.url(US, "s", REDIRECT_URI)).query))["version"] == "beta"


@pytest.mark.parametrize("marketplace", MARKETPLACES.values(), ids=lambda each: each.country_code)
def test_sellers_of_each_marketplace_log_in_at_their_own_seller_central(marketplace) -> None:
    assert PAGES.url(marketplace.id, "s", REDIRECT_URI).startswith(f"{marketplace.seller_central}/apps/")


@pytest.mark.parametrize(("marketplace_id", "region"), [(CA, "na"), (JP, "fe")])
def test_the_settings_may_name_another_host(marketplace_id: str, region: str) -> None:
    addresses = AmazonAddresses(seller_central_url="http://127.0.0.1:8085/{region}")
    pages = SellerCentralConsent(addresses, "amzn1.sp.solution.ours", draft=False)

    url = pages.url(marketplace_id, "s", REDIRECT_URI)

    assert url.startswith(f"http://127.0.0.1:8085/{region}/apps/authorize/consent?")


@pytest.mark.parametrize(
    ("application_id", "client_missing", "missing"),
    [
        ("amzn1.sp.solution.ours", (), ()),
        (None, (), ("AMAZON_APP_ID",)),
        ("", (), ("AMAZON_APP_ID",)),
        ("amzn1.sp.solution.ours", ("AMAZON_LWA_CLIENT_SECRET",), ("AMAZON_LWA_CLIENT_SECRET",)),
        (None, NO_CLIENT, ("AMAZON_APP_ID", *NO_CLIENT)),
    ],
)
def test_what_is_missing_is_named_all_at_once(
    application_id: str | None, client_missing: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    pages = SellerCentralConsent(AmazonAddresses(), application_id, False, client_missing)

    assert pages.missing() == missing


@pytest.mark.parametrize(
    ("application_id", "client_missing"),
    [(None, ()), ("", ()), ("amzn1.sp.solution.ours", NO_CLIENT)],
)
def test_without_its_settings_there_is_no_address(
    application_id: str | None, client_missing: tuple[str, ...]
) -> None:
    pages = SellerCentralConsent(AmazonAddresses(), application_id, False, client_missing)

    with pytest.raises(NotConfigured) as caught:
        pages.url(US, "s", REDIRECT_URI)

    assert caught.value.missing == pages.missing()


@pytest.mark.parametrize("marketplace", MARKETPLACES.values(), ids=lambda each: each.country_code)
def test_a_draft_says_so_in_every_marketplace(marketplace) -> None:
    pages = SellerCentralConsent(AmazonAddresses(), "amzn1.sp.solution.ours", draft=True)

    url = pages.url(marketplace.id, "s", REDIRECT_URI)

    assert url.startswith(f"{marketplace.seller_central}/apps/authorize/consent?")
    assert dict(parse_qsl(urlsplit(url).query))["version"] == "beta"


CALLBACK = "https://sellercentral.amazon.de/apps/authorize/confirm/amzn1.sp.solution.ours"


@pytest.mark.parametrize(
    ("callback", "draft", "expected"),
    [
        (CALLBACK, False, {}),
        (CALLBACK, True, {"version": "beta"}),
        (f"{CALLBACK}?lang=de", False, {"lang": "de"}),
    ],
)
def test_the_way_back_to_amazons_page_carries_both_states(callback, draft, expected) -> None:
    pages = SellerCentralConsent(AmazonAddresses(), "amzn1.sp.solution.ours", draft)

    url = pages.confirmation(callback, "th/ei+rs&=", "o/ur+s&=", REDIRECT_URI)

    assert url.startswith(f"{callback}&" if "?" in callback else f"{callback}?")
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "amazon_state": "th/ei+rs&=",
        "state": "o/ur+s&=",
        "redirect_uri": REDIRECT_URI,
        **expected,
    }


def test_without_its_settings_there_is_no_way_back() -> None:
    pages = SellerCentralConsent(AmazonAddresses(), "amzn1.sp.solution.ours", False, NO_CLIENT)

    with pytest.raises(NotConfigured) as caught:
        pages.confirmation(CALLBACK, "theirs", "ours", REDIRECT_URI)

    assert caught.value.missing == NO_CLIENT
