"""Orders out of Amazon's flat files, in our words. Years of orders come this way, so every microsecond of a line counts.

Source: SP-API documentation, "Order report type values"; the words for statuses are as they are met, their list is open.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter

from adapters.amazon.wire.reading import LONGEST_STATUS
from adapters.amazon.wire.reports_table import name_of
from domain.errors import WrongAnswer
from domain.marketplaces import named
from domain.money import Money, exponent
from domain.orders.model import CANCELLED, Order, OrderItem, Source

_NEEDED = ("amazon-order-id", "purchase-date", "last-updated-date", "order-status", "quantity")
#: The rest of what is read; a report without one of these is read all the same.
_WELCOME = (
    "fulfillment-channel",
    "sales-channel",
    "product-name",
    "sku",
    "asin",
    "item-status",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    # With or without a sign, depending on the marketplace.
    "item-promotion-discount",
    "ship-promotion-discount",
)
_USED = (*_NEEDED, *_WELCOME)
(
    _ID,
    _PLACED,
    _UPDATED,
    _STATUS,
    _QUANTITY,
    _FULFILLED_BY,
    _CHANNEL,
    _TITLE,
    _SKU,
    _ASIN,
    _ITEM_STATUS,
    _CURRENCY,
    _GOODS,
) = range(13)
_ADDED, _TAKEN_OFF = slice(13, 18), slice(18, 20)
_LARGEST_COUNT = 2**31 - 1
#: Of an order's id or a SKU, in characters. Amazon's have 40 at most, and PostgreSQL can't index what is much longer.
_LONGEST_NAME = 300
#: What most of the amounts beside the price are.
_NOTHING = frozenset({"", "0", "0.0", "0.00", "0,00"})
#: Commas or points between thousands, and nothing after them.
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")

#: The cells of a line that are used, in the order of ``_USED``.
Cells = Sequence[str]


class FlatFileOrders:
    """Reads the reports of all orders; see ``domain.reports.ports.OrderReader``.

    The report does not name lines: an item's id is its SKU with a number, ``sku#1``, that counts the order's lines of
    this SKU. A line is worth what Amazon charges for it, taxes included and discounts taken off. An order has a total
    when each of its lines has one, apart from those that were cancelled.
    """

    def orders(self, header: str, lines: Iterable[str]) -> Iterator[tuple[Order, int]]:
        """Each order with how many lines it took, empty ones after it included.

        Raises:
            WrongAnswer: a column is missing without which there are no orders, or a line can't be right.
        """
        used, width = _columns(header)
        current, rows, taken = "", list[Cells](), 0
        for line in lines:
            cells = line.rstrip("\r\n").split("\t")
            if len(cells) != width:
                if cells == [""]:
                    taken += 1
                    continue
                cells = _fitted(cells, width)
            cells.append("")  # what a column without a place has
            row = used(cells)
            if row[_ID] != current:
                if rows:
                    yield _order(rows), taken
                    taken = 0
                current, rows = row[_ID], []
            rows.append(row)
            taken += 1
        if rows:
            yield _order(rows), taken


def _columns(header: str) -> tuple[Callable[[list[str]], Cells], int]:
    """What takes the used cells out of a line with one more cell, and how many cells a line has."""
    names = [name_of(column) for column in header.rstrip("\r\n").split("\t")]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise WrongAnswer(f"Amazon's report of orders has no column {', '.join(missing)}.")
    return itemgetter(*(names.index(name) if name in names else len(names) for name in _USED)), len(names)


def _fitted(cells: list[str], width: int) -> list[str]:
    if any(cells[width:]):
        raise WrongAnswer("A line of Amazon's report of orders has more cells than there are columns.")
    return cells[:width] + [""] * (width - len(cells))


def _order(rows: list[Cells]) -> Order:
    first = rows[0]
    order_id, status = _text(first[_ID]), first[_STATUS] or first[_ITEM_STATUS]
    if order_id is None or len(order_id) > _LONGEST_NAME:
        raise _wrong("amazon-order-id", first[_ID][:_LONGEST_NAME])
    if not status:
        raise _wrong("order-status", order_id)
    marketplace_id, currency = _marketplace(first[_CHANNEL])
    if len(rows) == 1:
        items: tuple[OrderItem, ...] = (_item(first, 1, currency),)
        updated_at = _moment(first[_UPDATED], "last-updated-date", order_id)
        total = items[0].total
    else:
        items = tuple(_numbered(rows, currency))
        updated_at = max(
            _moment(each, "last-updated-date", order_id) for each in {row[_UPDATED] for row in rows}
        )
        total = _total(rows, items)
    return Order(
        order_id=order_id,
        marketplace_id=marketplace_id,
        created_at=_moment(first[_PLACED], "purchase-date", order_id),
        updated_at=updated_at,
        status=_status(status),
        fulfilled_by=_fulfilled_by(first[_FULFILLED_BY]),
        total=total,
        items=items,
        source=Source.REPORT,
    )


def _numbered(rows: list[Cells], currency: str) -> Iterator[OrderItem]:
    seen: dict[str, int] = {}
    for row in rows:
        key = _key(row)
        seen[key] = seen.get(key, 0) + 1
        yield _item(row, seen[key], currency)


def _item(row: Cells, number: int, currency: str) -> OrderItem:
    # What was not sold at Amazon has a price of nothing, and no currency.
    priced = row[_GOODS] and (row[_CURRENCY] or currency or row[_GOODS] not in _NOTHING)
    goods, total = _amounts(row, row[_CURRENCY] or currency) if priced else (None, None)
    return OrderItem(
        order_item_id=f"{_key(row)}#{number}",
        sku=_text(row[_SKU]),
        asin=_text(row[_ASIN]),
        title=_text(row[_TITLE]),
        quantity=_count(row[_QUANTITY], row[_ID]),
        total=total,
        goods=goods,
    )


def _amounts(row: Cells, currency: str) -> tuple[Money, Money]:
    """What the goods of a line cost, and what it brings in."""
    try:
        goods = total = _minor(row[_GOODS], currency)
        for cell in row[_ADDED]:
            if cell not in _NOTHING:
                total += _minor(cell, currency)
        for cell in row[_TAKEN_OFF]:
            if cell not in _NOTHING:
                total -= abs(_minor(cell, currency))
    except ValueError as error:
        raise _wrong(f"an amount in {currency or 'no currency'}", row[_ID]) from error
    price = Money(goods, currency)
    return price, price if total == goods else Money(total, currency)


def _key(row: Cells) -> str:
    key = _text(row[_SKU] or row[_ASIN]) or "line"
    if len(key) > _LONGEST_NAME:
        raise _wrong("sku", row[_ID])
    return key


def _total(rows: list[Cells], items: tuple[OrderItem, ...]) -> Money | None:
    """The sum over the lines; Amazon names no price for cancelled ones, which count for nothing."""
    known = [item.total for item in items if item.total is not None]
    unknown = (row for row, item in zip(rows, items, strict=True) if item.total is None)
    if not known or any(_status(row[_ITEM_STATUS]) != CANCELLED for row in unknown):
        return None
    currency = known[0].currency
    if any(each.currency != currency for each in known):
        return None
    return Money(sum(each.minor for each in known), currency)


@lru_cache(2**10)
def _marketplace(channel: str) -> tuple[str | None, str]:
    """Its id and currency, where it is one of Amazon's."""
    found = named(channel)
    return (None, "") if found is None else (found.id, found.currency)


@lru_cache(2**10)
def _status(words: str) -> str:
    """In the words of the Orders API: ``Shipped - Delivered to Buyer`` is SHIPPED, ``Shipping`` a part of it."""
    main = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", words.partition(" - ")[0].strip())
    known = re.sub(r"[^A-Z0-9]+", "_", main.upper()).strip("_")
    if known.startswith("SHIPPED"):
        return "SHIPPED"
    return {"SHIPPING": "PARTIALLY_SHIPPED", "CANCELED": CANCELLED}.get(known, known)[:LONGEST_STATUS]


@lru_cache(2**10)
def _fulfilled_by(word: str) -> str | None:
    known = _text(word.strip().upper())
    return "MERCHANT" if known == "SELLER" else known


@lru_cache(2**16)
def _minor(text: str, currency: str) -> int:
    """An amount in the currency's minor unit, with a point or a comma before its decimals."""
    plain = text.strip().replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma > point >= 0:
        plain = plain.replace(".", "").replace(",", ".")
    elif point > comma >= 0 or (exponent(currency) != 3 and _THOUSANDS.fullmatch(plain)):
        plain = plain.replace(",", "")
    else:
        plain = plain.replace(",", ".")
    return Money.parse(plain, currency).minor


def _count(text: str, order_id: str) -> int:
    try:
        count = int(text or "0")
    except ValueError as error:
        raise _wrong("quantity", order_id) from error
    if not 0 <= count <= _LARGEST_COUNT:
        raise _wrong("quantity", order_id)
    return count


def _moment(text: str, column: str, order_id: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is UTC:
            return found
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong(column, order_id) from error


def _text(cell: str) -> str | None:
    # PostgreSQL keeps no NUL.
    return cell.replace("\0", "") or None


def _wrong(column: str, order_id: str) -> WrongAnswer:
    return WrongAnswer(f"A line of Amazon's report of orders can't be right: {column} of order {order_id!r}.")
