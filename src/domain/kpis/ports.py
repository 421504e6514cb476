"""What the figures' subject asks of the world. Every answer is the user's own, over all of the user's connections."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, TypeVar

from domain.audit.ports import AuditLog
from domain.connections.model import ConnectionId
from domain.kpis.advertising import (
    AdsMark,
    AdsScope,
    CampaignAds,
    DayAds,
    ProductAds,
    ProfileAds,
    SellerSales,
)
from domain.kpis.completeness import Lacking
from domain.kpis.differences import Comparison
from domain.kpis.model import BestSellers, ChannelSales, DaysSold, StockComparison, StockTotals, Volume
from domain.kpis.periods import Period
from domain.kpis.products import ProductQuestion
from domain.kpis.standing import Standing
from domain.kpis.stock_items import StockItem, StockMark, StockQuestion
from domain.kpis.versions import FiguresVersions
from domain.users.model import UserId
from domain.work import Work

Told = TypeVar("Told")
#: What was asked for, and is told when it is called. What was asked for by then, in the same moment, comes along with it:
#: so whoever asks for several things asks for all of them first.
Later = Callable[[], Told]


class SalesFigures(Protocol):
    """Read from the daily rollups: as cheap for a million orders as for a hundred."""

    def daily(
        self,
        user_id: UserId,
        channel: str,
        first: date,
        last: date,
        marketplace_id: str | None,
        statuses_from: date | None = None,
    ) -> Later[DaysSold]:
        """A channel's orders of these days, both ends included.

        One row a day and currency that has any order that counts, by day, then currency; and one a status and currency
        that has any order at all, in any order.

        Args:
            user_id: Whose sales.
            channel: Of which channel.
            first: The first day.
            last: The last one.
            marketplace_id: Of this marketplace alone.
            statuses_from: Since when orders are counted by status; ``None``: since the first day as well.
        """

    def by_channel(self, user_id: UserId, spans: Sequence[Period]) -> Later[list[ChannelSales]]:
        """One row a period, channel and currency that has any order, in that order.

        Args:
            user_id: Whose sales.
            spans: Periods without a day in common.
        """

    def best_sellers(
        self, user_id: UserId, channel: str, span: Period, question: ProductQuestion
    ) -> Later[BestSellers]:
        """What sold best in the period. Equals are ordered by SKU (or ASIN), as ``sorted`` has it, without one last."""


class Completeness(Protocol):
    """Read from the ledger and the plan of the history: as cheap for a million orders as for a hundred."""

    def lacking(
        self,
        user_id: UserId,
        first: date,
        last: date,
        marketplace_id: str | None,
        since: date | None = None,
    ) -> Later[Lacking]:
        """Days of the period that are known to lack orders, the oldest first, and what history it may still lack.

        ``since``: history from this day on is meant, which is before the period; by default from its first day on.
        """


class StockFigures(Protocol):
    """Read from the stock levels and the daily units by SKU."""

    def totals(
        self, user_id: UserId, marketplace_id: str | None, demand_from: date, demand_to: date
    ) -> StockTotals:
        """The listed stock, with ``low`` and ``out`` as ``domain.inventory.cover`` defines them.

        Units sold from ``demand_from`` to ``demand_to`` (both included) tell the demand.
        """

    def compared(
        self, user_id: UserId, demand_from: date, demand_to: date, then: date
    ) -> Later[StockComparison]:
        """The totals of all listed stock, beside what each connection's stock came to when it was counted last by ``then``.

        That day is meant in each connection's own calendar, and counts.
        """

    def items(
        self,
        user_id: UserId,
        question: StockQuestion,
        demand_from: date,
        demand_to: date,
        after: StockMark | None,
        limit: int,
    ) -> list[StockItem]:
        """The listed stock, item by item, in the order that is asked for.

        Texts are ordered by their code points. ``after`` is the ``mark`` of the item to go on behind, in the same order;
        the item itself need not be there any more.
        """


class AdvertisingFigures(Protocol):
    """Read from what was advertised each day. Of each row, what was sold is what was sold within its ``window``.

    A campaign or a profile without ads in the period is in no list.
    """

    def by_profile(
        self, user_id: UserId, spans: Sequence[Period], profile_id: str | None = None
    ) -> list[ProfileAds]:
        """One row a period, profile, ad product and currency, in any order.

        Args:
            user_id: Whose ads.
            spans: Periods without a day in common.
            profile_id: Of this profile or advertiser alone.
        """

    def daily(self, user_id: UserId, scope: AdsScope) -> list[DayAds]:
        """One row a day that has any, by day."""

    def campaigns(
        self, user_id: UserId, scope: AdsScope, after: AdsMark | None, limit: int
    ) -> list[CampaignAds]:
        """The most expensive campaigns, ranked as ``AdsMark`` has it, from behind ``after`` on."""

    def products(
        self, user_id: UserId, scope: AdsScope, after: AdsMark | None, limit: int
    ) -> list[ProductAds]:
        """The same of advertised products, each over all its campaigns and profiles."""

    def sales_of_sellers(self, user_id: UserId, spans: Sequence[Period]) -> list[SellerSales]:
        """One row a period, seller, marketplace and currency that has any order on Amazon, in any order."""


class Overview(Protocol):
    """What is there at all, and how fresh."""

    def standing(self, user_id: UserId) -> list[Standing]:
        """The user's connections of all providers: the default ones first, then the oldest first."""

    def volumes(self, user_id: UserId) -> Later[Mapping[str, Volume]]:
        """Listed SKUs and orders that count, of every channel, by its name."""


class RecountBook(Protocol):
    """The daily sums, counted once more from the orders; and when each connection's were."""

    def compare(self, connection_id: ConnectionId, limit: int) -> Comparison | None:
        """Count and compare; the differences are the first ``limit``, by day, each day's own sums first, then those of
        its statuses, then its SKUs'.

        Days that retention has reached are left out: their orders are not all there any more. Which of several ASINs
        was told last can't be counted: one differs where a SKU's sum names none, or one that no order has for the SKU,
        though an order of these days has one. ``None``: the connection is gone or being erased.
        """

    def repair(self, connection_id: ConnectionId, limit: int) -> Comparison | None:
        """Compare once nobody else changes orders of the connection, and set right what differs, and only that.

        Nobody else does until the transaction ends.
        """

    def note(
        self, connection_id: ConnectionId, at: datetime, differing: int, orders: int, repaired: bool = False
    ) -> None:
        """Keep what was found as of a moment, unless something newer is kept or the connection is gone."""

    def claim(self, today: date, most_connections: int, most_orders: int) -> ConnectionId | None:
        """The connection to be counted next, as a part of today's sample: the one counted longest ago, or never.

        Nobody else gets it today. ``None``: so many connections or orders are in the sample already, or all are.
        """

    def sync_waits(self, since: datetime, now: datetime) -> bool:
        """Whether a sync has been due since then, and nobody has begun it."""


class TruthWork(Work, Protocol):
    """The transaction in which sums are recounted."""

    @property
    def recounts(self) -> RecountBook: ...

    @property
    def figures(self) -> FiguresVersions: ...

    @property
    def audit(self) -> AuditLog: ...
