"""Amazon, playing a script: feeds over given lists, and a wire that plays answers."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from domain.connections.model import Connection, Participation
from domain.errors import AccessDenied, NoFulfilmentByAmazon, StalePage
from domain.gateway.model import Answer, Call, Patience
from domain.inventory.model import StockLevel, StockPage
from domain.marketplaces import MARKETPLACES, Region
from domain.orders.model import Order, OrderPage, OrderWindow
from domain.tokens.model import AccessToken
from tests.fakes.clock import HeldClock
from tests.fakes.report_channel import ScriptedReports

Row = TypeVar("Row")


@dataclass
class _Troubled:
    """Raises what is in ``trouble``, one for each call; ``None`` lets a call through."""

    trouble: deque[Exception | None] = field(default_factory=deque)

    def _suffer(self) -> None:
        error = self.trouble.popleft() if self.trouble else None
        if error is not None:
            raise error


@dataclass
class ScriptedOrders(_Troubled):
    """Orders of the list ``orders`` that changed in the window, a page at a time. Tokens are ``page:2``, ``page:3``, …

    ``asked`` remembers each window and token, ``patience`` who waited; ``window_end`` is the end Amazon says it used, by default the asked one.
    """

    orders: list[Order] = field(default_factory=list)
    page_size: int = 100
    window_end: datetime | None = None
    asked: list[tuple[OrderWindow, str | None]] = field(default_factory=list)
    patience: list[Patience] = field(default_factory=list)
    estimates: int = 0
    estimate_trouble: deque[Exception | None] = field(default_factory=deque)
    stale_tokens: set[str] = field(default_factory=set)

    def page(
        self,
        connection: Connection,
        window: OrderWindow,
        token: str | None,
        patience: Patience = Patience.BACKGROUND,
    ) -> OrderPage:
        self.asked.append((window, token))
        self.patience.append(patience)
        self._suffer()
        number = _page_number(token, self.stale_tokens)
        orders, onward = _cut(self._changed(window), number, self.page_size)
        return OrderPage(tuple(orders), onward, self.window_end or window.before)

    def estimate(
        self, connection: Connection, window: OrderWindow, patience: Patience = Patience.BACKGROUND
    ) -> int:
        self.estimates += 1
        self.patience.append(patience)
        error = self.estimate_trouble.popleft() if self.estimate_trouble else None
        if error is not None:
            raise error
        return len(self._changed(window))

    def _changed(self, window: OrderWindow) -> list[Order]:
        wanted = {*window.marketplace_ids, None}
        return [
            order
            for order in self.orders
            if window.after <= order.updated_at < window.before and order.marketplace_id in wanted
        ]


@dataclass
class ScriptedStock(_Troubled):
    """Stock by marketplace, a page at a time; ``strangers`` are marketplaces without stock at Amazon.

    ``asked`` remembers each marketplace, moment and token, ``patience`` who waited.
    """

    levels: dict[str, list[StockLevel]] = field(default_factory=dict)
    page_size: int = 50
    strangers: set[str] = field(default_factory=set)
    asked: list[tuple[str, datetime | None, str | None]] = field(default_factory=list)
    patience: list[Patience] = field(default_factory=list)
    stale_tokens: set[str] = field(default_factory=set)

    def page(
        self,
        connection: Connection,
        marketplace_id: str,
        changed_since: datetime | None,
        token: str | None,
        patience: Patience = Patience.BACKGROUND,
    ) -> StockPage:
        self.asked.append((marketplace_id, changed_since, token))
        self.patience.append(patience)
        self._suffer()
        if marketplace_id in self.strangers:
            raise NoFulfilmentByAmazon("This seller keeps no stock here.")
        number = _page_number(token, self.stale_tokens)
        changed = [
            level
            for level in self.levels.get(marketplace_id, [])
            if changed_since is None or (level.updated_at is not None and level.updated_at >= changed_since)
        ]
        levels, onward = _cut(changed, number, self.page_size)
        return StockPage(tuple(levels), onward)


@dataclass
class ScriptedAccounts(_Troubled):
    """A seller who participates in ``marketplace_ids``.

    A lent token is good in the regions of those only, unless one address stands for all regions (``one_address``);
    ``asked_in`` remembers the regions that were tried with one. Listings are suspended in those of ``suspended``.
    """

    marketplace_ids: Sequence[str] = ("ATVPDKIKX0DER",)
    asked: int = 0
    suspended: set[str] = field(default_factory=set)
    one_address: bool = False
    asked_in: list[Region] = field(default_factory=list)

    def participations(self, connection: Connection, patience: Patience) -> list[Participation]:
        self.asked += 1
        self._suffer()
        return [_participation(each, each in self.suspended) for each in self.marketplace_ids]

    def participations_with(self, token: AccessToken, connection: Connection) -> list[Participation]:
        self.asked_in.append(connection.region)
        self._suffer()
        regions = {MARKETPLACES[each].region for each in self.marketplace_ids if each in MARKETPLACES}
        if not self.one_address and connection.region not in regions:
            raise AccessDenied("The marketplaces you provided are not valid for region.")
        return [_participation(each, each in self.suspended) for each in self.marketplace_ids]


@dataclass
class ScriptedAmazon:
    """One Amazon: ``orders`` (OrderFeed), ``stock`` (StockFeed), ``accounts`` (SellerAccounts), ``reports`` (ReportChannel)."""

    orders: ScriptedOrders = field(default_factory=ScriptedOrders)
    stock: ScriptedStock = field(default_factory=ScriptedStock)
    accounts: ScriptedAccounts = field(default_factory=ScriptedAccounts)
    reports: ScriptedReports = field(
        default_factory=lambda: ScriptedReports(HeldClock(datetime(2026, 3, 4, 12, tzinfo=UTC)))
    )


@dataclass
class ScriptedWire:
    """Plays ``answers`` in order, raising those that are exceptions; ``sent`` remembers what was sent with which token.

    The last answer is repeated, so that a script need not count the attempts.
    """

    answers: list[Answer | Exception]
    sent: list[tuple[str, Call, AccessToken]] = field(default_factory=list)

    def send(self, connection: Connection, call: Call, token: AccessToken) -> Answer:
        answer = self.answers[min(len(self.sent), len(self.answers) - 1)]
        self.sent.append((connection.region, call, token))
        if isinstance(answer, Exception):
            raise answer
        return answer


def answer(status: int, body: object = None, **headers: str) -> Answer:
    """An answer with a JSON body; header names are given with underscores: ``retry_after="3"``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"content-type": "application/json", **named}, json.dumps(body or {}).encode())


def refusal(status: int, code: str = "", message: str = "", details: str = "") -> Answer:
    """An answer with Amazon's list of errors."""
    return answer(status, {"errors": [{"code": code, "message": message, "details": details}]})


def _page_number(token: str | None, stale: set[str]) -> int:
    if token is None:
        return 1
    if token in stale:
        raise StalePage("The page token has expired.")
    return int(token.removeprefix("page:"))


def _cut(rows: list[Row], number: int, size: int) -> tuple[list[Row], str | None]:
    """A page and the token of the next one."""
    start = (number - 1) * size
    more = start + size < len(rows)
    return rows[start : start + size], f"page:{number + 1}" if more else None


def _participation(marketplace_id: str, suspended: bool) -> Participation:
    known = MARKETPLACES.get(marketplace_id)
    country, currency = (known.country_code, known.currency) if known else ("US", "USD")
    return Participation(marketplace_id, country, currency, participating=True, suspended=suspended)
