"""The connection that the operator has put into the environment: imported for one user."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from domain.audit.model import Action
from domain.audit.ports import Mark
from domain.connections.grants import Accepted, Grants, Offer
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Door, Participation, Provider
from domain.connections.participations import by_region
from domain.connections.ports import SellerAccounts
from domain.connections.self_authorised import refusal
from domain.connections.work import ConnectionWork
from domain.errors import (
    AccessDenied,
    ChannelError,
    NotConfigured,
    NotFound,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamRefused,
)
from domain.marketplaces import MARKETPLACES, SELLING_REGIONS, Marketplace, Region
from domain.tokens.model import AccessToken, RefreshToken, Renewal
from domain.tokens.ports import TokenExchange
from domain.users.access import Access
from domain.users.model import User, Visitor

log = logging.getLogger(__name__)

_TOKEN, _SELLER, _OWNER = "AMAZON_REFRESH_TOKEN", "AMAZON_SELLER_ID", "AMAZON_OWNER_EMAIL"
#: What a region answers to a token that belongs to another one.
_NOT_HERE = (AccessDenied, NotFound, ReauthorizationRequired, UpstreamRefused)
_OUR_OWN_WORK = Visitor("")
#: How many entries of the audit log are read at once.
_PAGE = 1_000


@dataclass(frozen=True)
class Environment:
    """What the settings name; ``None`` for what is not set. Without an owner it is for the first user."""

    refresh_token: RefreshToken | None = None
    seller_id: str | None = None
    owner_email: str | None = None


@dataclass(frozen=True)
class EnvironmentImport:
    """Makes a connection of what the settings name, once LWA has honoured it."""

    environment: Environment
    look: Callable[[], ConnectionWork]
    access: Access
    exchange: TokenExchange
    accounts: SellerAccounts
    grants: Grants

    @property
    def named(self) -> bool:
        """Whether there is anything to import, be it incomplete."""
        return self.environment.refresh_token is not None or self.environment.seller_id is not None

    def run(self, visitor: Visitor) -> Accepted:
        """The connection, new or renewed.

        Raises:
            NotConfigured: something is not set, names nobody, or is refused by LWA or in every region; says the mend.
            RateLimited, UpstreamFailed, UpstreamTimedOut: Amazon gave no usable answer; nothing was kept.
        """
        token, seller_id = self._named()
        owner = self._owner()
        try:
            renewal = self._proven(token)
            home, said = self._home(owner, seller_id, renewal.access_token)
        except PortsideError as error:
            details = refusal(Door.ENVIRONMENT, seller_id, error)
            self.grants.refused(owner, visitor, details, seller_id=seller_id)
            raise
        offer = Offer(
            door=Door.ENVIRONMENT,
            seller_id=seller_id,
            region=home.region,
            marketplace_id=home.id,
            refresh_token=renewal.refresh_token or token,
            access_token=renewal.access_token,
        )
        return self.grants.accept(owner, visitor, offer, said)

    def at_start(self) -> None:
        """Import it if that was never done and there is somebody to own it. Never raises: the server starts anyway."""
        if self.environment.refresh_token is None or self.environment.seller_id is None:
            return
        try:
            if not self.access.everybody():
                log.info("the connection in the environment is imported when there is a user to own it")
            elif not ever_connected(self.look, self._owner(), Provider.AMAZON_SP, self.environment.seller_id):
                connection = self.run(_OUR_OWN_WORK).connection
                log.info(
                    "the connection in the environment is imported",
                    extra={"connection_id": str(connection.id)},
                )
        except PortsideError as error:
            log.warning(
                "the connection in the environment is not imported: %s (then: `portside connections import-env`)",
                error,
            )
        except Exception:
            log.exception("the connection in the environment is not imported")

    def _named(self) -> tuple[RefreshToken, str]:
        token, seller_id = self.environment.refresh_token, self.environment.seller_id
        if token is None or seller_id is None:
            pairs = ((_TOKEN, token), (_SELLER, seller_id))
            missing = tuple(name for name, value in pairs if value is None)
            raise NotConfigured(f"Nothing to import: set {' and '.join(missing)}.", missing)
        return token, seller_id

    def _owner(self) -> User:
        return owner_of(self.access, self.environment.owner_email)

    def _known(self, owner: User, seller_id: str) -> list[Connection]:
        with self.look() as work:
            return work.connections.by_grant(owner.id, Provider.AMAZON_SP, seller_id)

    def _proven(self, token: RefreshToken) -> Renewal:
        try:
            return self.exchange.refresh(token, None)
        except ReauthorizationRequired as error:
            raise NotConfigured(
                f"Amazon does not honour {_TOKEN} (invalid_grant): it was revoked, has run out, is not whole, or belongs "
                "to another application; authorize the application again, and set the new token.",
                (_TOKEN,),
            ) from error

    def _home(
        self, owner: User, seller_id: str, token: AccessToken
    ) -> tuple[Marketplace, list[Participation]]:
        """The first marketplace in which the token's seller participates, in the first region that knows the token;
        and all that this region has said.
        """
        known = {one.region: one for one in self._known(owner, seller_id)}
        trouble: PortsideError | None = None
        for region in sorted(SELLING_REGIONS, key=lambda region: region not in known):
            try:
                said = self.accounts.participations_with(token, self._provisional(owner, seller_id, region))
            except _NOT_HERE as error:
                log.info("region %s does not take the seller's token: %s", region.value, error)
                continue
            except (ChannelError, RateLimited) as error:
                trouble = error
                continue
            found = by_region(said)
            if found:
                # One address may stand for all regions: then the answer tells the region.
                there = region if region in found else next(iter(found))
                return MARKETPLACES[known[there].marketplace_id if there in known else found[there][0]], said
        if trouble is not None:
            raise trouble
        raise NotConfigured(
            f"In no region does Amazon name a marketplace for {_TOKEN}: the application needs the role Selling Partner "
            "Insights, and the seller a marketplace to sell in.",
            (_TOKEN,),
        )

    def _provisional(self, owner: User, seller_id: str, region: Region) -> Connection:
        """What stands for the connection as long as there is none."""
        now = self.grants.clock.now()
        home = next(each.id for each in MARKETPLACES.values() if each.region is region)
        return Connection(
            id=ConnectionId(uuid4()),
            user_id=owner.id,
            provider=Provider.AMAZON_SP,
            seller_id=seller_id,
            region=region,
            marketplace_id=home,
            marketplace_ids=(home,),
            status=ConnectionStatus.CONNECTED,
            is_default=False,
            connected_at=now,
            authorized_at=now,
        )


def owner_of(access: Access, email: str | None) -> User:
    """Who gets what the environment names: the user with this e-mail, or the first one.

    Raises:
        NotConfigured: there is no such user; says the mend.
    """
    everybody = access.everybody()
    if not everybody:
        raise NotConfigured(
            "There is no user to own the connection: make one with `portside users create EMAIL`.",
            (_OWNER,),
        )
    if email is None:
        return everybody[0]
    owner = next((one for one in everybody if one.email and one.email.lower() == email.lower()), None)
    if owner is None:
        raise NotConfigured(
            f"{_OWNER} is {email}, and there is no such user: correct it, or make them with `portside users create`.",
            (_OWNER,),
        )
    return owner


def ever_connected(
    look: Callable[[], ConnectionWork], owner: User, provider: Provider, seller_id: str
) -> bool:
    """Whether the seller is, or was, connected: what somebody has erased for good, no start brings back."""
    with look() as work:
        if work.connections.by_grant(owner.id, provider, seller_id):
            return True
    mark: Mark | None = None
    while True:
        with look() as work:
            page = work.audit.of_user(owner.id, before=mark, limit=_PAGE)
        if any(
            entry.action == Action.CONNECTION_ERASURE_REQUESTED
            and entry.details.get("seller_id") == seller_id
            for entry in page
        ):
            return True
        if len(page) < _PAGE:
            return False
        mark = (page[-1].at, page[-1].id)
