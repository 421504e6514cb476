"""Channels: where a seller's customers buy. Amazon is one; stores of the seller's own are others, and alike to us."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.orders.model import Order

#: How far a signed moment may be from ours, before or after: as long as a state lives, and clocks that go wrong by less
#: lock nobody out.
LATEST = timedelta(minutes=10)

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


@dataclass(frozen=True)
class HistoryLimit:
    """A store tells of the orders of its latest ``days`` only.

    ``cause`` says in a few words what it lacks, ``because`` in whole sentences, with what helps.
    """

    days: int
    cause: str
    because: str


@dataclass(frozen=True)
class StoreWords:
    """What a channel calls things, for sentences to its users.

    ``not_a_store`` says what a store's name looks like, ``reading`` is the scope without which no order can be read,
    ``console`` is where an application is looked after, and ``base_setting`` names the variable with the base address.
    """

    not_a_store: str
    reading: str
    console: str
    base_setting: str


#: Parameters of a query, decoded, in the order in which they came.
Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Returned:
    """What a browser has brought back from a store's consent page.

    ``denied``: the owner gave none. ``whole``: all is there that belongs to a consent. ``signed``: the channel has signed
    just this; ``recent``: not long ago.
    """

    state: str | None
    shop: str | None
    code: str | None
    denied: bool
    whole: bool
    signed: bool
    recent: bool


@dataclass(frozen=True)
class Message:
    """What came. ``id`` is the same when it is repeated; ``triggered_at`` is when it happened, as the channel has it."""

    topic: str
    body: bytes = field(repr=False)
    signature: str
    id: str = ""
    triggered_at: datetime | None = None


class Subject(StrEnum):
    """What a message is about, as far as that matters to us."""

    CUSTOMERS = "customers"  # somebody wants what is kept of them, or wants it forgotten
    FORGET = "forget"  # all of the store is to be forgotten
    UNINSTALLED = "uninstalled"  # our application is not the store's any more


@dataclass(frozen=True)
class Told:
    """A message that the channel has signed. ``topic`` is the subject in the channel's own words."""

    subject: Subject
    topic: str
    shop: str
