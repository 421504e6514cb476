"""The figures of each screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.channels.limits import HistoryLimits
from domain.channels.table import SALES_CHANNELS
from domain.clock import Clock
from domain.connections.model import Connection, Provider
from domain.errors import InvalidInput, NotConnected
from domain.inventory.cover import demand_from
from domain.kpis import periods, sales
from domain.kpis.channels import ChannelScreen, side_by_side
from domain.kpis.completeness import Lacking, complete_until, is_fetched, what_lacks
from domain.kpis.executive import ExecutiveScreen
from domain.kpis.home import Home, currency_or, home_at, home_of
from domain.kpis.model import (
    BestSellers,
    ChannelSales,
    Freshness,
    StatusOrders,
    StockComparison,
    StockTotals,
    Volume,
)
from domain.kpis.performance import Performance
from domain.kpis.ports import Completeness, Later, Overview, SalesFigures, StockFigures
from domain.kpis.products import ProductKey, ProductQuestion, Ranking
from domain.kpis.sales import DayPoint, SalesSum
from domain.kpis.standing import (
    NEVER,
    Standing,
    connected_now,
    connections_of,
    counting,
    freshness,
    oldest,
    worst_off,
)
from domain.kpis.stores import stores_known
from domain.ledger.model import LedgerDay
from domain.marketplaces import MARKETPLACES
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
    """Sales of a period, beside the period before it. ``gaps`` are days of it that are known to lack orders.

    ``previous_fetched``: the orders of the period before have been fetched, so that the two can be compared.
    ``by_status`` has the cancelled orders too, which are in nothing else.
    """

    span: periods.Period
    current: SalesSum
    previous_span: periods.Period
    previous: SalesSum
    previous_fetched: bool
    by_currency: list[SalesSum]
    by_status: list[StatusOrders]
    series: list[DayPoint]
    freshness: Freshness
    gaps: Sequence[LedgerDay]


@dataclass(frozen=True)
class TopQuestion(OrdersQuestion):
    """What may be asked of the products that sold best."""

    by: ProductKey = ProductKey.SKU
    ranking: Ranking = Ranking.REVENUE
    limit: int = 50


@dataclass(frozen=True)
class TopScreen:
    """The products that sold best in a period, in one currency."""

    span: periods.Period
    question: ProductQuestion
    found: BestSellers
    freshness: Freshness


@dataclass(frozen=True)
class ChannelQuestion:
    """What may be asked of all channels together; ``None`` for the default."""

    first: date | None = None
    last: date | None = None
    currency: str | None = None


@dataclass(frozen=True)
class InventoryScreen:
    """Stock as it is."""

    totals: StockTotals
    freshness: Freshness


@dataclass(frozen=True)
class ChannelSetup:
    """How far the user is with a channel: its connections that are not disconnected, or all when every one is.

    The worst-off comes first, among equals the default one. No ``connections``: none was ever made.
    """

    provider: Provider
    connections: Sequence[Connection]
    volume: Volume


@dataclass(frozen=True)
class SetupScreen:
    """Every channel, whether or not it is connected, and how far what is here of orders and stock can be trusted."""

    channels: Sequence[ChannelSetup]
    freshness: Freshness


#: What is counted of what is here.
_COUNTED = (Resource.INVENTORY, *map(Resource.orders_of, SALES_CHANNELS))


@dataclass(frozen=True)
class Dashboards:
    """Answers the screens from what is stored; no channel is ever asked."""

    sales: SalesFigures
    stock: StockFigures
    overview: Overview
    completeness: Completeness
    performance: Performance
    clock: Clock
    limits: HistoryLimits

    def setup(self, user_id: UserId) -> SetupScreen:
        """What is connected of each channel, and what is here of it."""
        here = self.overview.volumes(user_id)
        standings, volumes = self.overview.standing(user_id), here()
        channels = [
            ChannelSetup(
                each,
                worst_off([one.connection for one in counting(standings, each)]),
                volumes.get(each.channel, Volume(0, 0)),
            )
            for each in Provider
        ]
        counted = [each for each in _COUNTED if connections_of(standings, each.provider)]
        return SetupScreen(channels, oldest([freshness(standings, each) for each in counted]))

    def orders(self, user_id: UserId, question: OrdersQuestion) -> OrdersScreen:
        """Sales of the asked period in the asked currency (default: that of the marketplace in question).

        Raises:
            NotConnected: the user never connected a seller account.
            InvalidInput: a period, currency or marketplace that can't be.
        """
        standings = self.overview.standing(user_id)
        home = _home(standings, question.marketplace_id)
        span = periods.period(question.first, question.last, home.day_of(self.clock.now()))
        currency = currency_or(question.currency, home.currency)
        before = span.before()
        days = self.sales.daily(
            user_id, Provider.AMAZON_SP.channel, before.first, span.last, question.marketplace_id, span.first
        )
        lacking = self._lacking(user_id, span, question.marketplace_id)
        sold = days()
        known, gaps, fetched = _orders_known(standings, span, question.marketplace_id, lacking())
        now = sales.of_period(sold.days, span)
        return OrdersScreen(
            span=span,
            current=sales.added(now, currency),
            previous_span=before,
            previous=sales.added(sales.of_period(sold.days, before), currency),
            previous_fetched=fetched,
            by_currency=sales.by_currency(now),
            by_status=sales.by_status(sold.statuses, currency),
            series=sales.series(now, currency, span),
            freshness=known,
            gaps=gaps,
        )

    def best_sellers(self, user_id: UserId, question: TopQuestion) -> TopScreen:
        """The products that sold best on Amazon in the asked period, in the asked currency.

        Raises:
            NotConnected: the user never connected a seller account.
            InvalidInput: a period, currency or marketplace that can't be.
        """
        standings = self.overview.standing(user_id)
        home = _home(standings, question.marketplace_id)
        span = periods.period(question.first, question.last, home.day_of(self.clock.now()))
        asked = ProductQuestion(
            currency_or(question.currency, home.currency),
            question.limit,
            question.by,
            question.ranking,
            question.marketplace_id,
        )
        found = self.sales.best_sellers(user_id, Provider.AMAZON_SP.channel, span, asked)
        lacking = self._lacking(user_id, span, question.marketplace_id)
        known, *_ = _orders_known(standings, span, question.marketplace_id, lacking())
        return TopScreen(span, asked, found(), known)

    def channels(self, user_id: UserId, question: ChannelQuestion) -> ChannelScreen:
        """All channels side by side, in one currency (default: that of the first seller account, else of the store).

        Raises:
            NotConnected: the user never connected any channel.
            InvalidInput: a period or currency that can't be.
        """
        return self._side_by_side(self._asked(user_id, question, self.overview.standing(user_id)))

    def executive(self, user_id: UserId, question: ChannelQuestion) -> ExecutiveScreen:
        """Everything at once; the period and the currency are those of ``channels``.

        Raises:
            NotConnected: the user never connected any channel.
            InvalidInput: a period or currency that can't be.
        """
        standings = self.overview.standing(user_id)
        asked = self._asked(user_id, question, standings)
        stock: Later[StockComparison] | None = None
        sellers = connections_of(standings, Provider.AMAZON_SP)
        if sellers:
            today = home_of(sellers).day_of(self.clock.now())
            stock = self.stock.compared(user_id, demand_from(today), today, asked.span.before().last)
        screen = self._side_by_side(asked)
        ads = None
        if connections_of(standings, Provider.AMAZON_ADS):
            ads = self.performance.beside(user_id, screen.span, asked.currency)
        known = freshness(standings, Resource.INVENTORY) if sellers else NEVER
        return ExecutiveScreen(screen, stock() if stock else None, known, ads, connected_now(standings))

    def inventory(self, user_id: UserId, marketplace_id: str | None) -> InventoryScreen:
        """Stock of one marketplace, or of all of them.

        Raises:
            NotConnected: the user never connected a seller account.
            InvalidInput: an unknown marketplace.
        """
        standings = self.overview.standing(user_id)
        today = _home(standings, marketplace_id).day_of(self.clock.now())
        totals = self.stock.totals(user_id, marketplace_id, demand_from(today), today)
        return InventoryScreen(totals, freshness(standings, Resource.INVENTORY))

    def _asked(
        self, user_id: UserId, question: ChannelQuestion, standings: Sequence[Standing]
    ) -> "_Channels":
        channels = [one for each in SALES_CHANNELS for one in connections_of(standings, each)]
        if not channels:
            raise NotConnected("No channel is connected: connect a seller account or a store to see figures.")
        home = home_of(channels)
        span = periods.period(question.first, question.last, home.day_of(self.clock.now()))
        return _Channels(
            standings,
            span,
            currency_or(question.currency, home.currency),
            self.sales.by_channel(user_id, (span, span.before())),
            self._lacking(user_id, span, None) if connections_of(standings, Provider.AMAZON_SP) else _nothing,
        )

    def _side_by_side(self, asked: "_Channels") -> ChannelScreen:
        known = {each.channel: self._known(asked, each) for each in SALES_CHANNELS}
        there = [each for each in known.values() if each is not None]
        whole = oldest([freshness for freshness, _ in there])
        return side_by_side(
            asked.sold(),
            asked.span,
            asked.currency,
            {name: each and each[0] for name, each in known.items()},
            whole,
            {each.channel for each in connected_now(asked.standings)},
            all(fetched for _, fetched in there),
        )

    def _known(self, asked: "_Channels", provider: Provider) -> tuple[Freshness, bool] | None:
        """How far a channel's orders of the period can be trusted, and whether those of the one before are here.

        ``None`` where it was never connected.
        """
        standings, span = asked.standings, asked.span
        if not connections_of(standings, provider):
            return None
        if provider is Provider.AMAZON_SP:
            known, _, fetched = _orders_known(standings, span, None, asked.lacking())
            return known, fetched
        now = self.clock.now()
        before = stores_known(standings, provider, span.before(), now, self.limits)
        known = stores_known(standings, provider, span, now, self.limits)
        return known, before.complete_until is not None

    def _lacking(self, user_id: UserId, span: periods.Period, marketplace_id: str | None) -> Later[Lacking]:
        """What a period is known to lack, and the one before it."""
        return self.completeness.lacking(user_id, span.first, span.last, marketplace_id, span.before().first)


@dataclass(frozen=True)
class _Channels:
    """What was asked of all channels."""

    standings: Sequence[Standing]
    span: periods.Period
    currency: str
    sold: Later[list[ChannelSales]]
    lacking: Later[Lacking]


def _nothing() -> Lacking:
    return Lacking((), ())


def _orders_known(
    standings: Sequence[Standing], span: periods.Period, marketplace_id: str | None, lacking: Lacking
) -> tuple[Freshness, Sequence[LedgerDay], bool]:
    """How far Amazon's orders of the period can be trusted, the days that are known to lack some, and whether those of
    the period before have been fetched.
    """
    read = freshness(standings, Resource.ORDERS)
    until = complete_until(read.complete_until, span, lacking, marketplace_id)
    fetched = is_fetched(read.complete_until, span.before(), lacking, marketplace_id)
    lacks = what_lacks(read.complete_until, span, lacking, marketplace_id)
    return Freshness(read.data_as_of, until, lacks=lacks), lacking.gaps, fetched


def _home(standings: Sequence[Standing], marketplace_id: str | None) -> Home:
    """The marketplace whose day and currency are meant."""
    sellers = connections_of(standings, Provider.AMAZON_SP)
    if not sellers:
        raise NotConnected("No seller account is connected: connect one to see figures.")
    if marketplace_id is None:
        return home_of(sellers)
    if marketplace_id not in MARKETPLACES:
        raise InvalidInput({"marketplaceId": "unknown marketplace"})
    return home_at(marketplace_id)
