"""The chore that keeps the accounts up to date: daily, and when somebody asks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.ads.accounts import AccountType
from domain.ads.directory import Refresh
from domain.ads.listings import REGIONS, due
from domain.connections.model import Connection
from domain.sync.ports import SyncWork
from domain.sync.steps import Step


@dataclass(frozen=True)
class AccountsChore:
    """A chore (``domain.sync.chores.Chore``). What goes wrong with one listing is kept with it, and stops no other."""

    refresh: Refresh
    look: Callable[[], SyncWork]

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """Every listing that is due. Advertisers come last: they are seen through profiles."""
        for kind in AccountType:
            with self.look() as work:
                regions = due(work.ads_accounts.listings(connection.id), kind, now())
            if regions:
                for part in self.refresh.parts(connection, kind, now, regions=regions):
                    yield Step({}, part.records, part.save)

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:
        """When the next listing is due."""
        with self.look() as work:
            listings = work.ads_accounts.listings(connection.id)
        if any(due(listings, kind, now) for kind in REGIONS):
            return now
        return min((each.next_at for each in listings), default=None)

    def is_busy(self, connection: Connection) -> bool:  # noqa: ARG002 - the port's signature
        """A listing is done in one go, or fails."""
        return False
