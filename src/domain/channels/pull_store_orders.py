"""A store's orders: a window of changes, page by page, and in between the history that the store gathers.

The next window begins where the last one ended, less an overlap. Changes go on being read while history is awaited.
All orders that were placed from ``since`` until ``done_until`` are here: both stand in the cursor, and are told as they are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from domain.channels.history import Keeping, StoreHistory
from domain.channels.model import StorePage, StoreWindow
from domain.channels.ports import StoreAccounts, StoreFeed
from domain.channels.store_orders import known
from domain.connections.model import Connection, Store
from domain.errors import StalePage, UpstreamFailed, UpstreamRefused, WrongAnswer
from domain.events.model import Event
from domain.sync.model import Cursor
from domain.sync.ports import SyncWork
from domain.sync.steps import Step, moment, nothing

#: How far back changes are read when there is no earlier window; all else is history.
FIRST_WINDOW = timedelta(days=2)
#: Changes can become visible late.
OVERLAP = timedelta(minutes=10)
#: What a store says of itself is asked for again.
_LOOK_EVERY = timedelta(hours=24)
#: While history is awaited, changes are read so often.
_CHANGES_EVERY = timedelta(minutes=5)
_RESTARTS = 3
#: What of a cursor outlives its window.
_LASTING = ("done_until", "since", "zone", "looked_at", "history")


@dataclass(frozen=True)
class _Place:
    """Where in which window we are; ``listed`` counts what the window has named so far."""

    window: StoreWindow
    token: str | None = None
    listed: int = 0
    restarts: int = 0


@dataclass(frozen=True)
class StoreOrderPuller:
    """Pulls the orders of stores outside Amazon; see ``domain.sync.steps.Puller``.

    ``most_listed``: beyond so many of a window the channel lists nothing; ``None``: it lists them all.
    """

    feed: StoreFeed
    accounts: StoreAccounts
    history: StoreHistory
    most_listed: int | None = None

    def steps(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        """First what the store says of itself, then its changes, then its history as far as it has come."""
        looked_at = moment(cursor.get("looked_at"))
        if connection.store is None or looked_at is None or now() - looked_at >= _LOOK_EVERY:
            step, connection = self._look(connection, cursor, now())
            yield step
            cursor = step.cursor
        cursor = _in_zone(cursor, known(connection).time_zone)
        read = self._changes_due(connection, cursor, now())
        if read:
            for step in self._changes(connection, cursor, now):
                yield step
                cursor = step.cursor
                if step.again_at is not None:
                    return
        for step in self.history.steps(connection, cursor, now):
            yield step
            cursor = step.cursor
        yield self._end(connection, cursor, now(), read)

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:
        """The same window and page, unless the store refused just that: then a new window from the last known end."""
        if isinstance(error, UpstreamRefused):
            return {name: value for name, value in cursor.items() if name in _LASTING}
        return {**cursor, "restarts": 0}

    def _look(self, connection: Connection, cursor: Cursor, now: datetime) -> tuple[Step, Connection]:
        store = self.accounts.store(connection)
        looked = {**cursor, "looked_at": now.isoformat()}
        return Step(looked, 0, _KeepStore(connection, store, now)), replace(connection, store=store)

    def _changes_due(self, connection: Connection, cursor: Cursor, now: datetime) -> bool:
        """Each run reads them, but those that only look after history, which come in quick succession."""
        done_until = moment(cursor.get("done_until"))
        if _place(cursor) is not None or done_until is None or now - done_until >= _CHANGES_EVERY:
            return True
        return not _soon(self.history.due_at(connection, cursor, now), now)

    def _changes(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        """Page by page to the end of the window; a step that has to wait for the store's limit is the last one."""
        place = _place(cursor)
        if place is None:
            place = _Place(_next_window(connection, cursor, now()))
            cursor = {**cursor, "since": self._known_from(connection, cursor, place.window).isoformat()}
        while True:
            step, onward = self._page(connection, cursor, place, now)
            yield step
            if onward is None:
                return
            cursor, place = step.cursor, onward

    def _known_from(self, connection: Connection, cursor: Cursor, window: StoreWindow) -> datetime:
        """Since when all orders are here, once this window's changes are.

        Where a store tells of the latest days only, and nobody has asked it for longer than that, the orders in between are
        lost, until it tells of more.
        """
        since = (moment(cursor.get("since")) if "done_until" in cursor else None) or window.after
        limit = self.history.limit(connection)
        told_from = window.after if limit is None else window.before - timedelta(days=limit.days)
        return max(since, told_from) if told_from > window.after else since

    def _page(
        self, connection: Connection, cursor: Cursor, place: _Place, now: Callable[[], datetime]
    ) -> tuple[Step, _Place | None]:
        try:
            page = self.feed.changes(connection, place.window, place.token)
        except StalePage as error:
            onward = _restarted(place, str(error), connection.provider.channel)
            return Step(_cursor(cursor, onward), 0, nothing), onward
        save, count = Keeping(connection, page.orders), len(page.orders)
        if page.next_token is None:
            done = {name: cursor[name] for name in _LASTING if name in cursor}
            done["done_until"] = place.window.before.isoformat()
            return Step(done, count, save), None
        onward = _onward(place, page, self.most_listed, connection.provider.channel)
        wait = page.ready_at if page.ready_at is not None and page.ready_at > now() else None
        return Step(_cursor(cursor, onward), count, save, again_at=wait), onward

    def _end(self, connection: Connection, cursor: Cursor, now: datetime, read: bool) -> Step:
        due, until = self.history.due_at(connection, cursor, now), moment(cursor.get("done_until"))
        if read or due is None:
            # History that is tried again in hours keeps no changes waiting: the run after that moment sees to it.
            soon, since = due if _soon(due, now) else None, moment(cursor.get("since"))
            return Step(
                cursor, 0, nothing, finished=True, complete_until=until, complete_from=since, next_at=soon
            )
        changes_due = now if until is None else until + _CHANGES_EVERY
        return Step(cursor, 0, nothing, again_at=min(due, changes_due))


@dataclass(frozen=True)
class _KeepStore:
    """Writes what the store says of itself, and tells the user where it is news."""

    connection: Connection
    store: Store
    now: datetime

    def __call__(self, work: SyncWork) -> int:
        kept = work.connections.hold(self.connection.id)
        if kept.store != self.store:
            work.connections.save(replace(kept, store=self.store))
            data = {"connection_id": str(kept.id), "status": kept.status.value}
            work.outbox.append(Event(kept.user_id, "connection.changed", self.now, data))
        return 0


def _soon(due: datetime | None, now: datetime) -> bool:
    """Whether it is before changes would be read again while history is awaited."""
    return due is not None and due < now + _CHANGES_EVERY


def _next_window(connection: Connection, cursor: Cursor, now: datetime) -> StoreWindow:
    before, done_until = now.replace(microsecond=0), moment(cursor.get("done_until"))
    if done_until is None:
        return StoreWindow(min(before, connection.connected_at) - FIRST_WINDOW, before)
    return StoreWindow(done_until - OVERLAP, max(before, done_until))


def _in_zone(cursor: Cursor, zone: str) -> Cursor:
    """The cursor of a store in this time zone.

    Where it was in another one, its days are other days now: all orders within reach are booked anew, those of a window
    that is half read too, and count as missing until then.
    """
    if cursor.get("zone", zone) == zone:
        return {**cursor, "zone": zone}
    kept = {name: cursor[name] for name in ("done_until", "looked_at") if name in cursor}
    since = {"since": cursor["done_until"]} if "done_until" in cursor else {}
    return {**kept, **since, "zone": zone}


def _onward(place: _Place, page: StorePage, most: int | None, channel: str) -> _Place:
    """The next page; where no list goes any further, the first one of a window that begins at the last change."""
    if page.next_token == place.token:
        raise WrongAnswer("The store's pages of orders go round in a circle.", channel=channel)
    listed = place.listed + max(page.listed, len(page.orders))
    if most is None or listed < most:
        return replace(place, token=page.next_token, listed=listed)
    if page.changed_until is None or page.changed_until <= place.window.after:
        raise UpstreamFailed(
            "More orders were changed in one moment than the store lists at once.", channel=channel
        )
    return _Place(StoreWindow(page.changed_until, place.window.before))


def _restarted(place: _Place, why: str, channel: str) -> _Place:
    if place.restarts >= _RESTARTS:
        raise UpstreamFailed(
            f"{why} The window was started again {_RESTARTS} times without getting through.",
            channel=channel,
        )
    return _Place(place.window, restarts=place.restarts + 1)


def _place(cursor: Cursor) -> _Place | None:
    after, before = moment(cursor.get("after")), moment(cursor.get("before"))
    if after is None or before is None:
        return None
    return _Place(
        StoreWindow(after, before),
        cast(str | None, cursor.get("token")),
        cast(int, cursor.get("listed", 0)),
        cast(int, cursor.get("restarts", 0)),
    )


def _cursor(cursor: Cursor, place: _Place) -> Cursor:
    return {
        **{name: cursor[name] for name in _LASTING if name in cursor},
        "after": place.window.after.isoformat(),
        "before": place.window.before.isoformat(),
        "token": place.token,
        "listed": place.listed,
        "restarts": place.restarts,
    }
