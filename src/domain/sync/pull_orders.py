"""Orders: a window of changes, page by page, for all marketplaces of the connection at once.

The next window begins where Amazon says that this one ended, less an overlap. The chain of page tokens is followed to
its end before that moment is believed.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from domain.connections.model import Connection
from domain.errors import (
    ChannelError,
    NotFound,
    RateLimited,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
    WrongAnswer,
)
from domain.orders.counting import book
from domain.orders.model import Order, OrderWindow
from domain.orders.ports import OrderFeed
from domain.sync.model import Cursor
from domain.sync.ports import SyncWork
from domain.sync.steps import Step, moment, nothing, one_by_one

log = logging.getLogger(__name__)

#: Amazon refuses windows that end less than two minutes ago.
HOLDBACK = timedelta(minutes=3)
#: How far back changes are read when there is no earlier window.
FIRST_WINDOW = timedelta(days=2)
#: Changes can become visible late.
OVERLAP = timedelta(minutes=10)
#: Page tokens live 24 hours.
TOKEN_LIFE = timedelta(hours=23, minutes=30)
#: Windows shorter than this are not worth a call for an estimate.
_ESTIMATE_FROM = timedelta(days=1)
_RESTARTS = 3
#: What of a cursor outlives its window: how far all is known, and of which marketplaces.
_LASTING = ("done_until", "covered")


@dataclass(frozen=True)
class _Place:
    """Where in which window we are."""

    window: OrderWindow
    token: str | None
    token_at: datetime | None
    restarts: int


@dataclass(frozen=True)
class OrderPuller:
    """Pulls orders. What is older than the very first window comes with reports: see ``domain.reports.history``."""

    feed: OrderFeed

    def steps(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        """Page by page; see ``domain.sync.steps.Puller``."""
        return one_by_one(cursor, lambda after: self.step(connection, after, now()))

    def step(self, connection: Connection, cursor: Cursor, now: datetime) -> Step:
        """One page of the open window; opens a window first when none is open."""
        place = _place(cursor)
        estimate = None
        if place is None or not set(place.window.marketplace_ids) <= set(connection.marketplace_ids):
            # A marketplace that is not synced any more might be refused, and the window with it, time and again.
            place = _Place(self._window(connection, cursor, now), None, None, 0)
            estimate = self._estimate(connection, place.window)
        if place.token_at is not None and now - place.token_at > TOKEN_LIFE:
            return _restart(cursor, place, "The page token of the orders has run out.")
        try:
            page = self.feed.page(connection, place.window, place.token)
        except StalePage as error:
            if place.token is None:
                raise UpstreamFailed("Amazon refuses a page token that we did not send.") from error
            return _restart(cursor, place, str(error))
        end = page.window_end or place.window.before
        save = _Save(connection, page.orders)
        if page.next_token is None:
            done = {"done_until": end.isoformat(), "covered": list(place.window.marketplace_ids)}
            return Step(
                done, len(page.orders), save, finished=True, total_estimate=estimate, complete_until=end
            )
        if page.next_token == place.token:
            raise WrongAnswer("Amazon's pages of orders go round in a circle.")
        onward = _Place(place.window, page.next_token, now, place.restarts)
        return Step(_cursor(cursor, onward), len(page.orders), save, total_estimate=estimate)

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:
        """The same window and page, unless Amazon refused just that: then a new window from the last known end."""
        if isinstance(error, UpstreamRefused):
            return {name: value for name, value in cursor.items() if name in _LASTING}
        return {**cursor, "restarts": 0}

    def _window(self, connection: Connection, cursor: Cursor, now: datetime) -> OrderWindow:
        done_until = moment(cursor.get("done_until"))
        covered = cast(list[str], cursor.get("covered", []))
        first = now - FIRST_WINDOW
        after = first if done_until is None else done_until - OVERLAP
        if not set(connection.marketplace_ids) <= set(covered):
            # A marketplace that has come in since the last window has a first window, in common with the others.
            after = min(after, first)
        return OrderWindow(after, now - HOLDBACK, connection.marketplace_ids)

    def _estimate(self, connection: Connection, window: OrderWindow) -> int | None:
        if window.before - window.after < _ESTIMATE_FROM:
            return None
        try:
            return self.feed.estimate(connection, window)
        except (ChannelError, NotFound, RateLimited) as error:
            # A guess is worth no failed run; what is wrong with the connection itself shows at the page.
            log.info("no estimate: %s", error, extra={"connection_id": str(connection.id)})
            return None


@dataclass(frozen=True)
class _Save:
    """Writes one page."""

    connection: Connection
    orders: Sequence[Order]

    def __call__(self, work: SyncWork) -> int:
        home = self.connection.marketplace_id
        return work.orders.save_page(self.connection.id, [book(order, home) for order in self.orders])


def _place(cursor: Cursor) -> _Place | None:
    after, before = moment(cursor.get("after")), moment(cursor.get("before"))
    if after is None or before is None:
        return None
    marketplaces = tuple(cast(list[str], cursor["marketplace_ids"]))
    return _Place(
        OrderWindow(after, before, marketplaces),
        cast(str | None, cursor.get("token")),
        moment(cursor.get("token_at")),
        cast(int, cursor.get("restarts", 0)),
    )


def _cursor(cursor: Cursor, place: _Place) -> Cursor:
    return {
        **{name: cursor[name] for name in _LASTING if name in cursor},
        "after": place.window.after.isoformat(),
        "before": place.window.before.isoformat(),
        "marketplace_ids": list(place.window.marketplace_ids),
        "token": place.token,
        "token_at": place.token_at.isoformat() if place.token_at else None,
        "restarts": place.restarts,
    }


def _restart(cursor: Cursor, place: _Place, why: str) -> Step:
    if place.restarts >= _RESTARTS:
        raise UpstreamFailed(f"{why} The window was started again {_RESTARTS} times without getting through.")
    return Step(_cursor(cursor, _Place(place.window, None, None, place.restarts + 1)), 0, nothing)
