"""SP-API in the vendor's vocabulary, through the gateway: orders, stock and seller accounts.

Source: SP-API documentation and Amazon's models; the operations' parameters are theirs.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from adapters.amazon.wire.inventory import stock_page
from adapters.amazon.wire.orders import order_page
from adapters.amazon.wire.sellers import ordered, participations
from domain.connections.model import Connection, Participation
from domain.errors import NoFulfilmentByAmazon, StalePage, UpstreamRefused
from domain.gateway import operations
from domain.gateway.call import Gateway
from domain.gateway.model import Call, Patience
from domain.inventory.model import StockPage
from domain.orders.model import OrderPage, OrderWindow
from domain.tokens.model import AccessToken

#: Status and money, and nothing about the buyer.
_ORDER_DATA = "PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT"
_ORDERS_A_PAGE = 100


@dataclass(frozen=True)
class AmazonOrders:
    """Orders through ``searchOrders`` (2026-01-01); their number through ``getOrderMetrics``."""

    gateway: Gateway

    def page(
        self,
        connection: Connection,
        window: OrderWindow,
        token: str | None,
        patience: Patience = Patience.BACKGROUND,
    ) -> OrderPage:
        """One page; see ``domain.orders.ports.OrderFeed``."""
        query = {
            "lastUpdatedAfter": _z(window.after),
            "lastUpdatedBefore": _z(window.before),
            "marketplaceIds": ",".join(window.marketplace_ids),
            "maxResultsPerPage": str(_ORDERS_A_PAGE),
            "includedData": _ORDER_DATA,
        }
        if token is not None:
            query["paginationToken"] = token
        call = Call(operations.SEARCH_ORDERS, query)
        try:
            return self.gateway.call(connection, call, order_page, patience)
        except UpstreamRefused as error:
            raise _stale(error, token) from error

    def estimate(
        self, connection: Connection, window: OrderWindow, patience: Patience = Patience.BACKGROUND
    ) -> int:
        """About how many orders the window holds; see ``domain.orders.ports.OrderFeed``."""
        return sum(self._metric(connection, window, one, patience) for one in window.marketplace_ids)

    def _metric(
        self, connection: Connection, window: OrderWindow, marketplace_id: str, patience: Patience
    ) -> int:
        query = {
            "marketplaceIds": marketplace_id,
            "interval": f"{_z(window.after)}--{_z(window.before)}",
            "granularity": "Total",
        }
        return self.gateway.call(connection, Call(operations.ORDER_METRICS, query), ordered, patience)


@dataclass(frozen=True)
class AmazonStock:
    """Stock through ``getInventorySummaries`` (FBA Inventory v1)."""

    gateway: Gateway

    def page(
        self,
        connection: Connection,
        marketplace_id: str,
        changed_since: datetime | None,
        token: str | None,
        patience: Patience = Patience.BACKGROUND,
    ) -> StockPage:
        """One page; see ``domain.inventory.ports.StockFeed``."""
        query = {
            "granularityType": "Marketplace",
            "granularityId": marketplace_id,
            "marketplaceIds": marketplace_id,
            "details": "true",
        }
        if changed_since is not None:
            query["startDateTime"] = _z(changed_since)
        if token is not None:
            query["nextToken"] = token
        call = Call(operations.INVENTORY_SUMMARIES, query)
        try:
            return self.gateway.call(connection, call, stock_page, patience)
        except UpstreamRefused as error:
            # Amazon writes the code with and without a blank.
            invalid = "InvalidInput" in str(error).replace(" ", "")
            if token is None and invalid and changed_since is None:
                raise NoFulfilmentByAmazon(str(error), request_id=error.request_id) from error
            raise _stale(error, token) from error


@dataclass(frozen=True)
class AmazonSellers:
    """Seller accounts through the Sellers API v1."""

    gateway: Gateway

    def participations(self, connection: Connection, patience: Patience) -> list[Participation]:
        """Where the seller may sell; see ``domain.connections.ports.SellerAccounts``."""
        return self.gateway.call(
            connection, Call(operations.MARKETPLACE_PARTICIPATIONS), participations, patience
        )

    def participations_with(self, token: AccessToken, connection: Connection) -> list[Participation]:
        """The same with a lent token; see ``domain.connections.ports.SellerAccounts``."""
        lent = AmazonSellers(replace(self.gateway, tokens=_Lent(token)))
        return lent.participations(connection, Patience.INTERACTIVE)


@dataclass(frozen=True)
class _Lent:
    """One token, for whatever it is asked; there is no other one when it is refused."""

    token: AccessToken

    def for_connection(self, connection_id: UUID) -> AccessToken:  # noqa: ARG002 - the port's signature
        return self.token

    def refused(self, connection_id: UUID, token: AccessToken) -> None:
        """Nothing can be done about it here."""


def _stale(error: UpstreamRefused, token: str | None) -> UpstreamRefused | StalePage:
    """A 400 to a page that was asked for with a token means, as a rule, that the token has run out."""
    return error if token is None else StalePage(str(error), request_id=error.request_id)


def _z(moment: datetime) -> str:
    """The moment as SP-API wants it: to the millisecond, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
