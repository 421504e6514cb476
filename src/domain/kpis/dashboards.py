"""The figures of each screen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.clock import Clock
from domain.connections.model import Connection, Provider
from domain.connections.work import ConnectionWork
from domain.errors import InvalidInput, NotConnected
from domain.inventory.cover import DEMAND_DAYS
from domain.kpis import periods, sales
from domain.kpis.completeness import complete_until
from domain.kpis.model import Freshness, StockTotals, Volume
from domain.kpis.ports import Completeness, Overview, SalesFigures, StockFigures
from domain.kpis.sales import DayPoint, SalesSum
from domain.ledger.model import LedgerDay
from domain.marketplaces import DEFAULT_MARKETPLACE_ID, MARKETPLACES, Marketplace
from domain.sync.model import Resource
from domain.users.model import UserId


@dataclass(frozen=True)
class OrdersQuestion:
    """What the orders' screen may be asked; ``None`` for the default."""

    first: date | None = None
    last: date | None = None
    marketplace_id: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class OrdersScreen:
    """Sales of a period, beside the period before it. ``gaps`` are days of it that are known to lack orders."""

    span: periods.Period
    current: SalesSum
    previous_span: periods.Period
    previous: SalesSum
    by_currency: list[SalesSum]
    series: list[DayPoint]
    freshness: Freshness
    gaps: Sequence[LedgerDay]


@dataclass(frozen=True)
class InventoryScreen:
    """Stock as it is."""

    totals: StockTotals
    freshness: Freshness


@dataclass(frozen=True)
class AmazonSetup:
    """How far the user is with Amazon. No ``connection``: none was ever made."""

    connection: Connection | None
    volume: Volume


@dataclass(frozen=True)
class Dashboards:
    """Answers the screens from what is stored; no channel is ever asked."""

    look: Callable[[], ConnectionWork]
    sales: SalesFigures
    stock: StockFigures
    overview: Overview
    completeness: Completeness
    clock: Clock

    def setup(self, user_id: UserId) -> AmazonSetup:
        """What is connected, and what is here."""
        connections = self._connections(user_id)
        return AmazonSetup(
            next(iter(connections), None), self.overview.volume(user_id, Provider.AMAZON_SP.channel)
        )

    def orders(self, user_id: UserId, question: OrdersQuestion) -> OrdersScreen:
        """Sales of the asked period in the asked currency (default: that of the marketplace in question).

        Raises:
            NotConnected: the user never connected a seller account.
            InvalidInput: a period, currency or marketplace that can't be.
        """
        home = self._home(user_id, question.marketplace_id)
        span = periods.period(question.first, question.last, home.day_of(self.clock.now()))
        currency = _currency(question.currency) or home.currency
        before = span.before()
        rows = self.sales.daily(
            user_id, Provider.AMAZON_SP.channel, before.first, span.last, question.marketplace_id
        )
        lacking = self.completeness.lacking(user_id, span.first, span.last, question.marketplace_id)
        freshness = self.overview.freshness(user_id, Resource.ORDERS)
        until = complete_until(freshness.complete_until, span, lacking, question.marketplace_id)
        return OrdersScreen(
            span=span,
            current=sales.total(rows, currency, span),
            previous_span=before,
            previous=sales.total(rows, currency, before),
            by_currency=sales.by_currency(rows, span),
            series=sales.series(rows, currency, span),
            freshness=replace(freshness, complete_until=until),
            gaps=lacking.gaps,
        )

    def inventory(self, user_id: UserId, marketplace_id: str | None) -> InventoryScreen:
        """Stock of one marketplace, or of all of them.

        Raises:
            NotConnected: the user never connected a seller account.
            InvalidInput: an unknown marketplace.
        """
        today = self._home(user_id, marketplace_id).day_of(self.clock.now())
        totals = self.stock.totals(user_id, marketplace_id, today - timedelta(days=DEMAND_DAYS - 1), today)
        return InventoryScreen(totals, self.overview.freshness(user_id, Resource.INVENTORY))

    def _home(self, user_id: UserId, marketplace_id: str | None) -> Marketplace:
        """The marketplace whose day and currency are meant."""
        connections = self._connections(user_id)
        if not connections:
            raise NotConnected("No seller account is connected: connect one to see figures.")
        if marketplace_id is None:
            marketplace_id = connections[0].marketplace_id
        elif marketplace_id not in MARKETPLACES:
            raise InvalidInput({"marketplaceId": "unknown marketplace"})
        return MARKETPLACES.get(marketplace_id, MARKETPLACES[DEFAULT_MARKETPLACE_ID])

    def _connections(self, user_id: UserId) -> list[Connection]:
        with self.look() as work:
            return work.connections.of_user(user_id, Provider.AMAZON_SP)


def _currency(text: str | None) -> str | None:
    """A currency that some marketplace is paid in."""
    if text is None:
        return None
    if text not in {marketplace.currency for marketplace in MARKETPLACES.values()}:
        raise InvalidInput({"currency": "unknown currency"})
    return text
