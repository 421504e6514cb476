"""What Shopify calls a store, and what follows from what was granted; the settings name stores alike."""

import pytest

from adapters.shopify.terms import LIMITED_DAYS, ShopifyTerms
from entrypoints.setting_values import shop_domain
from entrypoints.settings import Settings

TERMS = ShopifyTerms()


@pytest.mark.parametrize("text", ["acme", "ACME", "Acme.MyShopify.com", "a-1", "a" * 62])
def test_a_store_is_meant_by_its_name_with_or_without_its_ending(text: str) -> None:
    assert TERMS.shop_named(text) == f"{text.lower().removesuffix('.myshopify.com')}.myshopify.com"


@pytest.mark.parametrize(
    "text", ["acme", "Acme.myshopify.com", "acme.example.com", "", "-a", "a" * 63, "a/b", "a\n"]
)
def test_the_settings_take_just_the_names_that_the_channel_does(text: str) -> None:
    try:
        taken: str | None = shop_domain(text)
    except ValueError:
        taken = None

    assert taken == TERMS.shop_named(text)


def test_what_is_asked_for_by_default_opens_all_orders() -> None:
    scopes = str(Settings.model_fields["shopify_scopes"].default).split(",")

    assert TERMS.may_read_orders(scopes)
    assert TERMS.history_limit(scopes) is None


@pytest.mark.parametrize(
    ("scopes", "may"), [(["read_orders"], True), (["write_orders"], True), (["read_products"], False)]
)
def test_who_may_write_orders_may_read_them(scopes: list[str], may: bool) -> None:
    assert TERMS.may_read_orders(scopes) is may


def test_without_read_all_orders_history_is_short() -> None:
    limit = TERMS.history_limit(["read_orders"])

    assert limit is not None
    assert (limit.days, limit.cause) == (LIMITED_DAYS, "read_all_orders was not granted")
