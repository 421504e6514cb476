"""The whole on one screen: each figure beside what it was in the period before."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from domain.connections.model import Provider
from domain.kpis.channels import ChannelScreen
from domain.kpis.model import Freshness, StockComparison
from domain.kpis.performance import AdsComparison
from domain.money import Money

Value = int | Decimal | Money

_PLACES = Decimal("0.0001")


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
        value, previous = _plain(self.value), _plain(self.previous)
        if previous == 0:
            return None
        return ((value - previous) / previous).quantize(_PLACES, rounding=ROUND_HALF_EVEN)


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


def _plain(value: Value) -> Decimal:
    return Decimal(value.minor) if isinstance(value, Money) else Decimal(value)
