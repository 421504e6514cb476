"""Authorization that was started at Amazon's: in its Appstore, or for the yearly renewal.

Amazon sends the seller to us, we send them back with a state of ours, and then Amazon sends the code as after any
consent.

Source: SP-API documentation, "Selling Partner Appstore Authorization Workflow".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from domain.connections.model import Door, Provider
from domain.connections.ports import ConsentPages
from domain.connections.seller_central import SellerCentralAddresses
from domain.connections.states import States
from domain.connections.work import ConnectionWork
from domain.errors import InvalidInput
from domain.marketplaces import DEFAULT_MARKETPLACE_ID, MARKETPLACES, Marketplace
from domain.users.model import User

#: A first guess, until Amazon names the marketplaces: where most sellers of a region are at home.
_LIKELY = (DEFAULT_MARKETPLACE_ID, "A1PA6795UKMFR9", "A1VC38T7YXB528")
_SELLER_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_AMAZON_STATE = re.compile(r"[!-~]{1,1024}")


@dataclass(frozen=True)
class Arrival:
    """What Amazon's page gives the seller along on the way to us."""

    callback_uri: str
    amazon_state: str = field(repr=False)
    seller_id: str


@dataclass(frozen=True)
class Appstore:
    """Sends sellers who come from Amazon's page back to it."""

    look: Callable[[], ConnectionWork]
    addresses: SellerCentralAddresses
    pages: ConsentPages
    states: States
    redirect_uri: str

    def check(self, arrival: Arrival) -> None:
        """Refuse what does not come from Amazon's page. Asks nobody.

        Raises:
            InvalidInput: an address that is not Seller Central's, or nothing that could be a state or a seller.
        """
        problems: dict[str, str] = {}
        problem = self.addresses.problem(arrival.callback_uri)
        if problem is not None:
            problems["amazon_callback_uri"] = problem
        if not _AMAZON_STATE.fullmatch(arrival.amazon_state):
            problems["amazon_state"] = (
                "is none of Amazon's: it is empty, too long, or holds strange characters"
            )
        if not _SELLER_ID.fullmatch(arrival.seller_id):
            problems["selling_partner_id"] = "is no seller id"
        if problems:
            raise InvalidInput(problems)

    def onward(self, user: User, browser: str, arrival: Arrival) -> str:
        """Where to send the seller, who is logged in now: back to Amazon's page, with a fresh state.

        Raises:
            InvalidInput: as ``check``.
            NotConfigured: the installation has no application.
        """
        self.check(arrival)
        state = self.states.new()
        url = self.pages.confirmation(arrival.callback_uri, arrival.amazon_state, state, self.redirect_uri)
        self.states.keep(state, user, browser, self._place(user, arrival), Door.APPSTORE, arrival.seller_id)
        return url

    def _place(self, user: User, arrival: Arrival) -> Marketplace:
        """Where the seller is at home, as far as that can be told before Amazon is asked."""
        candidates = self.addresses.marketplaces(arrival.callback_uri)
        regions = {each.region for each in candidates}
        with self.look() as work:
            known = work.connections.by_grant(user.id, Provider.AMAZON_SP, arrival.seller_id)
        for connection in known:
            if not regions or connection.region in regions:
                return MARKETPLACES[connection.marketplace_id]
        if not candidates:
            return MARKETPLACES[DEFAULT_MARKETPLACE_ID]
        return next((each for each in candidates if each.id in _LIKELY), candidates[0])
