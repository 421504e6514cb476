"""Channels: where a seller's customers buy. Amazon is one; stores of the seller's own are others, and alike to us."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.orders.model import Order

#: What revenue means on every channel, so that they compare.
REVENUE = (
    "order totals with tax, shipping and discounts, before refunds, on the day of the order; cancelled, never paid and "
    "test orders are left out"
)


@dataclass(frozen=True)
class StoreWindow:
    """Orders changed from ``after`` until ``before`` (both aware, UTC); for history, orders placed then."""

    after: datetime
    before: datetime


@dataclass(frozen=True)
class StorePage:
    """One page of a window, the oldest changes first; no ``next_token``: the last one.

    ``changed_until`` is when the page's last order was changed; ``ready_at``: not before then may the next page be
    asked for, as the store's limit has it. ``listed`` counts what the page named, those it left out included.
    """

    orders: tuple[Order, ...]
    next_token: str | None
    changed_until: datetime | None = None
    ready_at: datetime | None = None
    listed: int = 0


class HistoryStage(StrEnum):
    """Where a history stands that a store was asked for."""

    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class HistoryState:
    """``records`` says how many orders it holds; ``reason`` why it failed, in the channel's words.

    ``address`` is where the orders can be fetched; ``None`` with ``DONE``: there are none.
    """

    stage: HistoryStage
    records: int = 0
    address: str | None = None
    reason: str | None = None
