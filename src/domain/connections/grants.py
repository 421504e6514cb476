"""Keeping what a seller grants, by whichever door it came: as a new connection, or as the renewal of one."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from domain.audit.model import Action
from domain.clock import Clock
from domain.connections.deeds import connection_changed, tell, write_down
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Door, Participation, Provider
from domain.connections.participations import Memberships
from domain.connections.selection import follow, selected
from domain.connections.work import ConnectionWork
from domain.errors import Conflict, NotFound, PortsideError, ReauthorizationRequired
from domain.gateway.model import Patience
from domain.marketplaces import Region
from domain.sync.failures import failure_of
from domain.sync.model import Resource
from domain.tokens.model import AccessToken, LwaClient, RefreshToken
from domain.users.model import User, Visitor

log = logging.getLogger(__name__)

RESOURCES = Resource.of(Provider.AMAZON_SP)
#: The first sync is due at once, but leaves time to learn the marketplaces.
FIRST_SYNC_AFTER = timedelta(seconds=5)
#: Two first consents of one seller may come at once, and whoever is second finds the first one's connection; or a
#: connection that was found is being erased by the time it is held.
ATTEMPTS = 3


@dataclass(frozen=True)
class Offer:
    """A grant that has been proven by an exchange, with where it belongs.

    ``client`` is the user's own LWA client that the refresh token belongs to; ``None``: the installation's. Without
    ``chosen_ids`` or ``iam_role_arn``, those of a connection that is renewed stay.
    """

    door: Door
    seller_id: str
    region: Region
    marketplace_id: str
    refresh_token: RefreshToken
    access_token: AccessToken
    client: LwaClient | None = None
    chosen_ids: tuple[str, ...] | None = None
    iam_role_arn: str | None = None


#: What Amazon answers to the question for the marketplaces.
Said = Sequence[Participation] | PortsideError


@dataclass(frozen=True)
class Accepted:
    """What has become of an offer. ``renewed``: the connection was there before."""

    connection: Connection
    renewed: bool


@dataclass(frozen=True)
class Grants:
    """Makes connections of what sellers offer."""

    work: Callable[[], ConnectionWork]
    memberships: Memberships
    clock: Clock

    def tried(self, user: User, offer: Offer) -> Said:
        """What Amazon says to the grant before anything is kept.

        Raises:
            ReauthorizationRequired: SP-API does not take the token in this region; LWA honours it in any.
        """
        provisional = _renewed(_new_connection(user, offer, self.clock.now()), offer, self.clock.now())
        try:
            return self.memberships.accounts.participations_with(offer.access_token, provisional)
        except ReauthorizationRequired:
            raise
        except PortsideError as error:
            return error

    def accept(self, user: User, visitor: Visitor, offer: Offer, said: Said | None = None) -> Accepted:
        """Keep the tokens, schedule the first sync, and ask Amazon for the marketplaces, unless it has ``said`` them.

        A connection of this user to the same seller in the same region keeps its id, data, cursors and choice of
        marketplaces, and is connected again whatever it was.
        """
        attempt = 1
        while True:
            try:
                accepted = self._kept(user, visitor, offer)
                break
            except (Conflict, NotFound):
                if attempt == ATTEMPTS:
                    raise
                attempt += 1
        return replace(accepted, connection=self._with_marketplaces(accepted.connection, said))

    def refused(
        self,
        user: User,
        visitor: Visitor,
        details: Mapping[str, str],
        action: Action = Action.CONNECTION_REFUSED,
        seller_id: str | None = None,
        region: Region | None = None,
    ) -> None:
        """Write down that nothing came of it; ``details`` say by which ``door``, and the ``code`` of the reason.

        Where the user has this seller connected (in this region, where that is known), it was to be its renewal.
        """
        with self.work() as work:
            about = known_as(work, user, Provider.AMAZON_SP, seller_id, region)
            write_down(work, self.clock.now(), user, visitor, action, about, details)
            work.commit()

    def _kept(self, user: User, visitor: Visitor, offer: Offer) -> Accepted:
        now = self.clock.now()
        with self.work() as work:
            work.connections.hold_default(user.id)
            mine = work.connections.of_user(user.id, Provider.AMAZON_SP)
            place = (offer.seller_id, offer.region)
            known = next((one for one in mine if (one.seller_id, one.region) == place), None)
            alone = made_way(work, [one for one in mine if one is not known])
            before = work.connections.hold(known.id) if known else _new_connection(user, offer, now)
            connection = _renewed(before, offer, now)
            connection = replace(connection, is_default=alone or before.is_default)
            if known:
                work.connections.save(connection)
            else:
                work.connections.add(connection)
            secret = offer.client.secret if offer.client else None
            work.vault.keep(connection.id, offer.refresh_token, offer.access_token, secret)
            work.sync.ensure(connection.id, user.id, RESOURCES, now + FIRST_SYNC_AFTER)
            follow(work, now, before, connection)
            action = Action.CONNECTION_RENEWED if known else Action.CONNECTION_CONNECTED
            write_down(work, now, user, visitor, action, connection.id, _details(offer))
            tell(work, now, connection)
            work.commit()
        return Accepted(connection, known is not None)

    def _with_marketplaces(self, connection: Connection, said: Said | None) -> Connection:
        """A grant is never lost because a second call fails: the sync asks for the marketplaces again."""
        try:
            if isinstance(said, PortsideError):
                raise said
            if said is None:
                self.memberships.refreshed(connection, Patience.INTERACTIVE)
            else:
                self.memberships.kept(connection, said)
        except PortsideError as error:
            log.warning(
                "participations are not known yet: %s", error, extra={"connection_id": str(connection.id)}
            )
            with self.work() as work:
                now = self.clock.now()
                news = work.connections.degraded(connection.id, failure_of(error, now))
                work.figures.changed(connection.user_id)
                if news:
                    status = ConnectionStatus.DEGRADED
                    work.outbox.append(connection_changed(connection.user_id, connection.id, status, now))
                work.commit()
        with self.work() as work:
            connection = work.connections.by_id(connection.id)
            if connection.status.usable:
                work.sync.ensure(connection.id, connection.user_id, RESOURCES, self.clock.now())
            work.commit()
        return connection


def known_as(
    work: ConnectionWork,
    user: User,
    provider: Provider,
    seller_id: str | None,
    region: Region | None = None,
) -> ConnectionId | None:
    """The user's connection to this seller (in this region, where it is known), if there is just one."""
    mine = work.connections.by_grant(user.id, provider, seller_id) if seller_id else []
    meant = [one.id for one in mine if region in (None, one.region)]
    return meant[0] if len(meant) == 1 else None


def made_way(work: ConnectionWork, others: Sequence[Connection]) -> bool:
    """Whether no other connection is alive; one that is dead and still the default one is not so any more then."""
    if any(other.status is not ConnectionStatus.DISCONNECTED for other in others):
        return False
    for other in others:
        if other.is_default:
            work.connections.save(replace(work.connections.hold(other.id), is_default=False))
    return True


def _new_connection(user: User, offer: Offer, now: datetime) -> Connection:
    return Connection(
        id=ConnectionId(uuid4()),
        user_id=user.id,
        provider=Provider.AMAZON_SP,
        seller_id=offer.seller_id,
        region=offer.region,
        marketplace_id=offer.marketplace_id,
        marketplace_ids=(offer.marketplace_id,),
        status=ConnectionStatus.CONNECTED,
        is_default=False,
        connected_at=now,
        authorized_at=now,
    )


def _renewed(connection: Connection, offer: Offer, now: datetime) -> Connection:
    return selected(
        replace(
            connection,
            status=ConnectionStatus.CONNECTED,
            authorized_at=now,
            last_error=None,
            chosen_ids=connection.chosen_ids if offer.chosen_ids is None else offer.chosen_ids,
            lwa_client_id=offer.client.id if offer.client else None,
            iam_role_arn=connection.iam_role_arn if offer.iam_role_arn is None else offer.iam_role_arn,
        )
    )


def _details(offer: Offer) -> dict[str, str]:
    details = {"seller_id": offer.seller_id, "region": offer.region.value, "door": offer.door.value}
    return {**details, "lwa_client_id": offer.client.id} if offer.client else details
