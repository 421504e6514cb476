"""Keeping an advertiser's grant: there is one a user, and it opens the accounts of all regions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from domain.ads.accounts import AccountType
from domain.ads.consent_ports import AdsGrantWork
from domain.audit.model import Action
from domain.clock import Clock
from domain.connections.deeds import tell, write_down
from domain.connections.grants import ATTEMPTS, FIRST_SYNC_AFTER, Accepted
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Door, Grant, Provider
from domain.errors import Conflict, NotFound
from domain.marketplaces import Region
from domain.sync.model import Resource
from domain.users.model import User, Visitor

#: Amazon does not say who has given the consent: whoever it was, this is the user's one grant.
ADVERTISER = "amazon-ads"
RESOURCES = Resource.of(Provider.AMAZON_ADS)


@dataclass(frozen=True)
class AdsGrants:
    """Makes the user's one connection of what an advertiser grants."""

    work: Callable[[], AdsGrantWork]
    clock: Clock

    def accept(self, user: User, visitor: Visitor, grant: Grant, region: Region) -> Accepted:
        """Keep the tokens, and have all accounts listed anew.

        A connection that was there before keeps its id, accounts and figures, whichever page the new consent was given
        on and whatever had become of it. Accounts that the new grant does not open are found to be gone.
        """
        attempt = 1
        while True:
            try:
                return self._kept(user, visitor, grant, region)
            except (Conflict, NotFound):
                if attempt == ATTEMPTS:
                    raise
                attempt += 1

    def refused(self, user: User, visitor: Visitor, details: Mapping[str, str]) -> None:
        """Write down that nothing came of it; ``details`` say by which ``door``, and the ``code`` of the reason."""
        with self.work() as work:
            mine = work.connections.of_user(user.id, Provider.AMAZON_ADS)
            about = mine[0].id if mine else None
            now = self.clock.now()
            write_down(work, now, user, visitor, Action.CONNECTION_REFUSED, about, details)
            work.commit()

    def _kept(self, user: User, visitor: Visitor, grant: Grant, region: Region) -> Accepted:
        now = self.clock.now()
        with self.work() as work:
            # Two first consents that come at once, from two pages: the second one finds what the first has made.
            work.connections.hold_default(user.id)
            known = next(iter(work.connections.of_user(user.id, Provider.AMAZON_ADS)), None)
            before = work.connections.hold(known.id) if known else _new_connection(user, region, now)
            connection = replace(
                before,
                region=region,
                status=ConnectionStatus.CONNECTED,
                is_default=True,
                authorized_at=now,
                last_error=None,
            )
            if known:
                work.connections.save(connection)
            else:
                work.connections.add(connection)
            work.vault.keep(connection.id, grant.refresh_token, grant.access_token)
            work.sync.ensure(connection.id, user.id, RESOURCES, now + FIRST_SYNC_AFTER)
            if known:
                work.ads_accounts.list_again(connection.id, tuple(AccountType), now)
            action = Action.CONNECTION_RENEWED if known else Action.CONNECTION_CONNECTED
            write_down(work, now, user, visitor, action, connection.id, _details(region))
            tell(work, now, connection)
            work.commit()
        return Accepted(connection, known is not None)


def _new_connection(user: User, region: Region, now: datetime) -> Connection:
    return Connection(
        id=ConnectionId(uuid4()),
        user_id=user.id,
        provider=Provider.AMAZON_ADS,
        seller_id=ADVERTISER,
        region=region,
        marketplace_id="",
        marketplace_ids=(),
        status=ConnectionStatus.CONNECTED,
        is_default=True,
        connected_at=now,
        authorized_at=now,
    )


def _details(region: Region) -> dict[str, str]:
    return {"seller_id": ADVERTISER, "region": region.value, "door": Door.WEBSITE.value}
