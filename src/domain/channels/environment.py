"""The store that the operator has put into the environment: imported for one user."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from domain.channels.grants import StoreGrants, StoreOffer
from domain.channels.ports import StoreTokens
from domain.connections.environment import ever_connected, owner_of
from domain.connections.grants import Accepted
from domain.connections.model import Door, Grant, Store
from domain.connections.self_authorised import refusal
from domain.connections.work import ConnectionWork
from domain.errors import NotConfigured, NotFound, PortsideError, ReauthorizationRequired, UpstreamRefused
from domain.users.access import Access
from domain.users.model import User, Visitor

log = logging.getLogger(__name__)

_OUR_OWN_WORK = Visitor("")


@dataclass(frozen=True)
class StoreSettings:
    """What the variables are called that name a store, and the means to it."""

    shop: str
    token: str
    client: tuple[str, ...]


@dataclass(frozen=True)
class StoreEnvironment:
    """What the settings name; ``None`` for what is not set. Without a token, the application's client is asked for one."""

    shop: str | None = None
    access_token: str | None = field(default=None, repr=False)
    owner_email: str | None = None


@dataclass(frozen=True)
class StoreImport:
    """Makes a connection of the store that the settings name, once the store has honoured the means."""

    settings: StoreSettings
    environment: StoreEnvironment
    look: Callable[[], ConnectionWork]
    access: Access
    tokens: StoreTokens
    grants: StoreGrants

    @property
    def named(self) -> bool:
        """Whether there is anything to import."""
        return self.environment.shop is not None

    def run(self, visitor: Visitor) -> Accepted:
        """The connection, new or renewed.

        Raises:
            NotConfigured: something is not set, names nobody, or is refused; says the mend.
            RateLimited, UpstreamFailed, UpstreamTimedOut: the channel gave no usable answer; nothing was kept.
        """
        shop = self.environment.shop
        if shop is None:
            name = self.settings.shop
            raise NotConfigured(f"Nothing to import: set {name}.", (name,))
        owner = owner_of(self.access, self.environment.owner_email)
        try:
            grant = self._grant(shop)
            said = self._said(shop, grant)
        except PortsideError as error:
            details = refusal(Door.ENVIRONMENT, shop, error)
            self.grants.refused(owner, visitor, details, shop)
            raise
        return self.grants.accept(owner, visitor, StoreOffer(Door.ENVIRONMENT, shop, grant, said))

    def at_start(self) -> None:
        """Import it if that was never done and there is somebody to own it. Never raises: the server starts anyway."""
        if self.environment.shop is None:
            return
        try:
            if not self.access.everybody():
                log.info("the store in the environment is imported when there is a user to own it")
            elif not self._ever(self.environment.shop):
                connection = self.run(_OUR_OWN_WORK).connection
                log.info(
                    "the store in the environment is imported", extra={"connection_id": str(connection.id)}
                )
        except PortsideError as error:
            log.warning(
                "the store in the environment is not imported: %s (then: `portside connections import-env`)",
                error,
            )
        except Exception:
            log.exception("the store in the environment is not imported")

    def _ever(self, shop: str) -> bool:
        owner: User = owner_of(self.access, self.environment.owner_email)
        return ever_connected(self.look, owner, self.grants.provider, shop)

    def _grant(self, shop: str) -> Grant:
        token = self.environment.access_token
        if token is not None:
            return self.tokens.permanent(token)
        try:
            return self.tokens.by_client(shop, None)
        except (ReauthorizationRequired, UpstreamRefused) as error:
            named = self.settings
            missing = (named.shop, *named.client)
            raise NotConfigured(f"{named.shop} can't be connected: {error}", missing) from error

    def _said(self, shop: str, grant: Grant) -> Store:
        named, terms = self.settings, self.grants.terms
        means = (named.token,) if self.environment.access_token is not None else named.client
        try:
            said = self.grants.accounts.store_with(grant.access_token, shop)
        except ReauthorizationRequired as error:
            message = f"The store does not take {' and '.join(means)}: copy it again, and see that it is of {named.shop}."
            raise NotConfigured(message, means) from error
        except (NotFound, UpstreamRefused) as error:
            raise NotConfigured(f"{named.shop} can't be connected: {error}", (named.shop,)) from error
        if not terms.may_read_orders(said.scopes):
            scope = terms.words().reading
            message = f"The application lacks the scope {scope} in this store: add it, and install it again."
            raise NotConfigured(message, means)
        return said
