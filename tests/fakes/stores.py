"""A store outside Amazon in memory, and connections to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from domain.channels.model import HistoryStage, HistoryState, StorePage, StoreWindow
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Provider, Store
from domain.errors import NotFound, StalePage, WrongAnswer
from domain.marketplaces import Region
from domain.money import Money
from domain.orders.model import Order, OrderItem
from domain.tokens.model import AccessToken
from domain.users.model import User
from tests.fakes.things import NOW

SHOP = "acme.myshopify.com"
#: Half an hour off full hours, and hours before UTC.
STORE = Store("Acme", "CAD", "America/St_Johns", ("read_all_orders", "read_orders"))


def a_store_connection(user: User, *, shop: str = SHOP, store: Store | None = STORE) -> Connection:
    """A store that was connected an hour ago."""
    return Connection(
        id=ConnectionId(uuid4()),
        user_id=user.id,
        provider=Provider.SHOPIFY,
        seller_id=shop,
        region=Region.WORLD,
        marketplace_id=shop,
        marketplace_ids=(shop,),
        status=ConnectionStatus.CONNECTED,
        is_default=True,
        connected_at=NOW - timedelta(hours=1),
        authorized_at=NOW - timedelta(hours=1),
        store=store,
    )


def a_store_order(
    order_id: str = "1",
    *,
    created_at: datetime = NOW - timedelta(hours=2),
    updated_at: datetime = NOW - timedelta(hours=1),
    status: str = "SHIPPED",
    total: Money | None = Money(2500, "CAD"),  # noqa: B008 - frozen
    units: int = 1,
    shop: str = SHOP,
) -> Order:
    """A shipped order of 25 dollars."""
    line = OrderItem("all", None, None, None, units, None)
    return Order(order_id, shop, created_at, updated_at, status, None, total, (line,))


@dataclass
class MemoryStoreFront:
    """A store's orders, listed and gathered as a store does it; ``troubles`` are raised, one a call.

    History takes ``looks`` looks to be gathered. ``broken_files`` files break off after the first batch.
    """

    orders: list[Order] = field(default_factory=list)
    told: Store = STORE
    page_size: int = 2
    batch: int = 2
    looks: int = 0
    ready_at: datetime | None = None
    broken_files: int = 0
    failed_reason: str | None = None
    troubles: list[Exception] = field(default_factory=list)
    asked: list[tuple[StoreWindow, str | None]] = field(default_factory=list)
    begun: list[StoreWindow] = field(default_factory=list)
    gathered: dict[str, list[Order]] = field(default_factory=dict)
    looked: int = 0
    accounts_asked: int = 0

    def change(self, order: Order) -> None:
        """An order is placed, or is other than it was."""
        self.orders = [*(each for each in self.orders if each.order_id != order.order_id), order]

    def store(self, connection: Connection) -> Store:
        self._trouble()
        self.accounts_asked += 1
        return self.told

    def store_with(self, token: AccessToken, shop: str) -> Store:
        self._trouble()
        return self.told

    def changes(self, connection: Connection, window: StoreWindow, token: str | None) -> StorePage:
        self._trouble()
        self.asked.append((window, token))
        listed = sorted(self.orders, key=_place)
        listed = [each for each in listed if window.after <= each.updated_at < window.before]
        if token is not None and "|" not in token:
            raise StalePage("The cursor is not known.", channel="shopify")
        rest = [each for each in listed if token is None or _name(each) > token]
        page = rest[: self.page_size]
        more = len(rest) > len(page)
        return StorePage(
            tuple(page),
            _name(page[-1]) if more else None,
            page[-1].updated_at if page else None,
            self.ready_at,
            len(page),
        )

    def begin_history(self, connection: Connection, window: StoreWindow) -> str:
        self._trouble()
        name = f"work:{window.after.isoformat()}:{window.before.isoformat()}"
        if name not in self.gathered or self.failed_reason:
            self.begun.append(window)
            placed = [each for each in self.orders if window.after <= each.created_at < window.before]
            self.gathered[name] = sorted(placed, key=lambda each: (each.created_at, each.order_id))
        return name

    def history(self, connection: Connection, name: str) -> HistoryState:
        self._trouble()
        if name not in self.gathered:
            raise NotFound("The store does not know it.")
        self.looked += 1
        count = len(self.gathered[name])
        if self.failed_reason is not None:
            return HistoryState(HistoryStage.FAILED, reason=self.failed_reason)
        if self.looked <= self.looks:
            return HistoryState(HistoryStage.UNDER_WAY)
        return HistoryState(HistoryStage.DONE, count, name if count else None)

    def history_orders(
        self,
        connection: Connection,
        state: HistoryState,
    ) -> Iterator[Sequence[Order]]:
        self._trouble()
        if state.address is None:
            return
        orders = self.gathered[state.address]
        for start in range(0, len(orders), self.batch):
            if start and self.broken_files:
                self.broken_files -= 1
                raise WrongAnswer("The file breaks off.", channel="shopify")
            yield orders[start : start + self.batch]

    def _trouble(self) -> None:
        if self.troubles:
            raise self.troubles.pop(0)


def moved(store: Store, zone: str) -> Store:
    """The same store in another time zone."""
    return replace(store, time_zone=zone)


def _place(order: Order) -> tuple[datetime, str]:
    return order.updated_at, order.order_id


def _name(order: Order) -> str:
    return f"{order.updated_at.isoformat()}|{order.order_id}"
