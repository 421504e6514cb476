"""Stores whose owners bring the means along: a permanent token, or a client of an application of their own."""

from dataclasses import dataclass, field

from domain.channels.grants import StoreGrants, StoreOffer
from domain.channels.ports import StoreTokens
from domain.connections.grants import Accepted
from domain.connections.model import Door, Grant, Store
from domain.connections.self_authorised import refusal
from domain.connections.trials import Trials
from domain.errors import (
    ClientRefused,
    InvalidInput,
    NotFound,
    PortsideError,
    ReauthorizationRequired,
    UpstreamRefused,
)
from domain.tokens.model import LwaClient
from domain.users.model import User, Visitor


@dataclass(frozen=True)
class BroughtStore:
    """What the owner brings: just one of the two."""

    shop: str
    access_token: str | None = field(default=None, repr=False)
    client: LwaClient | None = None


@dataclass(frozen=True)
class BroughtStores:
    """Takes what stores' owners bring, once the store has honoured it.

    The installation's own application is not for them: it opens every store that it is installed in to whoever knows the
    store's name, so a store of its own comes through the consent page, or is named by the operator.
    """

    tokens: StoreTokens
    grants: StoreGrants
    trials: Trials

    def connect(self, user: User, visitor: Visitor, brought: BroughtStore) -> Accepted:
        """The connection, new or renewed. Nothing is kept of what the store does not honour.

        Raises:
            InvalidInput: no such store, both or none of the two were brought, or the channel refuses it.
            RateLimited: this user tries again and again; or the channel is asked too often.
            UpstreamFailed, UpstreamTimedOut: the store gave no usable answer; nothing was kept.
        """
        terms = self.grants.terms
        shop = terms.shop_named(brought.shop)
        if shop is None:
            raise InvalidInput({"shop": terms.words().not_a_store})
        if (brought.access_token is None) == (brought.client is None):
            raise InvalidInput({"access_token": "send either this, or client_id and client_secret"})
        self.trials.admit(user)
        try:
            grant = self._grant(shop, brought)
            said = self._said(shop, grant, brought)
        except PortsideError as error:
            details = refusal(Door.SELF_AUTHORISED, shop, error)
            self.grants.refused(user, visitor, details, shop)
            raise
        offer = StoreOffer(Door.SELF_AUTHORISED, shop, grant, said, brought.client)
        return self.grants.accept(user, visitor, offer)

    def _grant(self, shop: str, brought: BroughtStore) -> Grant:
        if brought.access_token is not None:
            return self.tokens.permanent(brought.access_token)
        try:
            return self.tokens.by_client(shop, brought.client)
        except ClientRefused as error:
            raise InvalidInput({"client_id": str(error), "client_secret": str(error)}) from error
        except (ReauthorizationRequired, UpstreamRefused) as error:
            raise InvalidInput({"shop": str(error)}) from error

    def _said(self, shop: str, grant: Grant, brought: BroughtStore) -> Store:
        """Unlike a code, what was brought can be brought again: without an answer nothing is kept."""
        means = "access_token" if brought.access_token is not None else "client_id"
        try:
            said = self.grants.accounts.store_with(grant.access_token, shop)
        except ReauthorizationRequired as error:
            raise InvalidInput(
                {means: "this store does not take it: copy it again, and see that it is this store's"}
            ) from error
        except (NotFound, UpstreamRefused) as error:
            raise InvalidInput({"shop": str(error)}) from error
        terms = self.grants.terms
        if not terms.may_read_orders(said.scopes):
            lacking = (
                f"lacks the scope {terms.words().reading}: add it to the application, and install it again"
            )
            raise InvalidInput({means: lacking})
        return said
