"""What Amazon counts, through ``getOrderMetrics`` (Sales v1)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from adapters.amazon.wire.sales import day_counts
from domain.connections.model import Connection
from domain.gateway import operations
from domain.gateway.call import Gateway
from domain.gateway.model import Call, Patience
from domain.ledger.model import DayCount
from domain.marketplaces import MARKETPLACES, Marketplace


@dataclass(frozen=True)
class AmazonSalesMetrics:
    """Orders, units and goods of each day."""

    gateway: Gateway

    def daily(self, connection: Connection, marketplace_id: str, first: date, last: date) -> list[DayCount]:
        """Each day from ``first`` to ``last``; see ``domain.ledger.ports.SalesMetrics``."""
        marketplace = MARKETPLACES[marketplace_id]
        query = {
            "marketplaceIds": marketplace_id,
            "interval": f"{_begin(marketplace, first)}--{_begin(marketplace, last + timedelta(days=1))}",
            "granularity": "Day",
            "granularityTimeZone": marketplace.time_zone,
        }
        read = partial(day_counts, marketplace=marketplace, first=first, last=last)
        return self.gateway.call(connection, Call(operations.ORDER_METRICS, query), read, Patience.BACKGROUND)


def _begin(marketplace: Marketplace, day: date) -> str:
    """The begin of the day with the offset that holds there and then, as Amazon wants it."""
    return marketplace.begin_of(day).astimezone(ZoneInfo(marketplace.time_zone)).isoformat(timespec="seconds")
