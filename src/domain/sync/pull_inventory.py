"""Stock: marketplace by marketplace, all SKUs once a day and the changed ones in between.

A listing's page token lives only 30 seconds, so a listing that is interrupted for longer starts again. A pass over all
SKUs bears an id; what a finished pass did not see is no longer listed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from domain.connections.model import Connection
from domain.errors import NoFulfilmentByAmazon, StalePage, UpstreamFailed, WrongAnswer
from domain.inventory.cover import demand_from
from domain.inventory.model import StockLevel, StockPage
from domain.inventory.ports import StockFeed
from domain.kpis.home import home_at
from domain.sync.model import Cursor
from domain.sync.ports import SyncWork
from domain.sync.steps import Step, moment, one_by_one

#: ``startDateTime`` does not see changes of inbound stock: only a full pass does.
FULL_PASS_EVERY = timedelta(hours=24)
#: Changes can become visible late.
OVERLAP = timedelta(minutes=15)
#: Page tokens live 30 seconds; the request takes some of them.
TOKEN_LIFE = timedelta(seconds=25)
_RESTARTS = 5


@dataclass(frozen=True)
class _Listing:
    """One marketplace's listing under way. ``since`` is ``None`` in a full pass."""

    marketplace_id: str
    since: datetime | None
    started_at: datetime
    token: str | None = None
    token_at: datetime | None = None
    restarts: int = 0
    sound: bool = True  # what it did not see is no longer listed

    @property
    def pass_id(self) -> str:
        return self.started_at.isoformat()


@dataclass(frozen=True)
class InventoryPuller:
    """Pulls stock levels."""

    feed: StockFeed

    def steps(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        """Page by page; see ``domain.sync.steps.Puller``."""
        return one_by_one(cursor, lambda after: self.step(connection, after, now()))

    def step(self, connection: Connection, cursor: Cursor, now: datetime) -> Step:
        """One page of the open listing; opens the next marketplace's listing first when none is open."""
        todo = _todo(cursor, connection)
        listing = _listing(cursor)
        if listing is None or listing.marketplace_id != todo[0]:
            listing = _opened(cursor, todo[0], now)
        if listing.token_at is not None and now - listing.token_at > TOKEN_LIFE:
            listing = _restarted(listing, now)
        try:
            listing, page = self._page(connection, listing, now)
        except NoFulfilmentByAmazon:
            # Nothing is struck off for it: a refusal of another kind may read the same.
            return _closing(connection, cursor, todo, replace(listing, sound=False), StockPage((), None), now)
        if page.next_token is not None and page.next_token == listing.token:
            raise WrongAnswer("Amazon's pages of stock go round in a circle.")
        if page.next_token is not None:
            onward = replace(listing, token=page.next_token, token_at=now)
            return Step(
                _cursor(cursor, todo, onward),
                len(page.levels),
                _Save(connection, listing, page.levels, False, now),
            )
        return _closing(connection, cursor, todo, listing, page, now)

    def _page(self, connection: Connection, listing: _Listing, now: datetime) -> tuple[_Listing, StockPage]:
        """The page, and the listing that it belongs to: started again where the token had run out."""
        try:
            page = self.feed.page(connection, listing.marketplace_id, listing.since, listing.token)
        except StalePage:
            listing = _restarted(listing, now)
            page = self.feed.page(connection, listing.marketplace_id, listing.since, None)
        return listing, page

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:  # noqa: ARG002 - the port's signature
        """All marketplaces again, beginning with another one: what one of them refuses must not keep the rest back."""
        return {"done": _done(cursor), "turn": _turn(cursor) + 1}


@dataclass(frozen=True)
class _Save:
    """Writes one page; the last page of a full pass also closes it, and the last one of a run keeps the day's sums."""

    connection: Connection
    listing: _Listing
    levels: Sequence[StockLevel]
    last: bool
    now: datetime
    ends_run: bool = False

    def __call__(self, work: SyncWork) -> int:
        listing = self.listing
        changed = work.stock.save_page(
            self.connection.id, listing.marketplace_id, self.levels, listing.pass_id, self.now
        )
        if self.last and listing.since is None and listing.sound:
            changed += work.stock.close_pass(self.connection.id, listing.marketplace_id, listing.pass_id)
        if self.ends_run:
            self._keep_day(work)
        return changed

    def _keep_day(self, work: SyncWork) -> None:
        seller = self.connection
        today = home_at(seller.marketplace_id).day_of(self.now)
        work.stock.keep_day(seller.id, seller.user_id, today, demand_from(today), self.now)


def _closing(
    connection: Connection, cursor: Cursor, todo: list[str], listing: _Listing, page: StockPage, now: datetime
) -> Step:
    done = _done(cursor)
    full_at = (
        listing.started_at.isoformat() if listing.since is None else done[listing.marketplace_id]["full_at"]
    )
    done[listing.marketplace_id] = {"full_at": full_at, "seen_at": listing.started_at.isoformat()}
    rest = todo[1:]
    after: Cursor = {"done": done, "turn": _turn(cursor), "todo": rest} if rest else {"done": done}
    save = _Save(connection, listing, page.levels, True, now, ends_run=not rest)
    if rest:
        return Step(after, len(page.levels), save)
    begun = [moment(done[each]["seen_at"]) for each in connection.marketplace_ids if each in done]
    # The marketplaces were listed one after the other: together they are as complete as the oldest listing.
    complete_until = min(filter(None, begun), default=listing.started_at)
    return Step(after, len(page.levels), save, finished=True, complete_until=complete_until)


def _todo(cursor: Cursor, connection: Connection) -> list[str]:
    """The marketplaces still to be listed in this run; what the seller has left since is not asked for."""
    kept = cast(list[str], cursor.get("todo", []))
    todo = [marketplace_id for marketplace_id in kept if marketplace_id in connection.marketplace_ids]
    if todo:
        return todo
    ids = list(connection.marketplace_ids)
    first = _turn(cursor) % len(ids)
    return ids[first:] + ids[:first]


def _turn(cursor: Cursor) -> int:
    """How many runs have failed in a row."""
    return cast(int, cursor.get("turn", 0))


def _done(cursor: Cursor) -> dict[str, dict[str, str]]:
    return dict(cast(dict[str, dict[str, str]], cursor.get("done", {})))


def _opened(cursor: Cursor, marketplace_id: str, now: datetime) -> _Listing:
    before = _done(cursor).get(marketplace_id)
    if before is None or now - datetime.fromisoformat(before["full_at"]) >= FULL_PASS_EVERY:
        return _Listing(marketplace_id, None, now)
    since = datetime.fromisoformat(before["seen_at"]) - OVERLAP
    # Another process' clock may be far ahead: what changed before the moment that it kept would never be asked for.
    return _Listing(marketplace_id, since if since <= now else None, now)


def _restarted(listing: _Listing, now: datetime) -> _Listing:
    if listing.restarts >= _RESTARTS:
        raise UpstreamFailed(
            f"The stock listing's page token ran out {_RESTARTS} times: something takes longer than 30 seconds a page."
        )
    return replace(listing, token=None, token_at=None, started_at=now, restarts=listing.restarts + 1)


def _listing(cursor: Cursor) -> _Listing | None:
    kept = cast(dict[str, object] | None, cursor.get("listing"))
    if kept is None:
        return None
    started_at = moment(kept["started_at"])
    if started_at is None:
        return None
    return _Listing(
        cast(str, kept["marketplace_id"]),
        moment(kept.get("since")),
        started_at,
        cast(str | None, kept.get("token")),
        moment(kept.get("token_at")),
        cast(int, kept.get("restarts", 0)),
    )


def _cursor(cursor: Cursor, todo: list[str], listing: _Listing) -> Cursor:
    return {
        "done": _done(cursor),
        "turn": _turn(cursor),
        "todo": todo,
        "listing": {
            "marketplace_id": listing.marketplace_id,
            "since": listing.since.isoformat() if listing.since else None,
            "started_at": listing.started_at.isoformat(),
            "token": listing.token,
            "token_at": listing.token_at.isoformat() if listing.token_at else None,
            "restarts": listing.restarts,
        },
    }
