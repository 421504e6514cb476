"""Keeping what a store's owner grants, by whichever door it came: as a new connection, or as the renewal of one."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from domain.audit.model import Action
from domain.channels.ports import StoreAccounts, StoreTerms
from domain.clock import Clock
from domain.connections.deeds import tell, write_down
from domain.connections.grants import ATTEMPTS, FIRST_SYNC_AFTER, Accepted, known_as, made_way
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Door, Grant, Provider, Store
from domain.connections.work import ConnectionWork
from domain.errors import Conflict, NotFound, PortsideError, ReauthorizationRequired
from domain.marketplaces import Region
from domain.sync.failures import failure_of
from domain.sync.model import Resource
from domain.tokens.model import LwaClient
from domain.users.model import User, Visitor

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoreOffer:
    """A store's grant, with what the store has said of itself; an error: it has not said it yet.

    ``client`` is the user's own client that the grant belongs to; ``None``: the installation's application.
    """

    door: Door
    shop: str
    grant: Grant
    said: Store | PortsideError
    client: LwaClient | None = None


@dataclass(frozen=True)
class StoreGrants:
    """Makes connections of what the owners of one channel's stores offer."""

    provider: Provider
    work: Callable[[], ConnectionWork]
    terms: StoreTerms
    accounts: StoreAccounts
    clock: Clock

    def tried(self, grant: Grant, shop: str) -> Store | PortsideError:
        """What the store says to the grant before anything is kept.

        Raises:
            ReauthorizationRequired: the store does not take the token.
        """
        try:
            return self.accounts.store_with(grant.access_token, shop)
        except ReauthorizationRequired:
            raise
        except PortsideError as error:
            return error

    def accept(self, user: User, visitor: Visitor, offer: StoreOffer) -> Accepted:
        """Keep the tokens, and schedule the first sync.

        This user's connection to the same store keeps its id, data and cursors, and is connected again whatever it was.
        A grant is not lost because the store has not said what it is called: the sync asks again.
        """
        attempt = 1
        while True:
            try:
                return self._kept(user, visitor, offer)
            except (Conflict, NotFound):
                if attempt == ATTEMPTS:
                    raise
                attempt += 1

    def refused(
        self, user: User, visitor: Visitor, details: Mapping[str, str], shop: str | None = None
    ) -> None:
        """Write down that nothing came of it; ``details`` say by which ``door``, and the ``code`` of the reason."""
        with self.work() as work:
            about = known_as(work, user, self.provider, shop)
            now = self.clock.now()
            write_down(work, now, user, visitor, Action.CONNECTION_REFUSED, about, details)
            work.commit()

    def _kept(self, user: User, visitor: Visitor, offer: StoreOffer) -> Accepted:
        now = self.clock.now()
        with self.work() as work:
            work.connections.hold_default(user.id)
            mine = work.connections.of_user(user.id, self.provider)
            known = next((one for one in mine if one.seller_id == offer.shop), None)
            alone = made_way(work, [one for one in mine if one is not known])
            before = work.connections.hold(known.id) if known else self._new_connection(user, offer, now)
            connection = replace(_renewed(before, offer, now), is_default=alone or before.is_default)
            if known:
                work.connections.save(connection)
            else:
                work.connections.add(connection)
            grant, secret = offer.grant, offer.client.secret if offer.client else None
            work.vault.keep(connection.id, grant.refresh_token, grant.access_token, secret)
            work.sync.ensure(connection.id, user.id, Resource.of(self.provider), now + FIRST_SYNC_AFTER)
            action = Action.CONNECTION_RENEWED if known else Action.CONNECTION_CONNECTED
            write_down(work, now, user, visitor, action, connection.id, _details(offer))
            if isinstance(offer.said, PortsideError):
                log.warning(
                    "the store's name and time zone are not known yet: %s",
                    offer.said,
                    extra={"connection_id": str(connection.id)},
                )
                work.connections.degraded(connection.id, failure_of(offer.said, now))
                connection = work.connections.by_id(connection.id)
            tell(work, now, connection)
            work.commit()
        return Accepted(connection, known is not None)

    def _new_connection(self, user: User, offer: StoreOffer, now: datetime) -> Connection:
        return Connection(
            id=ConnectionId(uuid4()),
            user_id=user.id,
            provider=self.provider,
            seller_id=offer.shop,
            region=Region.WORLD,
            marketplace_id=offer.shop,
            marketplace_ids=(offer.shop,),
            status=ConnectionStatus.CONNECTED,
            is_default=False,
            connected_at=now,
            authorized_at=now,
        )


def _renewed(connection: Connection, offer: StoreOffer, now: datetime) -> Connection:
    return replace(
        connection,
        status=ConnectionStatus.CONNECTED,
        authorized_at=now,
        last_error=None,
        lwa_client_id=offer.client.id if offer.client else None,
        store=offer.said if isinstance(offer.said, Store) else connection.store,
    )


def _details(offer: StoreOffer) -> dict[str, str]:
    details = {"seller_id": offer.shop, "door": offer.door.value}
    return {**details, "client_id": offer.client.id} if offer.client else details
