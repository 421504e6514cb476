"""How a store's order is drawn: what was bought, and what becomes of it."""

from __future__ import annotations

from random import Random

from entrypoints.simulator.dice import between, pick_weighted
from entrypoints.simulator.moments import DAY, HOUR, MINUTE, SECOND
from entrypoints.simulator.shopify.orders import Deed, PlannedOrder, Step
from entrypoints.simulator.shopify.stores import ShopifyStore, minor_digits, price_rate

#: Nothing drawn happens to an order later than this.
LONGEST_LIFE_MS = 45 * DAY
_UNITS = (0.62, 0.85, 0.95, 1.0)
#: The days, counted from 1970, on which a store with another currency used it: two of every sixty.
_CURRENCY_CYCLE, _CURRENCY_DAYS = 60, 2


def draw_order(
    random: Random, store: ShopifyStore, order_id: int, name: str, created_ms: int, day_number: int
) -> PlannedOrder:
    """One order with its whole life."""
    other = day_number % _CURRENCY_CYCLE < _CURRENCY_DAYS
    currency = store.other_currency if store.other_currency and other else store.currency
    units = 1 + pick_weighted(random, _UNITS)
    goods = sum(_price(random, currency) for _ in range(units))
    discount = goods // 10 if random.random() < 0.15 else 0
    shipping = 0 if random.random() < 0.4 else _minor(currency, 4.9)
    tax = round((goods - discount) * 0.08) if random.random() < 0.5 else 0
    total = goods - discount + shipping + tax
    abroad = random.random() < 0.06
    imported = random.random() < 0.01
    test = random.random() < 0.02
    steps, authorized = _life(random, units, total, goods)
    return PlannedOrder(
        id=order_id,
        shop=store.shop,
        name=name,
        created_ms=created_ms,
        processed_ms=created_ms - (between(random, 1, 20) * DAY if imported else 0),
        currency=currency,
        presentment_currency="GBP" if abroad else currency,
        test=test,
        authorized=authorized,
        units=units,
        goods=goods,
        discount=discount,
        shipping=shipping,
        tax=tax,
        steps=tuple(sorted(step._replace(at_ms=created_ms + step.at_ms) for step in steps)),
    )


def _price(random: Random, currency: str) -> int:
    return _minor(currency, between(random, 600, 9000) / 100)


def _minor(currency: str, dollars: float) -> int:
    factor: int = 10 ** minor_digits(currency)
    return round(dollars * price_rate(currency) * factor)


def _life(random: Random, units: int, total: int, goods: int) -> tuple[list[Step], bool]:
    """The steps, in time since the order, and whether the money is only authorized at first."""
    chance = random.random()
    if chance < 0.015:
        return [Step(7 * DAY, Deed.EXPIRED)], True
    if chance < 0.03:
        gone = between(random, 1 * HOUR, 50 * HOUR) // SECOND * SECOND
        # Voided first: a cancelled order changes no more.
        return [Step(gone, Deed.VOIDED), Step(gone + 2 * SECOND, Deed.TOUCHED)], True
    paid = _seconds(random, 2 * SECOND, 20 * MINUTE)
    if chance < 0.06:
        gone = _seconds(random, 1 * HOUR, 3 * DAY) + paid
        return [
            Step(paid, Deed.PAID),
            Step(gone, Deed.CANCELLED),
            Step(gone + SECOND, Deed.REFUNDED, total, units),
        ], False
    steps = [Step(paid, Deed.PAID)]
    sent = paid + _seconds(random, 4 * HOUR, 72 * HOUR)
    if units > 1 and random.random() < 0.3:
        steps.append(Step(sent, Deed.PART_SHIPPED))
        sent += _seconds(random, 6 * HOUR, 60 * HOUR)
    steps.append(Step(sent, Deed.SHIPPED))
    if random.random() < 0.04:
        edited = paid + _seconds(random, 10 * MINUTE, 3 * HOUR)
        deed = Deed.ADDED if units == 1 or random.random() < 0.5 else Deed.REMOVED
        steps.append(Step(edited, deed, goods // units, 1))
    if random.random() < 0.06:
        back = sent + _seconds(random, 3 * DAY, 30 * DAY)
        whole = random.random() < 0.5
        # Twice the total: also what was added meanwhile.
        steps.append(Step(back, Deed.REFUNDED, 2 * total if whole else goods // 3, units if whole else 0))
    if random.random() < 0.1:
        steps.append(Step(sent + _seconds(random, 12 * HOUR, 8 * DAY), Deed.TOUCHED))
    return steps, False


def _seconds(random: Random, low: int, high: int) -> int:
    """A time on a full second: Shopify's times have no fractions."""
    return between(random, low // SECOND, high // SECOND) * SECOND
