"""Channels side by side: what each of them contributes, in one currency."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.kpis.model import ChannelSales, Freshness
from domain.kpis.periods import Period
from domain.kpis.sales import SalesSum, added, by_currency

#: Shares are told to one decimal of a per cent.
_WHOLE = 1000


@dataclass(frozen=True)
class ChannelFigures:
    """One channel's sales in a period and in the one before, with its ``share`` of all revenue in per cent.

    ``freshness`` is of this channel's orders; ``None`` where it was never connected. ``connected``: it is now, so that
    more will come.
    """

    channel: str
    current: SalesSum
    previous: SalesSum
    share: Decimal
    previous_share: Decimal
    freshness: Freshness | None
    connected: bool


@dataclass(frozen=True)
class ChannelScreen:
    """All channels in one currency; those of other currencies are in ``by_currency`` alone.

    ``previous_fetched``: all channels' orders of the period before are here, so that the two can be compared.
    """

    span: Period
    previous_span: Period
    channels: tuple[ChannelFigures, ...]
    current: SalesSum
    previous: SalesSum
    by_currency: tuple[SalesSum, ...]
    preferred: str | None
    freshness: Freshness
    previous_fetched: bool


def shares(amounts: Sequence[int]) -> list[Decimal]:
    """Each amount ÷ their sum × 100, to one decimal; all zero where the sum is not above zero.

    They add up to exactly 100.0: each is rounded down, and the tenths that are left go to those that lost most by it
    (the earlier ones, where they lost the same). So none is a tenth or more away from the exact share.
    """
    total = sum(amounts)
    if total <= 0:
        return [Decimal("0.0")] * len(amounts)
    tenths = [amount * _WHOLE // total for amount in amounts]
    lost = [amount * _WHOLE % total for amount in amounts]
    most_first = sorted(range(len(amounts)), key=lambda number: -lost[number])
    for number in most_first[: _WHOLE - sum(tenths)]:
        tenths[number] += 1
    return [Decimal(each).scaleb(-1) for each in tenths]


def preferred(amounts: Mapping[str, int]) -> str | None:
    """The channel with the most; ``None`` on a tie, and where nobody has anything."""
    most = max(amounts.values(), default=0)
    leading = [channel for channel, amount in amounts.items() if amount == most]
    return leading[0] if most > 0 and len(leading) == 1 else None


def side_by_side(
    rows: Sequence[ChannelSales],
    span: Period,
    currency: str,
    channels: Mapping[str, Freshness | None],
    freshness: Freshness,
    connected: Collection[str],
    previous_fetched: bool = False,
) -> ChannelScreen:
    """The channels of these names, in this order.

    Args:
        rows: Of ``span`` and of the period before it, in any currency.
        span: The period that is meant.
        currency: In which the channels are compared.
        channels: Which there are, with the freshness of those that were ever connected.
        freshness: Of them all.
        connected: Those that are connected now.
        previous_fetched: All channels' orders of the period before are here.
    """
    before = span.before()
    now = {name: _of(rows, span, name, currency) for name in channels}
    then = {name: _of(rows, before, name, currency) for name in channels}
    revenue = {name: sales.revenue.minor for name, sales in now.items()}
    present, past = shares(list(revenue.values())), shares([each.revenue.minor for each in then.values()])
    known = [row for row in rows if row.channel in channels]
    current = [row for row in known if row.span == span]
    return ChannelScreen(
        span=span,
        previous_span=before,
        channels=tuple(
            ChannelFigures(
                name, now[name], then[name], present[number], past[number], fresh, name in connected
            )
            for number, (name, fresh) in enumerate(channels.items())
        ),
        current=added(current, currency),
        previous=added([row for row in known if row.span == before], currency),
        by_currency=tuple(by_currency(current)),
        preferred=preferred(revenue),
        freshness=freshness,
        previous_fetched=previous_fetched,
    )


def _of(rows: Sequence[ChannelSales], span: Period, channel: str, currency: str) -> SalesSum:
    return added([row for row in rows if row.channel == channel and row.span == span], currency)
