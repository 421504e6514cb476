"""How the sync of a user's connections is doing: what is known, how old it is, and what is known to be missing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from domain.connections.model import Connection, ConnectionId
from domain.ledger.model import LedgerDay, Verdict
from domain.reports.history import HistoryProgress, progress_of
from domain.reports.model import Purpose, Report
from domain.sync.model import Resource, ResourceState
from domain.sync.ports import SyncWork
from domain.sync.schedule import pace
from domain.users.model import UserId

#: So many days are named of each connection; all of them are counted.
GAPS_NAMED = 10
#: More slices than any user has.
_ALL_SLICES = 100_000

_Row = TypeVar("_Row", ResourceState, Report, LedgerDay)


@dataclass(frozen=True)
class ResourceOverview:
    """A resource, and how often it is looked at as things are; ``None``: it has no rhythm of its own."""

    state: ResourceState
    interval: timedelta | None


@dataclass(frozen=True)
class ConnectionOverview:
    """All that is to be said of a connection's sync.

    ``verdicts`` counts the days that were compared with Amazon's own figures; ``gaps`` are the newest of those that
    are known to lack orders.
    """

    connection: Connection
    resources: Sequence[ResourceOverview]
    history: HistoryProgress
    verdicts: Mapping[Verdict, int]
    gaps: Sequence[LedgerDay]


@dataclass(frozen=True)
class SyncOverview:
    """Puts together what schedule, reports and ledger say; as many statements, however many connections there are."""

    look: Callable[[], SyncWork]
    interval: timedelta  # of a resource in which something moves

    def of(self, user_id: UserId) -> list[ConnectionOverview]:
        """The user's connections that are, or were, synced: the oldest first."""
        with self.look() as work:
            connections = {each.id: each for each in work.connections.of_user(user_id)}
            states = work.sync.states(user_id)
            slices = work.reports.of_user(user_id, purpose=Purpose.HISTORY, limit=_ALL_SLICES)
            verdicts = work.ledger.verdicts(user_id)
            gaps = work.ledger.newest_gaps(user_id, GAPS_NAMED)
        resources, history = _by_connection(states), _by_connection(slices)
        newest = _by_connection(gaps)
        return [
            ConnectionOverview(
                connection=connections[connection_id],
                resources=[ResourceOverview(state, self._interval(state)) for state in rows],
                history=progress_of(connections[connection_id], history.get(connection_id, ())),
                verdicts=verdicts.get(connection_id, {}),
                gaps=newest.get(connection_id, ()),
            )
            for connection_id, rows in resources.items()
            if connection_id in connections
        ]

    def _interval(self, state: ResourceState) -> timedelta | None:
        # Reports are looked at when there is something to do about one of them.
        return None if state.resource is Resource.REPORTS else pace(self.interval, state.quiet)


def _by_connection(rows: Iterable[_Row]) -> dict[ConnectionId, list[_Row]]:
    found: defaultdict[ConnectionId, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.connection_id].append(row)
    return dict(found)
