"""The whole on one screen: each figure beside what it was in the period before."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from domain.connections.model import Provider
from domain.kpis.channels import ChannelScreen
from domain.kpis.model import Freshness, StockComparison
from domain.kpis.performance import AdsComparison
from domain.money import Money, half_even

Value = int | Decimal | Money

#: Of a change, after the point.
_PLACES = 4


@dataclass(frozen=True)
class Figure:
    """A value and the one before. ``None``: not known, or there is none."""

    value: Value | None
    previous: Value | None = None

    @property
    def change(self) -> Decimal | None:
        """(value − previous) ÷ previous, to four decimals; ``None`` where the previous one is zero, or one is unknown."""
        if self.value is None or self.previous is None:
            return None
        value, parts = _exactly(self.value)
        previous, previous_parts = _exactly(self.previous)
        if previous == 0:
            return None
        more, than = value * previous_parts - previous * parts, previous * parts
        return Decimal(half_even(more * 10**_PLACES, than)).scaleb(-_PLACES)


@dataclass(frozen=True)
class ExecutiveScreen:
    """Sales of all channels and advertising in one currency, and the stock as it is beside what it was before the period.

    ``stock`` is ``None`` where no channel that tells of stock was ever connected, ``advertising`` where that was not:
    figures outlive their connections. ``connected`` are those that are connected now, so that more will come.
    """

    sales: ChannelScreen
    stock: StockComparison | None
    stock_freshness: Freshness
    advertising: AdsComparison | None
    connected: Collection[Provider]


def _exactly(value: Value) -> tuple[int, int]:
    """So many of so large parts, in whole numbers: to divide decimals takes several times as long."""
    return (value.minor, 1) if isinstance(value, Money) else value.as_integer_ratio()
