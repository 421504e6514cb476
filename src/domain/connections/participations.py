"""In which marketplaces a connection sells: asked of Amazon when it is made, and once a day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.clock import Clock
from domain.connections.model import Connection, Participation
from domain.connections.ports import SellerAccounts
from domain.connections.work import ConnectionWork
from domain.gateway.model import Patience
from domain.marketplaces import find

_ASK_AGAIN = timedelta(hours=24)


@dataclass(frozen=True)
class Memberships:
    """Keeps a connection's marketplaces true."""

    work: Callable[[], ConnectionWork]
    accounts: SellerAccounts
    clock: Clock

    def refreshed(self, connection: Connection, patience: Patience) -> Connection:
        """Ask Amazon now, keep the answer, and return the connection with it.

        Raises:
            ChannelError: any of the gateway's; the connection stays as it was.
        """
        participations = self.accounts.participations(connection, patience)
        with self.work() as work:
            current = work.connections.by_id(connection.id)
            ids = _known(participations, current)
            home = current.marketplace_id if current.marketplace_id in ids else ids[0]
            updated = replace(
                current, marketplace_ids=ids, marketplace_id=home, participations_at=self.clock.now()
            )
            work.connections.save(updated)
            work.commit()
        return updated

    def refreshed_daily(self, connection: Connection) -> Connection:
        """Ask Amazon when it was not asked for a day; otherwise the connection as it is."""
        asked = connection.participations_at
        if asked is not None and self.clock.now() - asked < _ASK_AGAIN:
            return connection
        return self.refreshed(connection, Patience.BACKGROUND)


def _known(participations: Sequence[Participation], connection: Connection) -> tuple[str, ...]:
    """The seller's marketplaces that we know, in this region. Amazon also lists some that are no store fronts."""
    ids = tuple(
        sorted(
            row.marketplace_id
            for row in participations
            if row.participating
            and (marketplace := find(row.marketplace_id)) is not None
            and marketplace.region is connection.region
        )
    )
    return ids or connection.marketplace_ids
