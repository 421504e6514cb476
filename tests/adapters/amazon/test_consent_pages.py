"""The address of Amazon's consent page."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.consent_pages import SellerCentralConsent
from adapters.amazon.lwa import LwaClient
from domain.errors import NotConfigured
from domain.marketplaces import MARKETPLACES
from tests.fakes.things import CA, JP, US

CLIENT = LwaClient("client-1", "amzn1.oa2-cs.v1.secret")
PAGES = SellerCentralConsent(AmazonAddresses(), "amzn1.sp.solution.ours", draft=False, client=CLIENT)
REDIRECT_URI = "https://portside.example/callback?a=b&c=d"


def test_the_address_names_application_state_and_redirect_uri_and_no_secret() -> None:
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
    assert CLIENT.client_secret not in url


def test_a_draft_says_so() -> None:
    pages = SellerCentralConsent(AmazonAddresses(), "amzn1.sp.solution.ours", draft=True, client=CLIENT)

    assert dict(parse_qsl(urlsplit(pages.url(US, "s", REDIRECT_URI)).query))["version"] == "beta"


@pytest.mark.parametrize("marketplace", MARKETPLACES.values(), ids=lambda each: each.country_code)
def test_sellers_of_each_marketplace_log_in_at_their_own_seller_central(marketplace) -> None:
    assert PAGES.url(marketplace.id, "s", REDIRECT_URI).startswith(f"{marketplace.seller_central}/apps/")


@pytest.mark.parametrize(("marketplace_id", "region"), [(CA, "na"), (JP, "fe")])
def test_the_settings_may_name_another_host(marketplace_id: str, region: str) -> None:
    addresses = AmazonAddresses(seller_central_url="http://127.0.0.1:8085/{region}")
    pages = SellerCentralConsent(addresses, "amzn1.sp.solution.ours", draft=False, client=CLIENT)

    url = pages.url(marketplace_id, "s", REDIRECT_URI)

    assert url.startswith(f"http://127.0.0.1:8085/{region}/apps/authorize/consent?")


@pytest.mark.parametrize(
    ("application_id", "client", "missing"),
    [
        ("amzn1.sp.solution.ours", CLIENT, ()),
        (None, CLIENT, ("AMAZON_APP_ID",)),
        ("", CLIENT, ("AMAZON_APP_ID",)),
        ("amzn1.sp.solution.ours", LwaClient("client-1", None), ("AMAZON_LWA_CLIENT_SECRET",)),
        (None, LwaClient(None, ""), ("AMAZON_APP_ID", "AMAZON_LWA_APP_ID", "AMAZON_LWA_CLIENT_SECRET")),
    ],
)
def test_what_is_missing_is_named_all_at_once(
    application_id: str | None, client: LwaClient, missing: tuple[str, ...]
) -> None:
    pages = SellerCentralConsent(AmazonAddresses(), application_id, draft=False, client=client)

    assert pages.missing() == missing


@pytest.mark.parametrize(
    ("application_id", "client"),
    [(None, CLIENT), ("", CLIENT), ("amzn1.sp.solution.ours", LwaClient(None, None))],
)
def test_without_its_settings_there_is_no_address(application_id: str | None, client: LwaClient) -> None:
    pages = SellerCentralConsent(AmazonAddresses(), application_id, draft=False, client=client)

    with pytest.raises(NotConfigured) as caught:
        pages.url(US, "s", REDIRECT_URI)

    assert caught.value.missing == pages.missing()
