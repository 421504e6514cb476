"""In which marketplaces a connection sells: asked of Amazon when it is made, and once a day."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.clock import Clock
from domain.connections.model import Connection, Participation
from domain.connections.ports import SellerAccounts
from domain.connections.work import ConnectionWork
from domain.errors import (
    AccessDenied,
    NotFound,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
)
from domain.gateway.model import Patience
from domain.marketplaces import find

log = logging.getLogger(__name__)

_ASK_AGAIN = timedelta(hours=24)
_PASSABLE = (AccessDenied, NotFound, UpstreamFailed, UpstreamRefused, UpstreamTimedOut, UsagePlanEmpty)


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
            current = work.connections.hold(connection.id)
            ids = _known(participations, current)
            home = current.marketplace_id if current.marketplace_id in ids else ids[0]
            updated = replace(
                current, marketplace_ids=ids, marketplace_id=home, participations_at=self.clock.now()
            )
            work.connections.save(updated)
            work.commit()
        return updated

    def refreshed_daily(self, connection: Connection) -> Connection:
        """Ask Amazon when it was not asked for a day; otherwise the connection as it is.

        Some applications lack the role for this question: what is known already does for the day's work then.

        Raises:
            ReauthorizationRequired, KeyUnavailable, NotConfigured, Unavailable: no call would go through.
        """
        asked = connection.participations_at
        if asked is not None and self.clock.now() - asked < _ASK_AGAIN:
            return connection
        try:
            return self.refreshed(connection, Patience.BACKGROUND)
        except _PASSABLE as error:
            log.warning(
                "marketplaces are not refreshed: %s", error, extra={"connection_id": str(connection.id)}
            )
            return connection


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
