"""Registering ads accounts.

Source: Amazon Ads API, "Create accounts".
"""

from dataclasses import dataclass
from urllib.parse import quote

from adapters.ads.call import AdsCall, AdsCalls
from adapters.ads.wire import accounts as wire
from domain.ads.accounts import FoundAccount
from domain.ads.registration import RegistrationWish
from domain.connections.model import Connection
from domain.gateway.model import Patience

_TERMS_ASKED = "application/vnd.GlobalRegistrationService.TermsTokenResource.v1.0+json"
_TERMS = "application/vnd.termstokenresource.v1+json"
_REGISTER = "application/vnd.registeradsaccountresource.v1+json"
_ACCOUNT = "application/vnd.accountresource.v1+json"


@dataclass(frozen=True)
class AmazonAdsRegistrar:
    """See ``domain.ads.ports.AdsRegistrar``. Accounts are global: the grant's home is asked."""

    ads: AdsCalls

    def terms(self, connection: Connection, patience: Patience = Patience.BACKGROUND) -> tuple[str, str]:
        """A new token. One that is never used hurts nobody."""
        call = AdsCall(
            "createTermsToken",
            "POST",
            connection.region,
            "/termsTokens",
            body={"termsType": "ADVERTISING"},
            content_type=_TERMS_ASKED,
            accept=_TERMS,
        )
        return self.ads.call(connection, call, wire.terms, patience)

    def terms_status(
        self, connection: Connection, terms_token: str, patience: Patience = Patience.BACKGROUND
    ) -> str:
        """``CREATED``, ``ACCEPTED`` or ``REDEEMED``."""
        path = f"/termsTokens/{quote(terms_token, safe='')}"
        call = AdsCall("getTermsToken", "GET", connection.region, path, accept=_TERMS)
        return self.ads.call(connection, call, wire.terms_status, patience)

    def register(
        self, connection: Connection, wish: RegistrationWish, patience: Patience = Patience.BACKGROUND
    ) -> FoundAccount:
        """Sent once: twice might make two accounts."""
        call = AdsCall(
            "registerAdsAccount",
            "POST",
            connection.region,
            "/adsAccounts",
            body=_wish(wish),
            content_type=_REGISTER,
            repeatable=False,
        )
        return self.ads.call(connection, call, wire.one_account, patience)

    def account(self, connection: Connection, ads_account_id: str) -> FoundAccount:
        """How it gets on."""
        path = f"/adsAccounts/{quote(ads_account_id, safe='')}"
        call = AdsCall("getAdsAccount", "GET", connection.region, path, accept=_ACCOUNT)
        return self.ads.call(connection, call, wire.one_account, Patience.BACKGROUND)


def _wish(wish: RegistrationWish) -> dict[str, object]:
    body: dict[str, object] = {"accountName": wish.account_name, "countryCodes": list(wish.country_codes)}
    association: dict[str, object] = {}
    if wish.seller_id is not None:
        association = {"amazonSeller": {"sellerCentralAccount": wish.seller_id}}
    elif wish.vendor_group is not None:
        association = {"amazonVendor": {"vendorGroup": wish.vendor_group}}
    elif wish.author_email is not None:
        association = {"amazonAuthor": {"email": wish.author_email}}
    elif wish.business is not None:
        association = {"business": dict(wish.business)}
    if association:
        body["associations"] = [association]
    if wish.terms_token is not None:
        body["termsToken"] = wish.terms_token
    return body
