"""Consent on Amazon's page for advertisers: the state goes out with the user, and comes back with Amazon's code."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.ads.consent_ports import AdsCodeExchange, AdsGrantWork, AdsPages
from domain.ads.grants import AdsGrants
from domain.connections.consent import Returned
from domain.connections.model import Connection, ConsentState, Grant, Provider
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.errors import ConsentFailed, InvalidInput, KeyUnavailable, NotConfigured, PortsideError
from domain.marketplaces import SELLING_REGIONS, Region
from domain.users.model import User, Visitor

#: What Login with Amazon sends the browser back with, as our own codes have it. An unknown scope is how Amazon says that
#: the client has no access to the Ads API yet.
_CODES = {
    "access_denied": ("access_denied", "The user did not give consent."),
    "invalid_scope": (
        "not_configured",
        (
            "Amazon does not know the scope advertising::campaign_management for this client (invalid_scope): apply for access "
            "to the Ads API, and assign it to AMAZON_ADS_CLIENT_ID."
        ),
    ),
    "unauthorized_client": (
        "not_configured",
        (
            "Amazon does not let this client ask for consent (unauthorized_client): see AMAZON_ADS_CLIENT_ID and the security "
            "profile at developer.amazon.com."
        ),
    ),
    "invalid_request": (
        "not_configured",
        "Amazon takes the request for consent for wrong (invalid_request).",
    ),
    "unsupported_response_type": ("not_configured", "Amazon gives this client no codes."),
    "server_error": ("exchange_failed", "Amazon's consent page has failed (server_error)."),
    "temporarily_unavailable": ("exchange_failed", "Amazon's consent page is not available at the moment."),
}
_UNKNOWN = ("access_denied", "Amazon sent the user back without consent.")


@dataclass(frozen=True)
class AdsConsent:
    """Sends users to the consent page of a region, and keeps what they come back with."""

    look: Callable[[], AdsGrantWork]
    pages: AdsPages
    codes: AdsCodeExchange
    states: States
    grants: AdsGrants
    trials: Trials
    redirect_uri: str

    def start(self, user: User, browser: str, region: str | None = None) -> str:
        """The address of the consent page, with a fresh state in it. Calls nobody.

        Args:
            user: Who asks.
            browser: What only this browser knows.
            region: ``na``, ``eu`` or ``fe``: on which page the user logs in; ``None``: as the last time, or else where
                the user sells. Accounts of all regions are seen whichever it is.

        Raises:
            InvalidInput: there is no such region.
            NotConfigured: the installation has no client of the Ads API.
        """
        place = self._usual(user) if region is None else _region(region)
        state = self.states.new()
        url = self.pages.url(place, state, self.redirect_uri)
        self.states.keep_for_ads(state, user, browser, place)
        return url

    def finish(self, user: User, visitor: Visitor, browser: str | None, returned: Returned) -> Connection:
        """Make the connection: the state is burnt, the code exchanged, the tokens kept, the first sync scheduled.

        Raises:
            ConsentFailed: nothing was connected; its code says why: ``missing_params``, ``invalid_state``,
                ``access_denied``, ``exchange_failed``, ``not_configured``.
        """
        state: ConsentState | None = None
        try:
            state = self.states.redeem(returned.state, user, browser, Provider.AMAZON_ADS)
            grant = self._granted(user, state, returned)
        except ConsentFailed as failed:
            details = {"code": failed.code, "door": state.door.value if state else "unknown"}
            self.grants.refused(user, visitor, details)
            raise
        return self.grants.accept(user, visitor, grant, state.region).connection

    def _usual(self, user: User) -> Region:
        with self.look() as work:
            known = [
                *work.connections.of_user(user.id, Provider.AMAZON_ADS),
                *work.connections.of_user(user.id, Provider.AMAZON_SP),
            ]
        return known[0].region if known else Region.NA

    def _granted(self, user: User, state: ConsentState, returned: Returned) -> Grant:
        if returned.error is not None:
            raise ConsentFailed(*_CODES.get(returned.error, _UNKNOWN))
        if not returned.code:
            raise ConsentFailed("missing_params", "Amazon sent no code.")
        try:
            self.trials.admit(user)
            return self.codes.exchange(state.region, returned.code, self.redirect_uri)
        except (NotConfigured, KeyUnavailable) as error:
            raise ConsentFailed("not_configured", str(error)) from error
        except PortsideError as error:
            raise ConsentFailed("exchange_failed", str(error)) from error


def _region(text: str) -> Region:
    found = next((each for each in SELLING_REGIONS if each.value == text), None)
    if found is None:
        raise InvalidInput({"region": "is not a region; write na, eu or fe"})
    return found
