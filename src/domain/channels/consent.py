"""Consent on a store's own page: the state goes out with the owner, and comes back signed, with a code."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.channels.access import may_read_orders
from domain.channels.grants import StoreGrants, StoreOffer
from domain.channels.ports import StorePages, StoreTokens
from domain.channels.shops import is_shop, shop_named
from domain.channels.signature import Parameters, Signatures
from domain.clock import Clock
from domain.connections.model import Connection, ConsentState, Door, Grant, Provider, Store
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.errors import ConsentFailed, InvalidInput, KeyUnavailable, NotConfigured, PortsideError
from domain.users.model import User, Visitor

#: How far a signed moment may be from ours, before or after: as long as a state lives, and clocks that go wrong by less
#: lock nobody out.
LATEST = timedelta(minutes=10)
#: Seconds since 1970 have so many digits until the year 2286.
_MOMENT_DIGITS = 10
NOT_A_STORE = "is not a store; write your-store.myshopify.com"


@dataclass(frozen=True)
class StoreConsent:
    """Sends stores' owners to the consent page, and makes connections of what they come back with."""

    pages: StorePages
    tokens: StoreTokens
    signatures: Signatures
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
        named = shop_named(shop)
        if named is None:
            raise InvalidInput({"shop": NOT_A_STORE})
        state = self.states.new()
        url = self.pages.url(named, state, self.redirect_uri)
        self.states.keep_for_store(Provider.SHOPIFY, state, user, browser, named)
        return url

    def check_arrival(self, parameters: Parameters) -> str:
        """The store in whose admin somebody has chosen to install our application, if Shopify has signed that.

        Raises:
            NotConfigured: there is no application that could be installed.
            InvalidInput: Shopify has not signed it, or not just now.
        """
        if self.pages.missing():
            raise NotConfigured("Shopify's application is not configured.", self.pages.missing())
        if not self.signatures.of_query(parameters):
            raise InvalidInput({"hmac": "is not Shopify's signature under this request"})
        given = dict(parameters)
        shop = given.get("shop", "")
        if not is_shop(shop):
            raise InvalidInput({"shop": NOT_A_STORE})
        if not _recent(given.get("timestamp"), self.clock.now()):
            minutes = int(LATEST.total_seconds() // 60)
            raise InvalidInput(
                {"timestamp": f"is more than {minutes} minutes away: begin at Shopify's page again"}
            )
        return shop

    def finish(self, user: User, visitor: Visitor, browser: str | None, parameters: Parameters) -> Connection:
        """Make the connection: the state is burnt, the code exchanged, the tokens kept, the first sync scheduled.

        Raises:
            ConsentFailed: nothing was connected; its code says why: ``missing_params``, ``invalid_state``,
                ``access_denied``, ``exchange_failed``, ``not_configured``.
        """
        state: ConsentState | None = None
        try:
            given = {name: value for name, value in parameters if value}
            state = self.states.redeem(given.get("state"), user, browser, Provider.SHOPIFY)
            offer = self._offer(user, state, given, parameters)
        except ConsentFailed as failed:
            shop = state.expected_seller_id if state else None
            details = {"code": failed.code, "door": Door.WEBSITE.value}
            if shop is not None:
                details["seller_id"] = shop
            self.grants.refused(user, visitor, details, shop)
            raise
        return self.grants.accept(user, visitor, offer).connection

    def _offer(
        self, user: User, state: ConsentState, given: dict[str, str], parameters: Parameters
    ) -> StoreOffer:
        if "error" in given:
            raise ConsentFailed("access_denied", "The store's owner did not give consent.")
        shop, code = given.get("shop"), given.get("code")
        if shop is None or code is None or "hmac" not in given or "timestamp" not in given:
            raise ConsentFailed(
                "missing_params", "Shopify sent no code, no store, no moment or no signature."
            )
        if self.pages.missing():
            raise ConsentFailed("not_configured", "Shopify's application is not configured.")
        # A forged answer must not have our secret sent anywhere, so all of it is looked at before the exchange.
        if not self.signatures.of_query(parameters):
            raise ConsentFailed("invalid_state", "What came back is not signed by Shopify, or was changed.")
        if not is_shop(shop) or shop != state.expected_seller_id:
            raise ConsentFailed(
                "invalid_state", "Another store gave the consent than the one it was asked of."
            )
        if not _recent(given["timestamp"], self.clock.now()):
            raise ConsentFailed("invalid_state", "What came back was signed too long ago, or in the future.")
        grant, said = self._exchanged(user, shop, code)
        if isinstance(said, Store) and not may_read_orders(said.scopes):
            raise ConsentFailed(
                "access_denied", "The store did not grant read_orders, without which there is nothing."
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


def _recent(text: str | None, now: datetime) -> bool:
    """Whether this is a moment, in seconds since 1970, that is not far from now."""
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > _MOMENT_DIGITS:
        return False
    return abs(now - datetime.fromtimestamp(int(text), UTC)) <= LATEST
