"""Known complete: what Amazon counts of a marketplace's day, beside what we count."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.connections.model import ConnectionId

#: Statuses of orders that have no prices yet.
PENDING = frozenset({"PENDING", "PENDING_AVAILABILITY"})


class Verdict(StrEnum):
    """What the latest comparison came to."""

    OPEN = "open"  # none yet, or too much was moving while Amazon counted
    AGREES = "agrees"
    GAP = "gap"  # something is missing; it is fetched again
    LASTING = "lasting"  # fetching it again did not help

    @property
    def is_incomplete(self) -> bool:
        """Whether the day is known to lack something."""
        return self in (Verdict.GAP, Verdict.LASTING)


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
class OwnCount:
    """What we count of a day, and what of it makes the comparison uncertain.

    ``moved`` and ``moved_cancelled`` are orders that changed about when Amazon counted, or later: those that count,
    and those that are cancelled by now. Of the orders that count, ``awaited`` are pending and have no price yet, and
    ``unpriced`` have none although they are not pending.
    """

    count: DayCount
    moved: int = 0
    moved_cancelled: int = 0
    awaited: int = 0
    unpriced: int = 0


@dataclass(frozen=True)
class LedgerDay:
    """One line of the ledger: Amazon's latest answer, and what the latest comparison came to.

    Without ``settled_at`` Amazon's answer has not been compared yet; ``verdict`` and ``ours`` are then those of the
    answer before. ``repairs`` counts how often the day was fetched again since the two last agreed.
    """

    connection_id: ConnectionId
    amazon: DayCount
    asked_at: datetime  # when the answer was there
    verdict: Verdict = Verdict.OPEN
    ours: DayCount | None = None
    repairs: int = 0
    settled_at: datetime | None = None


@dataclass(frozen=True)
class OrdersKnown:
    """How far the connection's orders are read, and when more is read; ``None``: not yet, and not any more.

    Orders placed before ``purged_before`` are not kept any more.
    """

    until: datetime | None
    next_run_at: datetime | None
    purged_before: datetime | None = None
