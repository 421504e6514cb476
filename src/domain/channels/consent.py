"""Consent on a store's own page: the state goes out with the owner, and comes back signed, with a code."""

from dataclasses import dataclass

from domain.channels.grants import StoreGrants, StoreOffer
from domain.channels.model import Parameters, Returned
from domain.channels.ports import StoreArrivals, StorePages, StoreTokens
from domain.clock import Clock
from domain.connections.model import Connection, ConsentState, Door, Grant, Store
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.errors import ConsentFailed, InvalidInput, KeyUnavailable, NotConfigured, PortsideError
from domain.users.model import User, Visitor


@dataclass(frozen=True)
class StoreConsent:
    """Sends stores' owners to the consent page, and makes connections of what they come back with."""

    pages: StorePages
    tokens: StoreTokens
    arrivals: StoreArrivals
    states: States
    grants: StoreGrants
    trials: Trials
    clock: Clock
    redirect_uri: str

    def start(self, user: User, browser: str, shop: str) -> str:
        """The address of the store's consent page, with a fresh state in it. Calls nobody.

        Raises:
            InvalidInput: no store can be called that.
            NotConfigured: no application to ask for.
        """
        provider, terms = self.grants.provider, self.grants.terms
        named = terms.shop_named(shop)
        if named is None:
            raise InvalidInput({"shop": terms.words().not_a_store})
        state = self.states.new()
        url = self.pages.url(named, state, self.redirect_uri)
        self.states.keep_for_store(provider, state, user, browser, named)
        return url

    def check_arrival(self, parameters: Parameters) -> str:
        """The store in whose admin somebody has chosen to install our application, if the channel has signed that.

        Raises:
            NotConfigured: there is no application that could be installed.
            InvalidInput: the channel has not signed it, or not just now.
        """
        if self.pages.missing():
            raise NotConfigured(self._unconfigured, self.pages.missing())
        return self.arrivals.installing(parameters, self.clock.now())

    def finish(self, user: User, visitor: Visitor, browser: str | None, parameters: Parameters) -> Connection:
        """Make the connection: the state is burnt, the code exchanged, the tokens kept, the first sync scheduled.

        Raises:
            ConsentFailed: nothing was connected; its code says why: ``missing_params``, ``invalid_state``,
                ``access_denied``, ``exchange_failed``, ``not_configured``.
        """
        state: ConsentState | None = None
        try:
            returned = self.arrivals.returned(parameters, self.clock.now())
            state = self.states.redeem(returned.state, user, browser, self.grants.provider)
            offer = self._offer(user, state, returned)
        except ConsentFailed as failed:
            shop = state.expected_seller_id if state else None
            details = {"code": failed.code, "door": Door.WEBSITE.value}
            if shop is not None:
                details["seller_id"] = shop
            self.grants.refused(user, visitor, details, shop)
            raise
        return self.grants.accept(user, visitor, offer).connection

    @property
    def _unconfigured(self) -> str:
        return f"{self.grants.provider.label}'s application is not configured."

    def _offer(self, user: User, state: ConsentState, returned: Returned) -> StoreOffer:
        terms, label = self.grants.terms, self.grants.provider.label
        if returned.denied:
            raise ConsentFailed("access_denied", "The store's owner did not give consent.")
        shop, code = returned.shop, returned.code
        if shop is None or code is None or not returned.whole:
            raise ConsentFailed(
                "missing_params", f"{label} sent no code, no store, no moment or no signature."
            )
        if self.pages.missing():
            raise ConsentFailed("not_configured", self._unconfigured)
        # A forged answer must not have our secret sent anywhere, so all of it is looked at before the exchange.
        if not returned.signed:
            raise ConsentFailed("invalid_state", f"What came back is not signed by {label}, or was changed.")
        # The state was made for a store whose name can be one.
        if shop != state.expected_seller_id:
            raise ConsentFailed(
                "invalid_state", "Another store gave the consent than the one it was asked of."
            )
        if not returned.recent:
            raise ConsentFailed("invalid_state", "What came back was signed too long ago, or in the future.")
        grant, said = self._exchanged(user, shop, code)
        if isinstance(said, Store) and not terms.may_read_orders(said.scopes):
            scope = terms.words().reading
            raise ConsentFailed(
                "access_denied", f"The store did not grant {scope}, without which there is nothing."
            )
        return StoreOffer(Door.WEBSITE, shop, grant, said)

    def _exchanged(self, user: User, shop: str, code: str) -> tuple[Grant, Store | PortsideError]:
        try:
            self.trials.admit(user)
            grant = self.tokens.exchange(shop, code)
            return grant, self.grants.tried(grant, shop)
        except (NotConfigured, KeyUnavailable) as error:
            raise ConsentFailed("not_configured", str(error)) from error
        except PortsideError as error:
            raise ConsentFailed("exchange_failed", str(error)) from error
