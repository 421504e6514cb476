"""The list of the stock, and the reorder points that the seller sets in it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from domain.audit.model import Action, AuditEntry
from domain.clock import Clock
from domain.connections.model import Provider
from domain.connections.work import ConnectionWork
from domain.errors import InvalidInput, NotConnected, NotFound
from domain.events.model import Event
from domain.inventory.cover import LARGEST_REORDER_POINT, demand_from
from domain.kpis.home import home_at, home_of
from domain.kpis.model import Freshness
from domain.kpis.periods import Period
from domain.kpis.ports import Overview, StockFigures
from domain.kpis.standing import Standing, connections_of, freshness
from domain.kpis.stock_items import StockItem, StockMark, StockQuestion, mark
from domain.marketplaces import find
from domain.sync.model import Resource
from domain.users.model import User, UserId, Visitor

#: Items that are read at once where all are wanted.
AT_ONCE = 5_000
#: The positions of one SKU are few: one for each stock of each connection.
_ALL_OF_A_SKU = 10_000


@dataclass(frozen=True)
class StockList:
    """A page of the list. No ``onward``: the last one."""

    items: list[StockItem]
    onward: StockMark | None
    freshness: Freshness


@dataclass(frozen=True)
class Stock:
    """Answers from what is stored; no channel is ever asked."""

    work: Callable[[], ConnectionWork]
    figures: StockFigures
    overview: Overview
    clock: Clock

    def page(
        self, user_id: UserId, question: StockQuestion, after: StockMark | None, limit: int
    ) -> StockList:
        """A page of the listed stock.

        Raises:
            NotConnected: the user never connected a seller account.
            NotFound: no such connection, or somebody else's.
            InvalidInput: an unknown marketplace.
        """
        standings = self.overview.standing(user_id)
        demand = self._demand(standings, question)
        found = self._items(user_id, question, demand, after, limit + 1)
        onward = mark(found[limit - 1], question.order) if len(found) > limit else None
        return StockList(found[:limit], onward, freshness(standings, Resource.INVENTORY))

    def all(
        self, user_id: UserId, question: StockQuestion, at_once: int = AT_ONCE
    ) -> Iterator[list[StockItem]]:
        """All of the listed stock, in pieces. Nothing is open between two of them.

        Raises:
            NotConnected, NotFound, InvalidInput: as for a page, when the first piece is drawn.
        """
        demand = self._demand(self.overview.standing(user_id), question)
        after: StockMark | None = None
        while items := self._items(user_id, question, demand, after, at_once):
            yield items
            if len(items) < at_once:
                return
            after = mark(items[-1], question.order)

    def known(self, user_id: UserId) -> Freshness:
        """How far the list can be trusted, as a page of it says; unknown where there is none."""
        return freshness(self.overview.standing(user_id), Resource.INVENTORY)

    def of_sku(self, user_id: UserId, question: StockQuestion) -> list[StockItem]:
        """The stocks of the SKU that the question names: where it lies, of each connection that lists it.

        Raises:
            NotFound: it is listed nowhere of what was asked for, or no such connection.
            InvalidInput: an unknown marketplace.
        """
        try:
            demand = self._demand(self.overview.standing(user_id), question)
        except NotConnected as error:
            raise NotFound("No such SKU is listed.") from error
        found = self._items(user_id, question, demand, None, _ALL_OF_A_SKU)
        if not found:
            raise NotFound("No such SKU is listed.")
        return found

    def set_reorder_point(
        self, user: User, visitor: Visitor, question: StockQuestion, point: int | None
    ) -> list[StockItem]:
        """Set the user's own reorder point of a SKU in all stocks that the question means; ``None``: the computed one.

        Returns them as they are now.

        Raises:
            NotFound: as for ``of_sku``.
            InvalidInput: an unknown marketplace, or a point that can't be.
        """
        if point is not None and not 0 <= point <= LARGEST_REORDER_POINT:
            raise InvalidInput({"reorderPoint": f"must be from 0 to {LARGEST_REORDER_POINT}"})
        items = self.of_sku(user.id, question)
        sku, now = items[0].sku, self.clock.now()
        with self.work() as work:
            work.stock.set_reorder_point(
                [(each.connection_id, each.stock_pool) for each in items], sku, point
            )
            work.audit.append_all([self._entry(user, visitor, each, point) for each in items])
            for connection_id in dict.fromkeys(each.connection_id for each in items):
                said = {"connection_id": str(connection_id), "sku": sku, "reorder_point": point}
                work.outbox.append(Event(user.id, "inventory.changed", now, said))
            work.figures.changed(user.id)
            work.commit()
        return [replace(each, own=point) for each in items]

    def _entry(self, user: User, visitor: Visitor, item: StockItem, point: int | None) -> AuditEntry:
        chosen = "computed" if point is None else str(point)
        details = {"sku": item.sku, "marketplace_id": item.marketplace_id, "reorder_point": chosen}
        return AuditEntry(
            uuid4(),
            self.clock.now(),
            user.id,
            Action.REORDER_POINT_CHANGED,
            visitor.acting_for(user),
            visitor.address,
            item.connection_id,
            details,
        )

    def _items(
        self, user_id: UserId, question: StockQuestion, demand: Period, after: StockMark | None, limit: int
    ) -> list[StockItem]:
        return self.figures.items(user_id, question, demand.first, demand.last, after, limit)

    def _demand(self, standings: Sequence[Standing], question: StockQuestion) -> Period:
        """The days whose sales tell the demand: up to today, as the marketplace in question or the home has it."""
        if question.connection_id not in (None, *(each.connection.id for each in standings)):
            raise NotFound("There is no such connection.")
        sellers = connections_of(standings, Provider.AMAZON_SP)
        if not sellers:
            raise NotConnected("No seller account is connected: connect one to see figures.")
        if question.marketplace_id is not None and find(question.marketplace_id) is None:
            raise InvalidInput({"marketplaceId": "unknown marketplace"})
        home = home_at(question.marketplace_id) if question.marketplace_id else home_of(sellers)
        today = home.day_of(self.clock.now())
        return Period(demand_from(today), today)
