"""Which of two versions of an order is kept, and whether it is news."""

from collections.abc import Iterable
from dataclasses import replace

from domain.money import Money
from domain.orders.model import BookedOrder, OrderItem, Source


def newest(orders: Iterable[BookedOrder]) -> dict[str, BookedOrder]:
    """One version of each order, tidy: a page may name one twice."""
    found: dict[str, BookedOrder] = {}
    for booked in orders:
        order_id, rival = booked.order.order_id, found.get(booked.order.order_id)
        kept = tidy(booked) if rival is None else successor(rival, tidy(booked))
        if kept is not None:
            found[order_id] = kept
    return found


def successor(kept: BookedOrder, found: BookedOrder) -> BookedOrder | None:
    """What is kept from now on; ``None``: what there is stays as it is. Both are tidy.

    The newer one wins. Of two equally old ones the one found last does, except that a report never replaces what the
    API has told: it knows neither lines nor totals better, and its times have whole seconds. Two equally old parts of
    a report complete each other.
    """
    age, known = found.order.updated_at, kept.order.updated_at
    if age != known:
        return found if age > known else None
    if found.order.source is Source.REPORT:
        if kept.order.source is Source.API:
            return None
        found = _together(kept, found)
    return None if found == kept else found


def is_news(kept: BookedOrder, found: BookedOrder) -> bool:
    """Whether a version is newer than the kept one, or says something else."""
    if found.order.updated_at > kept.order.updated_at:
        return True
    return replace(found, order=replace(found.order, source=kept.order.source)) != kept


def tidy(booked: BookedOrder) -> BookedOrder:
    """The order as it is kept: each line once, by their ids, and amounts in its own currency only.

    An amount in another currency than the order's is no part of any sum.
    """
    order = booked.order
    lines = order.items
    if len(lines) > 1:
        by_id = {line.order_item_id: line for line in lines}
        lines = tuple(by_id[name] for name in sorted(by_id))
    if any(_strays(line, booked.currency) for line in lines):
        lines = tuple(_own(line, booked.currency) for line in lines)
    marketplace_id = None if order.marketplace_id is None else booked.marketplace_id
    if lines == order.items and marketplace_id == order.marketplace_id:
        return booked
    return replace(booked, order=replace(order, items=lines, marketplace_id=marketplace_id))


def goods_of(booked: BookedOrder) -> int | None:
    """What the goods cost, over the lines that say it; ``None`` where none does."""
    told = [line.goods.minor for line in booked.order.items if line.goods is not None]
    return sum(told) if told else None


def units_of(booked: BookedOrder) -> int:
    """Over all lines."""
    return sum(line.quantity for line in booked.order.items)


def _together(kept: BookedOrder, found: BookedOrder) -> BookedOrder:
    """Two parts of a report's version: all lines of both, and their sum as the total."""
    names = {line.order_item_id for line in found.order.items}
    missing = [line for line in kept.order.items if line.order_item_id not in names]
    if not missing:
        return found
    currency = found.currency if found.order.total else kept.currency
    lines = (*missing, *found.order.items)
    totals = [line.total.minor for line in lines if line.total and line.total.currency == currency]
    total = Money(sum(totals), currency) if totals else found.order.total or kept.order.total
    return tidy(replace(found, currency=currency, order=replace(found.order, items=lines, total=total)))


def _strays(line: OrderItem, currency: str) -> bool:
    return any(money is not None and money.currency != currency for money in (line.total, line.goods))


def _own(line: OrderItem, currency: str) -> OrderItem:
    total = line.total if line.total and line.total.currency == currency else None
    goods = line.goods if line.goods and line.goods.currency == currency else None
    return replace(line, total=total, goods=goods)
