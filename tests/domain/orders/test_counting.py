"""Where an order counts: marketplace, day, currency."""

from datetime import UTC, date, datetime

from domain.money import Money
from domain.orders.counting import book
from tests.fakes.things import DE, JP, UK, US, an_order

LATE = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)


def test_an_order_counts_on_its_marketplaces_day_of_the_purchase() -> None:
    booked = book(
        an_order(marketplace_id=DE, created_at=LATE, total=Money(100, "EUR")), home_marketplace_id=US
    )

    assert (booked.marketplace_id, booked.day, booked.currency) == (DE, date(2026, 3, 5), "EUR")


def test_an_order_without_a_marketplace_counts_at_home() -> None:
    booked = book(an_order(marketplace_id=None, created_at=LATE), home_marketplace_id=JP)

    assert (booked.marketplace_id, booked.day) == (JP, date(2026, 3, 5))


def test_an_order_of_an_unknown_marketplace_counts_at_home() -> None:
    booked = book(an_order(marketplace_id="NON-AMAZON", created_at=LATE), home_marketplace_id=US)

    assert (booked.marketplace_id, booked.day) == (US, date(2026, 3, 4))


def test_where_home_is_unknown_too_an_order_counts_in_the_default_marketplace() -> None:
    booked = book(an_order(marketplace_id=None, total=None), home_marketplace_id="NOWHERE")

    assert (booked.marketplace_id, booked.currency) == (US, "USD")


def test_an_order_without_a_total_counts_in_its_marketplaces_currency() -> None:
    booked = book(an_order(marketplace_id=UK, total=None), home_marketplace_id=US)

    assert booked.currency == "GBP"


def test_an_order_paid_in_a_foreign_currency_counts_in_that_one() -> None:
    booked = book(an_order(marketplace_id=UK, total=Money(100, "EUR")), home_marketplace_id=UK)

    assert booked.currency == "EUR"
