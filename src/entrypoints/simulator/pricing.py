"""What an order's line costs: whole minor units, so that sums are exact."""

from __future__ import annotations

from random import Random

from entrypoints.simulator.catalogue import Product
from entrypoints.simulator.dice import between
from entrypoints.simulator.marketplaces import Marketplace
from entrypoints.simulator.orders import Amounts


def price(random: Random, product: Product, marketplace: Marketplace, quantity: int, prime: bool) -> Amounts:
    """The amounts of a line.

    Buyers of Prime pay no shipping. Tax is added in the marketplaces that add it at the checkout; elsewhere
    prices include it and the part is 0.
    """
    unit_price = product.price_minor(marketplace)
    item = unit_price * quantity
    shipping = 0 if prime or random.random() < 0.3 else _fee(random, marketplace, 299, 899)
    gift_wrap = _fee(random, marketplace, 250, 450) if random.random() < 0.06 else 0
    discount = item * between(random, 5, 25) // 100 if random.random() < 0.18 else 0
    tax = round((item + shipping + gift_wrap - discount) * marketplace.added_tax)
    return Amounts(unit_price, item, shipping, gift_wrap, tax, discount)


def _fee(random: Random, marketplace: Marketplace, low_cents: int, high_cents: int) -> int:
    cents = between(random, low_cents, high_cents)
    return round(cents / 100 * marketplace.price_rate * marketplace.minor_units)


FREE = Amounts(unit_price=0, item=0, shipping=0, gift_wrap=0, tax=0, discount=0)
