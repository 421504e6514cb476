"""Which version of an order is kept, and whether it is news."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.money import Money
from domain.orders.counting import book
from domain.orders.model import BookedOrder, OrderItem, Source
from domain.orders.versions import goods_of, is_news, newest, successor, tidy, units_of
from tests.fakes.things import NOW, US, an_item, an_order

API, REPORT = Source.API, Source.REPORT


def version(*lines: OrderItem, source: Source = API, age: int = 0, **changes: Any) -> BookedOrder:
    """An order as it was after so many minutes."""
    order = an_order("O-1", *lines, updated_at=NOW + timedelta(minutes=age), **changes)
    return tidy(book(replace(order, source=source), US))


def line(name: str, dollars: int, currency: str = "USD") -> OrderItem:
    total = Money(dollars * 100, currency)
    return replace(an_item(item_id=name, total=total), goods=total)


@pytest.mark.parametrize("kept", list(Source))
@pytest.mark.parametrize("found", list(Source))
def test_the_newer_one_is_kept_whoever_tells_it(kept: Source, found: Source) -> None:
    old, new = version(source=kept), version(source=found, age=1)

    assert (successor(old, new), successor(new, old)) == (new, None)
    assert is_news(old, new)


def test_of_two_equally_old_ones_the_one_found_last_is_kept() -> None:
    kept, found = version(status="UNSHIPPED"), version(status="SHIPPED")

    assert successor(kept, found) == found
    assert is_news(kept, found)


def test_the_same_again_changes_nothing() -> None:
    assert successor(version(line("1", 5)), version(line("1", 5))) is None


def test_a_report_does_not_replace_what_the_api_told_at_the_same_time() -> None:
    assert successor(version(line("1", 5)), version(line("1", 6), source=REPORT)) is None


def test_the_api_replaces_an_equally_old_report_and_that_is_no_news_by_itself() -> None:
    kept, found = version(line("1", 5), source=REPORT), version(line("1", 5))

    assert successor(kept, found) == found
    assert not is_news(kept, found)


def test_two_parts_of_a_reports_version_complete_each_other() -> None:
    first = version(line("1", 5), line("2", 6), source=REPORT, total=Money(1100, "USD"))
    second = version(line("2", 7), line("3", 8), source=REPORT, total=Money(1500, "USD"))

    both = successor(first, second)

    assert both is not None
    assert [item.order_item_id for item in both.order.items] == ["1", "2", "3"]
    assert (both.order.total, units_of(both), goods_of(both)) == (Money(2000, "USD"), 3, 2000)
    assert successor(both, first) is not None  # line 2 is as the part that came last has it
    assert successor(both, second) is None


def test_a_newer_report_stands_for_itself() -> None:
    found = version(line("2", 6), source=REPORT, age=1)

    assert successor(version(line("1", 5), source=REPORT), found) == found


def test_an_amount_in_another_currency_than_the_orders_is_left_out() -> None:
    booked = version(line("1", 5, "EUR"), line("2", 6))

    assert [(item.total, item.goods) for item in booked.order.items] == [
        (None, None),
        (Money(600, "USD"), Money(600, "USD")),
    ]


def test_what_no_line_tells_is_not_known() -> None:
    assert goods_of(version(an_item())) is None


def test_of_a_page_each_order_is_left_once() -> None:
    page = [version(age=2, status="SHIPPED"), version(age=1, status="CANCELLED")]

    assert newest(page) == {"O-1": page[0]}
