"""Registering an ads account: Amazon's terms, the page where they are accepted, and the way of an account to its end.

Source: Amazon Ads API, "Create accounts".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, render_template_string, request

from entrypoints.simulator.ads.accounts import Accounts
from entrypoints.simulator.ads.api import Call, Operation
from entrypoints.simulator.ads.errors import AdsError, accounts
from entrypoints.simulator.ads.pages import TERMS_PAGE, WRONG_PAGE
from entrypoints.simulator.ads.people import Account, Everybody, Person, Profile
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.consent import html_page
from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.moments import SECOND, to_ms

TERMS = "application/vnd.GlobalRegistrationService.TermsTokenResource.v1.0+json"
TERMS_TOLD = "application/vnd.termstokenresource.v1+json"
REGISTERED = "application/vnd.registeradsaccountresource.v1+json"
KINDS = ("ADVERTISING", "MARKETING_CLOUD", "PARTNER_NETWORK")
#: How a registration may be made to end: refused at once, refused later, made in a part of its countries.
FATES = ("REFUSED", "DISABLED", "PARTIALLY_CREATED")
_MERCHANT = re.compile(r"A[A-Z0-9]{9,19}\Z")
_ASSOCIATIONS = {
    "amazonSeller": "sellerCentralAccount",
    "amazonVendor": "vendorGroup",
    "amazonAuthor": "email",
    "business": "name",
}


@dataclass(frozen=True)
class Terms:
    """A terms token, and whether its terms were accepted."""

    kind: str
    status: str = "CREATED"


@dataclass(frozen=True)
class Registered:
    """An account that was registered; what becomes of it is known from the beginning."""

    account: Account
    person_id: str
    profiles: tuple[Profile, ...]
    asked_ms: int
    fate: str = "CREATED"

    def at(self, now_ms: int, whole_ms: int) -> tuple[Account, list[Profile]]:
        """How it stands: pending for a third of the time, and made country by country after that."""
        over = now_ms - self.asked_ms
        if self.fate == "REFUSED" or (self.fate == "DISABLED" and over >= whole_ms):
            return replace(self.account, status="DISABLED", errors=self._errors(0)), []
        if over * 3 < whole_ms:
            return replace(self.account, status="PENDING", countries=self._without_profiles(0)), []
        if over >= whole_ms and self.fate == "CREATED":
            return replace(self.account, status="CREATED"), list(self.profiles)
        if self.fate == "DISABLED" or len(self.profiles) == 1:
            return replace(self.account, status="PENDING", countries=self._without_profiles(0)), []
        errors = self._errors(1) if self.fate == "PARTIALLY_CREATED" and over >= whole_ms else ()
        told = replace(
            self.account, status="PARTIALLY_CREATED", countries=self._without_profiles(1), errors=errors
        )
        return told, list(self.profiles[:1])

    def _without_profiles(self, first: int) -> tuple[tuple[str, int | None], ...]:
        countries = self.account.countries
        return (*countries[:first], *((country, None) for country, _ in countries[first:]))

    def _errors(self, first: int) -> tuple[tuple[str, str, str], ...]:
        code, text = "ALREADY_REGISTERED", "The selling partner is registered for sponsored ads already."
        if self.fate != "REFUSED":
            code, text = "NOT_ELIGIBLE", "The selling partner is not eligible in this country."
        return tuple((country, code, text) for country, _ in self.account.countries[first:])


@dataclass
class Registry:
    """Remembers terms and registrations as long as the process lives."""

    config: SimulatorConfig
    _terms: dict[str, Terms] = field(default_factory=dict, init=False)
    _registered: list[Registered] = field(default_factory=list, init=False)
    _fates: list[str] = field(default_factory=list, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def token(self, kind: str) -> str:
        """A new terms token."""
        token = str(uuid4())
        self._terms[token] = Terms(kind)
        return token

    def terms(self, token: str) -> Terms | None:
        return self._terms.get(token)

    def accept(self, token: str) -> bool:
        """The user accepts; False where there is nothing to accept."""
        with self._lock:
            terms = self._terms.get(token)
            if terms is None or terms.status == "REDEEMED":
                return False
            self._terms[token] = replace(terms, status="ACCEPTED")
            return True

    def redeem(self, token: str) -> bool:
        """One accepted token registers one account."""
        with self._lock:
            terms = self._terms.get(token)
            if terms is None or terms.status != "ACCEPTED":
                return False
            self._terms[token] = replace(terms, status="REDEEMED")
            return True

    def foretell(self, fate: str, times: int) -> None:
        """The next registrations end this way."""
        with self._lock:
            self._fates += [fate] * times

    def add(
        self, account: Account, person: Person, profiles: tuple[Profile, ...], refused: bool
    ) -> Registered:
        """A registration that begins now."""
        with self._lock:
            fate = "REFUSED" if refused else self._fates.pop(0) if self._fates else "CREATED"
            made = Registered(account, person.id, profiles, to_ms(self.config.now()), fate)
            self._registered.append(made)
            return made

    def told(self, registered: Registered) -> tuple[Account, list[Profile]]:
        whole_ms = int(self.config.ads.registration_seconds * SECOND)
        return registered.at(to_ms(self.config.now()), whole_ms)

    def of(self, person: Person) -> list[tuple[Account, list[Profile]]]:
        """What a person has registered, as it stands."""
        return [self.told(each) for each in self._registered if person.id == each.person_id]

    def owners(self) -> set[str]:
        """For whom there is an account already."""
        return {each.account.owner_id for each in self._registered if each.fate != "REFUSED"}


@dataclass(frozen=True)
class Registration:
    """The operations of registering."""

    registry: Registry
    accounts: Accounts

    def create_terms(self, call: Call) -> Any:
        body = call.body if isinstance(call.body, dict) else {}
        kind = body.get("termsType")
        if kind not in KINDS:
            raise AdsError(400, f"termsType must be one of {', '.join(KINDS)}")
        token = self.registry.token(str(kind))
        return {"termsToken": token, "termsUrl": f"{call.base_url}/terms/agreement/{token}"}

    def get_terms(self, call: Call) -> Any:
        terms = self.registry.terms(call.path["termsToken"])
        if terms is None:
            raise AdsError(404, "The terms token was not found")
        return {"termsTokenStatus": terms.status, "termsType": terms.kind}

    def register(self, call: Call) -> Any:
        body = call.body
        if not isinstance(body, dict):
            raise AdsError(400, "The request body must be an object")
        owner, countries = self._wanted(body)
        token = body.get("termsToken")
        if self.registry.config.ads.terms_needed or token is not None:
            if token is None:
                raise AdsError(400, "termsToken is required")
            if not self.registry.redeem(str(token)):
                raise AdsError(400, "The terms of the termsToken were not accepted, or it was used")
        everybody = self.accounts.directory.everybody
        known = self.registry.owners() | {each.owner_id for each in everybody.accounts if each.owner_id}
        account, profiles = _made(everybody, owner, countries, str(body.get("accountName") or owner))
        registered = self.registry.add(account, call.person, profiles, owner in known)
        told, _ = self.registry.told(registered)
        answer = self.accounts.told(told)
        return {"adsAccount": {name: answer[name] for name in _ANSWERED if name in answer}}

    def _wanted(self, body: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
        """For whom and where."""
        countries = body.get("countryCodes") or []
        if not isinstance(countries, list) or len(countries) > 1:
            raise AdsError(400, "countryCodes takes one country at most")
        unknown = [each for each in countries if _country(each) not in BY_COUNTRY]
        if unknown:
            raise AdsError(400, f"countryCodes includes invalid values: ({unknown[0]})")
        associations = body.get("associations") or []
        if not isinstance(associations, list) or len(associations) > 1:
            raise AdsError(400, "associations takes one association at most")
        owner = _owner(associations[0]) if associations else str(body.get("accountName") or "")
        if not owner:
            raise AdsError(400, "accountName or one association is required")
        seller = next((each for each in self.registry.config.sellers if each.id == owner), None)
        if countries:
            return owner, (_country(countries[0]),)
        if seller is not None:
            return owner, tuple(each.country_code for each in seller.marketplaces)
        return owner, ("US", "CA")


_ANSWERED = ("adsAccountId", "accountName", "status", "errors")


def _country(code: object) -> str:
    return "GB" if code == "UK" else str(code)


def _owner(association: object) -> str:
    kinds = [kind for kind in _ASSOCIATIONS if isinstance(association, dict) and kind in association]
    if not isinstance(association, dict) or len(kinds) != 1 or not isinstance(association[kinds[0]], dict):
        raise AdsError(400, f"an association is one of {', '.join(_ASSOCIATIONS)}")
    owner = association[kinds[0]].get(_ASSOCIATIONS[kinds[0]])
    if not isinstance(owner, str) or not owner:
        raise AdsError(400, f"{kinds[0]}.{_ASSOCIATIONS[kinds[0]]} is required")
    if kinds[0] == "amazonSeller" and not _MERCHANT.match(owner):
        raise AdsError(400, "sellerCentralAccount is no merchant id")
    return owner


def _made(
    everybody: Everybody, owner: str, countries: tuple[str, ...], name: str
) -> tuple[Account, tuple[Profile, ...]]:
    profiles = tuple(everybody.profile_for(BY_COUNTRY[country], owner, name) for country in countries)
    pairs = tuple((country, profile.id) for country, profile in zip(countries, profiles, strict=True))
    account_id = f"amzn1.ads-account.g.{uuid4().hex[:20]}"
    return Account(account_id, name, "PENDING", pairs, owner_id=owner), profiles


def operations(registry: Registry, desk: Accounts) -> tuple[Operation, ...]:
    """``/termsTokens`` and ``POST /adsAccounts``."""
    one = Registration(registry, desk)
    return (
        Operation(
            "ads.createTermsToken",
            "POST",
            "/termsTokens",
            one.create_terms,
            accounts,
            takes=(TERMS,),
            gives=(TERMS_TOLD,),
            status=201,
        ),
        Operation(
            "ads.getTermsToken",
            "GET",
            "/termsTokens/{termsToken}",
            one.get_terms,
            accounts,
            gives=(TERMS_TOLD,),
        ),
        Operation(
            "ads.registerAdsAccount",
            "POST",
            "/adsAccounts",
            one.register,
            accounts,
            takes=(REGISTERED,),
            gives=("application/json",),
            status=201,
        ),
    )


def terms_blueprint(registry: Registry) -> Blueprint:
    """``/terms/agreement/<token>``: GET shows the terms, POST accepts them."""
    blueprint = Blueprint("ads_terms", __name__)

    @blueprint.route("/terms/agreement/<token>", methods=["GET", "POST"])
    def agreement(token: str) -> Response:
        terms = registry.terms(token)
        if terms is None or (request.method == "POST" and not registry.accept(token)):
            return html_page(
                render_template_string(WRONG_PAGE, message="These terms are not to be accepted."), 404
            )
        accepted = request.method == "POST" or terms.status != "CREATED"
        return html_page(render_template_string(TERMS_PAGE, accepted=accepted), 200)

    return blueprint
