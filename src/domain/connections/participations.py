"""In which marketplaces a connection sells: asked of Amazon when it is made, and once a day."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.clock import Clock
from domain.connections.model import Connection, Participation
from domain.connections.ports import SellerAccounts
from domain.connections.selection import follow, selected
from domain.connections.work import ConnectionWork
from domain.errors import (
    AccessDenied,
    Conflict,
    NotFound,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
)
from domain.gateway.model import Patience
from domain.marketplaces import Region, find

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
            Conflict: the seller turns out to be at home in another region, where they are connected already.
            ChannelError: any of the gateway's; the connection stays as it was.
        """
        return self.kept(connection, self.accounts.participations(connection, patience))

    def kept(self, connection: Connection, participations: Sequence[Participation]) -> Connection:
        """Keep what Amazon has answered, and return the connection with it.

        Raises:
            Conflict: as ``refreshed``.
        """
        now = self.clock.now()
        with self.work() as work:
            current = work.connections.hold(connection.id)
            found = by_region(participations)
            placed = _placed(work, current, found)
            named = found.get(placed.region, current.participating_ids)
            updated = selected(replace(placed, participating_ids=named, participations_at=now))
            work.connections.save(updated)
            follow(work, now, current, updated)
            work.figures.changed(updated.user_id)
            work.commit()
        return updated

    def refreshed_daily(self, connection: Connection) -> Connection:
        """Ask Amazon when it was not asked for a day; otherwise the connection as it is.

        Some applications lack the role for this question: what is known already does for the day's work then.

        Raises:
            ReauthorizationRequired, KeyUnavailable, NotConfigured, Unavailable: no call would go through.
            Conflict: as ``refreshed``.
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


def by_region(participations: Sequence[Participation]) -> dict[Region, tuple[str, ...]]:
    """Where the seller sells, of the marketplaces that we know. Amazon also lists some that are no store fronts."""
    found: dict[Region, list[str]] = {}
    for row in participations:
        marketplace = find(row.marketplace_id)
        if row.participating and marketplace is not None:
            found.setdefault(marketplace.region, []).append(marketplace.id)
    return {region: tuple(sorted(set(ids))) for region, ids in found.items()}


def _placed(work: ConnectionWork, connection: Connection, found: dict[Region, tuple[str, ...]]) -> Connection:
    """The connection, in its true region.

    Where one address stands for all regions, a new connection's region can be a wrong guess: then the answer is all of
    one other region.

    Raises:
        Conflict: the seller is connected there already.
    """
    new = connection.participations_at is None and connection.chosen_ids is None
    if not new or connection.region in found or len(found) != 1:
        return connection
    ((region, ids),) = found.items()
    same = work.connections.by_grant(connection.user_id, connection.provider, connection.seller_id)
    if any(one.region is region for one in same):
        raise Conflict(
            f"This seller sells in region {region.value} only, and is connected there already: renew that connection, "
            "and remove this one."
        )
    log.info(
        "the seller is at home in another region than was asked for",
        extra={"connection_id": str(connection.id), "region": region.value},
    )
    return replace(connection, region=region, marketplace_id=ids[0], marketplace_ids=ids)
