"""What the ledger asks of the world."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from domain.connections.model import Connection, ConnectionId
from domain.ledger.model import DayCount, LedgerDay, OrdersKnown, OwnCount, Verdict
from domain.users.model import UserId


class SalesMetrics(Protocol):
    """What Amazon counts, for background work."""

    def daily(self, connection: Connection, marketplace_id: str, first: date, last: date) -> list[DayCount]:
        """Each day from ``first`` to ``last`` (both included, the marketplace's own), in order; one call.

        Raises:
            ChannelError: any of the gateway's.

        Source: SP-API, ``getOrderMetrics``.
        """


class LedgerBook(Protocol):
    """The ledger: one line per connection, marketplace and day."""

    def lines(self, connection_id: ConnectionId) -> list[LedgerDay]:
        """All lines of a connection, by marketplace and day."""

    def asked(self, connection_id: ConnectionId, counts: Sequence[DayCount], at: datetime) -> None:
        """Keep what Amazon counted. Known days keep verdict, repairs and our count until they are compared anew.

        Raises:
            NotFound: the connection is gone.
        """

    def pending(self, connection_id: ConnectionId, until: datetime, limit: int) -> list[LedgerDay]:
        """Up to ``limit`` answers of Amazon's, until that moment, that were not compared yet; by marketplace, day."""

    def own(
        self,
        connection_id: ConnectionId,
        marketplace_id: str,
        first: date,
        last: date,
        currency: str,
        moved_after: datetime,
    ) -> list[OwnCount]:
        """What we count of these days, by day; days without any order are left out.

        Orders from outside Amazon don't count, nor do cancelled ones; goods only add up in that currency.
        """

    def settle(self, lines: Sequence[LedgerDay]) -> None:
        """Keep verdicts, our counts, repairs and ``settled_at`` of lines that are there."""

    def forget_before(self, connection_id: ConnectionId, marketplace_id: str, day: date) -> int:
        """Drop the lines of a marketplace before that day; returns how many."""

    def orders_known(self, connection_id: ConnectionId) -> OrdersKnown:
        """How far the connection's orders are read, and how far back they are kept."""

    def gaps(self, user_id: UserId, limit: int) -> list[LedgerDay]:
        """Days of the user's connections that are known to be incomplete, the newest first."""

    def newest_gaps(self, user_id: UserId, each: int) -> list[LedgerDay]:
        """The same, but no more than ``each`` of a connection."""

    def verdicts(self, user_id: UserId) -> Mapping[ConnectionId, Mapping[Verdict, int]]:
        """How many days of each of the user's connections have which verdict; without those that none has."""
