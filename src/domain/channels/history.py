"""A store's orders from before it was connected: gathered by the store, waited for, and brought in piece by piece.

What is known of it stands in the cursor: the window that was asked for, the name of the store's work, how often it was
looked at, and how many orders are in. Whatever breaks off goes on from there; an order that comes twice is one.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from domain.channels.model import HistoryLimit, HistoryStage, HistoryState, StoreWindow
from domain.channels.ports import StoreFeed, StoreTerms
from domain.channels.store_orders import book, known
from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    NotFound,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    WorkLost,
)
from domain.orders.model import Order
from domain.sync.model import Cursor
from domain.sync.ports import SyncWork
from domain.sync.steps import Step, moment, nothing

log = logging.getLogger(__name__)

#: Between two looks at work that is under way; it doubles.
_FIRST_LOOK, _LONGEST_LOOK = timedelta(seconds=5), timedelta(minutes=2)
#: After what has failed; it doubles.
_FIRST_RETRY, _LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=6)
#: What a store has gathered is taken for gone after so long: none is relied on to keep it for more than a week.
_KEPT = timedelta(days=6)
#: Where a store tells of the latest days only, these pass while it gathers: so much at the far end is not relied on.
_EDGE = timedelta(days=1)
#: What failed so often in a row is asked for anew, as if for the first time.
_TRIES = 3
_TROUBLES = (AccessDenied, NotFound, UpstreamFailed, UpstreamRefused, UpstreamTimedOut)

_State = Mapping[str, object]


@dataclass(frozen=True)
class StoreHistory:
    """Brings in what the store's owner sold in the last ``reach``."""

    feed: StoreFeed
    terms: StoreTerms
    reach: timedelta

    def limit(self, connection: Connection) -> HistoryLimit | None:
        """What keeps the store from telling of all its orders.

        Raises:
            NotConnected: nothing is known of the store yet.
        """
        return self.terms.history_limit(known(connection).scopes)

    def steps(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        """All that can be done about it now. No step ends the run.

        Raises:
            ChannelError, NotFound: it came to nothing, after a step that says when it is tried again.
        """
        at = self.due_at(connection, cursor, now())
        if at is None or at > now():
            return
        try:
            for step in self._onward(connection, cursor, now):
                yield step
                cursor = step.cursor
        except _TROUBLES as error:
            log.warning("no history: %s", error, extra={"connection_id": str(connection.id)})
            lost = isinstance(error, NotFound | WorkLost)
            yield _step(cursor, _failed(_state(cursor), now(), lost))
            raise

    def due_at(self, connection: Connection, cursor: Cursor, now: datetime) -> datetime | None:
        """When there is something to do about it; ``None``: it is all here, or not wanted."""
        if not self.reach:
            return None
        state = _state(cursor)
        if state.get("done"):
            more = _reach(self.limit(connection), self.reach) > timedelta(seconds=_whole(state, "seconds"))
            return now if more else None
        return moment(state.get("again_at")) or now

    def _onward(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        state = _state(cursor)
        if state.get("done") or "after" not in state or self._other_by_now(connection, state):
            # Kept before it is asked for: whoever is killed in between asks for the very same, which is found again.
            state = self._plan(connection, state, now())
            yield _step(cursor, state)
        window, name = _window(state), state.get("name")
        if not isinstance(name, str):
            name = self.feed.begin_history(connection, window)
            state = {**state, "name": name, "looks": 0, "again_at": _iso(now() + _FIRST_LOOK)}
            yield _step(cursor, state)
            return
        found = self.feed.history(connection, name)
        if found.stage is HistoryStage.UNDER_WAY:
            yield _step(cursor, _looked(state, now()))
        elif found.stage is HistoryStage.FAILED:
            raise WorkLost(
                f"The store could not gather its older orders: {found.reason}.",
                channel=connection.provider.channel,
            )
        else:
            yield from self._import(connection, cursor, state, found, now)

    def _other_by_now(self, connection: Connection, state: _State) -> bool:
        """Whether the store tells of more or of less than when this was planned, and was not asked for it yet."""
        reach = _reach(self.limit(connection), self.reach)
        return "name" not in state and reach != timedelta(seconds=_whole(state, "seconds"))

    def _plan(self, connection: Connection, state: _State, now: datetime) -> _State:
        limit, before = self.limit(connection), now.replace(microsecond=0)
        reach = _reach(limit, self.reach)
        if limit is not None and reach < self.reach:
            log.info("history is limited: %s", limit.because, extra={"connection_id": str(connection.id)})
        planned = {
            "after": _iso(before - reach),
            "before": _iso(before),
            "seconds": int(reach.total_seconds()),
            "at_limit": limit is not None and reach >= timedelta(days=limit.days),
        }
        return {**planned, "failures": 0 if state.get("done") else _whole(state, "failures")}

    def _import(
        self,
        connection: Connection,
        cursor: Cursor,
        state: _State,
        found: HistoryState,
        now: Callable[[], datetime],
    ) -> Iterator[Step]:
        done_at = moment(state.get("done_at")) or now()
        if now() - done_at > _KEPT:
            raise WorkLost(
                "What the store had gathered was not fetched in time, and is gone.",
                channel=connection.provider.channel,
            )
        state = {**state, "done_at": _iso(done_at)}
        window, place, seen = _window(state), _whole(state, "orders"), 0
        for orders in self.feed.history_orders(connection, found):
            seen += len(orders)
            if seen <= place:
                continue
            state = {**state, "orders": seen}
            placed = [order for order in orders if window.after <= order.created_at < window.before]
            save = Keeping(connection, placed)
            yield _step(cursor, state, len(placed), save, to_come=max(found.records - seen, 0))
        done = {"done": True, "seconds": state["seconds"], "orders": seen}
        yield _step(_further_back(cursor, window, bool(state.get("at_limit"))), done)


@dataclass(frozen=True)
class Keeping:
    """Writes some orders of a store."""

    connection: Connection
    orders: Sequence[Order]

    def __call__(self, work: SyncWork) -> int:
        booked = [book(order, self.connection) for order in self.orders]
        return work.orders.save_page(self.connection.id, booked)


def _reach(limit: HistoryLimit | None, wanted: timedelta) -> timedelta:
    return wanted if limit is None else min(wanted, timedelta(days=limit.days))


def _further_back(cursor: Cursor, window: StoreWindow, at_limit: bool) -> Cursor:
    """The cursor with ``since`` when all orders are here, now that those of the window are."""
    begin = window.after + _EDGE if at_limit else window.after
    since = moment(cursor.get("since"))
    if since is None or begin < since <= window.before:
        return {**cursor, "since": _iso(begin)}
    return cursor


def _looked(state: _State, now: datetime) -> _State:
    looks = _whole(state, "looks") + 1
    pause = min(_FIRST_LOOK * 2 ** min(looks, 10), _LONGEST_LOOK)
    return {**state, "looks": looks, "again_at": _iso(now + pause)}


def _failed(state: _State, now: datetime, lost: bool) -> _State:
    """When it is tried again; what is lost, or fails time and again, is planned anew then."""
    failures = _whole(state, "failures") + 1
    pause = min(_FIRST_RETRY * 2 ** min(failures - 1, 10), _LONGEST_RETRY)
    kept = {} if lost or failures % _TRIES == 0 else state
    return {**kept, "failures": failures, "again_at": _iso(now + pause)}


def _step(
    cursor: Cursor,
    state: _State,
    records: int = 0,
    save: Callable[[SyncWork], int] = nothing,
    to_come: int | None = None,
) -> Step:
    return Step({**cursor, "history": dict(state)}, records, save, to_come=to_come)


def _state(cursor: Cursor) -> _State:
    return cast(_State, cursor.get("history") or {})


def _window(state: _State) -> StoreWindow:
    return StoreWindow(*(datetime.fromisoformat(str(state[name])) for name in ("after", "before")))


def _whole(state: _State, name: str) -> int:
    value = state.get(name, 0)
    return value if isinstance(value, int) else 0


def _iso(at: datetime) -> str:
    return at.isoformat()
