"""What the inventory's subject asks of the world."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from domain.connections.model import Connection, ConnectionId
from domain.gateway.model import Patience
from domain.inventory.model import StockLevel, StockPage
from domain.users.model import UserId


class StockFeed(Protocol):
    """Stock as the channel tells it; unless said otherwise, for background work."""

    def page(
        self,
        connection: Connection,
        marketplace_id: str,
        changed_since: datetime | None,
        token: str | None,
        patience: Patience = Patience.BACKGROUND,
    ) -> StockPage:
        """One page of one marketplace: all SKUs, or those changed since a moment.

        The page token lives 30 seconds, and everything else must be asked for unchanged with it.

        Raises:
            StalePage: the token has expired: start the listing again.
            NoFulfilmentByAmazon: this seller keeps no stock with Amazon here.
            ChannelError: any of the gateway's.

        Source: SP-API, ``getInventorySummaries``.
        """


class StockBook(Protocol):
    """All stock levels."""

    def save_page(
        self,
        connection_id: ConnectionId,
        marketplace_id: str,
        levels: Sequence[StockLevel],
        pass_id: str,
        seen_at: datetime,
    ) -> int:
        """Keep a page of levels, marked with the pass that saw them, set-based, in the open transaction.

        The seller's own reorder points stay. Returns how many SKUs were new, listed again, or other than they were.
        """

    def close_pass(self, connection_id: ConnectionId, marketplace_id: str, pass_id: str) -> int:
        """A full pass is over: SKUs it did not see are no longer listed. Returns how many went."""

    def unlist_elsewhere(self, connection_id: ConnectionId, marketplace_ids: Sequence[str]) -> int:
        """SKUs of this connection's other marketplaces are no longer listed, set-based. Returns how many went."""

    def set_reorder_point(
        self, positions: Sequence[tuple[ConnectionId, str]], sku: str, point: int | None
    ) -> int:
        """Set the seller's own reorder point of a SKU, or forget it (``None``), set-based.

        It holds for whole stocks, so for every marketplace of the named connections' stock pools. Returns in how many
        of them the SKU is known.
        """

    def keep_day(
        self, connection_id: ConnectionId, user_id: UserId, day: date, demand_from: date, counted_at: datetime
    ) -> None:
        """Count the connection's listed stock, and keep what it comes to as that of the day, in place of what was kept.

        Units sold from ``demand_from`` to the day (both included) tell the demand.
        """

    def count(self, connection_id: ConnectionId, marketplace_id: str) -> int:
        """How many SKUs are listed: what a progress bar may expect of the next pass."""
