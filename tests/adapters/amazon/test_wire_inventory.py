"""Amazon's stock in our words."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters.amazon.wire.inventory import stock_page
from domain.errors import UpstreamFailed
from domain.inventory.model import StockLevel
from tests.adapters.amazon.samples import sample

Spoil = Callable[[dict[str, Any]], object]


def a_page() -> dict[str, Any]:
    return sample("get_inventory_summaries", "moved_and_untouched")


def first_of(page: dict[str, Any]) -> dict[str, Any]:
    summary: dict[str, Any] = page["payload"]["inventorySummaries"][0]
    return summary


def test_a_level_is_read_as_a_whole() -> None:
    level = stock_page(a_page()).levels[0]

    assert level == StockLevel(
        sku="MUG/BLUE 2+1",
        asin="B0PORTSID1",
        fnsku="X0PORTSID1",
        title="Mug, blue – set of 2",
        condition="NewItem",
        total=67,
        fulfillable=20,
        inbound=1 + 10 + 20,
        reserved=9,
        unfulfillable=4,
        researching=3,
        updated_at=datetime(2026, 3, 4, 10, 11, 12, tzinfo=UTC),
    )


def test_a_sku_that_was_never_touched_has_no_time_of_change() -> None:
    level = stock_page(a_page()).levels[1]

    assert (level.sku, level.title, level.updated_at) == ("TRAY-OAK", None, None)
    assert (level.total, level.fulfillable, level.inbound, level.reserved) == (0, 0, 0, 0)


def test_a_sku_alone_is_a_level_of_nothing() -> None:
    level = stock_page(a_page()).levels[2]

    assert level == StockLevel("ONLY-A-SKU", None, None, None, None, 0, 0, 0, 0, 0, 0, None)


@pytest.mark.parametrize(("case", "token"), [("moved_and_untouched", "seed2"), ("last_page", None)])
def test_a_page_says_how_to_go_on(case: str, token: str | None) -> None:
    assert stock_page(sample("get_inventory_summaries", case)).next_token == token


def test_a_title_loses_what_no_database_keeps() -> None:
    page = a_page()
    first_of(page)["productName"] = "mug\x00, \udc00blue"

    assert stock_page(page).levels[0].title == "mug, ?blue"


def test_a_whole_number_may_have_decimal_places() -> None:
    page = a_page()
    first_of(page)["totalQuantity"] = Decimal("67.0")

    assert stock_page(page).levels[0].total == 67


MALFORMED: dict[str, Spoil] = {
    "no payload": lambda page: page.pop("payload"),
    "a list for the payload": lambda page: page.update(payload=[]),
    "no summaries": lambda page: page["payload"].pop("inventorySummaries"),
    "null for the summaries": lambda page: page["payload"].update(inventorySummaries=None),
    "numbers in the summaries": lambda page: page["payload"].update(inventorySummaries=[1]),
    "a text for the pagination": lambda page: page.update(pagination="seed2"),
    "no SKU": lambda page: first_of(page).pop("sellerSku"),
    "an empty SKU": lambda page: first_of(page).update(sellerSku=""),
    "a text for a quantity": lambda page: first_of(page).update(totalQuantity="67"),
    "a quantity beyond all measure": lambda page: first_of(page).update(totalQuantity=10**12),
    "a quantity with an endless exponent": lambda page: first_of(page).update(
        totalQuantity=Decimal("1e999999999")
    ),
    "a list for the details": lambda page: first_of(page).update(inventoryDetails=[]),
    "a number for what is reserved": lambda page: first_of(page)["inventoryDetails"].update(
        reservedQuantity=9
    ),
    "a change that is no moment": lambda page: first_of(page).update(lastUpdatedTime="yesterday"),
}


@pytest.mark.parametrize("spoil", MALFORMED.values(), ids=MALFORMED.keys())
def test_stock_that_is_not_as_promised_fails_the_page(spoil: Spoil) -> None:
    page = a_page()
    spoil(page)

    with pytest.raises(UpstreamFailed, match="not as promised"):
        stock_page(page)
