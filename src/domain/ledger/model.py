"""Known complete: what Amazon counts of a marketplace's day, beside what we count."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.connections.model import ConnectionId


class Verdict(StrEnum):
    """What a comparison came to."""

    OPEN = "open"  # not yet: our orders don't reach up to Amazon's answer
    AGREES = "agrees"
    GAP = "gap"  # something is missing; it is fetched again
    LASTING = "lasting"  # fetching it again did not help: it is shown


@dataclass(frozen=True)
class DayCount:
    """A marketplace's day: orders that are not cancelled, their units, and what the goods cost in minor units.

    Without shipping, tax, wrapping and discounts; ``currency`` is the marketplace's.
    """

    marketplace_id: str
    day: date
    orders: int
    units: int
    goods_minor: int
    currency: str


@dataclass(frozen=True)
class LedgerDay:
    """One line of the ledger. ``ours`` is there once the two were compared."""

    connection_id: ConnectionId
    amazon: DayCount
    asked_at: datetime
    verdict: Verdict
    ours: DayCount | None = None
    repairs: int = 0  # how often the day was fetched again
    settled_at: datetime | None = None
