"""Consent on Amazon's page: the state goes out with the seller, and comes back with Amazon's code."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from domain.audit.model import Action
from domain.connections.grants import Grants, Offer
from domain.connections.model import Connection, ConnectionId, ConsentState, Door, Grant
from domain.connections.ports import CodeExchange, ConsentPages
from domain.connections.selection import unfit
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.connections.work import ConnectionWork
from domain.errors import ConsentFailed, InvalidInput, KeyUnavailable, NotConfigured, PortsideError
from domain.marketplaces import DEFAULT_MARKETPLACE_ID, MARKETPLACES, Marketplace
from domain.users.model import User, Visitor

#: What Amazon sends in the browser's hands is still what a browser sends.
_SELLER_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class Returned:
    """What the browser brings back from the consent page; ``None`` for what is missing. ``error``: it was denied."""

    state: str | None = field(repr=False)
    code: str | None = field(repr=False)
    seller_id: str | None
    error: str | None


@dataclass(frozen=True)
class Consent:
    """Sends sellers to Amazon's consent page, and makes connections of what they come back with."""

    look: Callable[[], ConnectionWork]
    pages: ConsentPages
    codes: CodeExchange
    states: States
    grants: Grants
    trials: Trials
    redirect_uri: str

    def start(
        self,
        user: User,
        browser: str,
        marketplace_id: str | None = None,
        connection_id: ConnectionId | None = None,
    ) -> str:
        """The address of the consent page, with a fresh state in it. Calls nobody.

        With ``connection_id``, it is a renewal: of that connection's region, and for its seller only.

        Raises:
            InvalidInput: a marketplace that we don't know, or of another region than the connection's.
            NotFound: no such connection, or somebody else's.
            NotConfigured: no application to ask for.
        """
        renewed = self._renewed(user, connection_id)
        marketplace = _marketplace(marketplace_id, renewed)
        state = self.states.new()
        url = self.pages.url(marketplace.id, state, self.redirect_uri)
        seller_id = renewed.seller_id if renewed else None
        self.states.keep(state, user, browser, marketplace, Door.WEBSITE, seller_id)
        return url

    def finish(self, user: User, visitor: Visitor, browser: str | None, returned: Returned) -> Connection:
        """Make the connection: the state is burnt, the code exchanged, the tokens kept, the first sync scheduled.

        Raises:
            ConsentFailed: nothing was connected; its code says why: ``missing_params``, ``invalid_state``,
                ``access_denied``, ``exchange_failed``, ``not_configured``.
        """
        state: ConsentState | None = None
        try:
            state = self.states.redeem(returned.state, user, browser)
            offer = self._offer(user, state, returned)
        except ConsentFailed as failed:
            self._refused(user, visitor, state, returned, failed)
            raise
        return self.grants.accept(user, visitor, offer).connection

    def _renewed(self, user: User, connection_id: ConnectionId | None) -> Connection | None:
        if connection_id is None:
            return None
        with self.look() as work:
            return work.connections.get(user.id, connection_id)

    def _offer(self, user: User, state: ConsentState, returned: Returned) -> Offer:
        if returned.error is not None:
            raise ConsentFailed("access_denied", "The seller did not give consent.")
        if not returned.code or not returned.seller_id or not _SELLER_ID.fullmatch(returned.seller_id):
            raise ConsentFailed("missing_params", "Amazon sent no code, or no seller.")
        if _is_stranger(state, returned):
            # Before the code is exchanged: a grant that nobody keeps should not be made.
            raise ConsentFailed(
                "invalid_state", "Another seller gave the consent than the one it was asked of."
            )
        grant = self._exchanged(user, returned.code)
        return Offer(
            state.door,
            returned.seller_id,
            state.region,
            state.marketplace_id,
            grant.refresh_token,
            grant.access_token,
        )

    def _exchanged(self, user: User, code: str) -> Grant:
        try:
            self.trials.admit(user)
            return self.codes.exchange(code, self.redirect_uri)
        except (NotConfigured, KeyUnavailable) as error:
            raise ConsentFailed("not_configured", str(error)) from error
        except PortsideError as error:
            raise ConsentFailed("exchange_failed", str(error)) from error

    def _refused(
        self,
        user: User,
        visitor: Visitor,
        state: ConsentState | None,
        returned: Returned,
        failed: ConsentFailed,
    ) -> None:
        details = {"code": failed.code, "door": state.door.value if state else "unknown"}
        action = Action.CONNECTION_REFUSED
        if state and failed.code == "invalid_state" and _is_stranger(state, returned):
            details |= {
                "expected_seller_id": state.expected_seller_id or "",
                "seller_id": returned.seller_id or "",
            }
            if state.door is Door.WEBSITE:
                action = Action.CONNECTION_RENEWAL_REFUSED
        meant = (state.expected_seller_id or returned.seller_id) if state else None
        self.grants.refused(
            user, visitor, details, action, seller_id=meant, region=state.region if state else None
        )


def _marketplace(marketplace_id: str | None, renewed: Connection | None) -> Marketplace:
    home = renewed.marketplace_id if renewed else DEFAULT_MARKETPLACE_ID
    wanted = home if marketplace_id is None else marketplace_id
    problem = unfit([wanted], renewed.region if renewed else None)
    if problem is not None:
        raise InvalidInput({"marketplace_id": problem})
    return MARKETPLACES[wanted]


def _is_stranger(state: ConsentState, returned: Returned) -> bool:
    """Whether the consent was asked of one seller, and given by another."""
    return state.expected_seller_id is not None and returned.seller_id != state.expected_seller_id
