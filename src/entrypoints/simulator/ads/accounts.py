"""Accounts, profiles, DSP advertisers and manager accounts.

Source: Amazon Ads API, "Accounts", "Profiles" and "DSP advertisers".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from entrypoints.simulator.ads.api import Call, Operation
from entrypoints.simulator.ads.directory import Directory
from entrypoints.simulator.ads.errors import AdsError, accounts, dsp, message
from entrypoints.simulator.ads.people import Account, Advertiser, Profile
from entrypoints.simulator.tokens import Signer

_PAGE = 100
_LAST_START = 29_900
_LINKED = 50
_PURPOSE = "ads accounts page"
_PROGRAMS = ("billing", "campaign", "paymentMethod", "store", "report", "account", "posts")
_TYPES = ("seller", "vendor", "agency")
_MANAGER_REGION = "na"


@dataclass(frozen=True)
class Accounts:
    """The operations of accounts."""

    directory: Directory
    signer: Signer

    def list_accounts(self, call: Call) -> Any:
        body = call.body
        if not isinstance(body, dict):
            raise AdsError(400, "The request body must be an object")
        size = body.get("maxResults", _PAGE)
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= _PAGE:
            raise AdsError(400, f"maxResults must be from 1 to {_PAGE}")
        start = 0
        if body.get("nextToken") is not None:
            claims = self.signer.open(_PURPOSE, str(body["nextToken"]))
            if claims is None or claims["person"] != call.person.id or claims["size"] != size:
                raise AdsError(400, "nextToken is not valid")
            start = int(claims["start"])
        found = self.directory.accounts(call.person)
        answer: dict[str, Any] = {"adsAccounts": [self.told(each) for each in found[start : start + size]]}
        if start + size < len(found):
            claims = {"person": call.person.id, "size": size, "start": start + size}
            answer["nextToken"] = self.signer.seal(_PURPOSE, claims)
        return answer

    def get_account(self, call: Call) -> Any:
        wanted = call.path["adsAccountId"]
        found = next((each for each in self.directory.accounts(call.person) if each.id == wanted), None)
        if found is None:
            raise AdsError(404, f"Advertising account {wanted} not found")
        return {"adsAccount": self.told(found)}

    def told(self, account: Account) -> dict[str, Any]:
        """The account; a country has two entries, one for its profile and one for its entity."""
        everybody = self.directory.everybody
        alternates: list[dict[str, Any]] = []
        for country, profile_id in account.countries:
            if profile_id is not None:
                alternates.append({"countryCode": country, "profileId": profile_id})
            alternates.append(
                {"countryCode": country, "entityId": everybody.entity(account.id, country, profile_id)}
            )
        body: dict[str, Any] = {
            "adsAccountId": account.id,
            "status": account.status,
            "countryCodes": list(dict.fromkeys(country for country, _ in account.countries)),
            "alternateIds": alternates,
        }
        if account.name is not None:
            body["accountName"] = account.name
        if account.errors:
            body["errors"] = {
                country: [{"errorId": 1000 + index, "errorCode": code, "errorMessage": text}]
                for index, (country, code, text) in enumerate(account.errors)
            }
        return body

    def list_profiles(self, call: Call) -> Any:
        _choice(call.query, "apiProgram", _PROGRAMS)
        access = _choice(call.query, "accessLevel", ("edit", "view")) or "edit"
        _choice(call.query, "validPaymentMethodFilter", ("true", "false"))
        kinds = set(call.query.get("profileTypeFilter", ",".join(_TYPES)).split(","))
        if not kinds <= set(_TYPES):
            raise AdsError(400, f"profileTypeFilter must list some of {', '.join(_TYPES)}")
        visible = self.directory.profiles(call.person, call.region)
        # Whoever may only look is told of when that is asked for, and those with more are not left out then.
        return [
            _profile(each)
            for each in visible
            if each.type in kinds and (access == "view" or not each.view_only)
        ]

    def get_profile(self, call: Call) -> Any:
        profile = self.directory.profile(call.person, call.path["profileId"])
        if profile is None or call.region not in (None, profile.region):
            raise AdsError(404, "Could not find profile", "NOT_FOUND")
        return _profile(profile)

    def list_advertisers(self, call: Call) -> Any:
        found = self._advertisers(call)
        start = _whole(call.query, "startIndex", 0, 0, _LAST_START)
        count = _whole(call.query, "count", _PAGE, 1, _PAGE)
        if "advertiserIdFilter" in call.query:
            wanted = set(call.query["advertiserIdFilter"].split(","))
            found = [each for each in found if each.id in wanted]
        return {
            "totalResults": len(found),
            "response": [_advertiser(each) for each in found[start : start + count]],
        }

    def get_advertiser(self, call: Call) -> Any:
        wanted = call.path["advertiserId"]
        found = next((each for each in self._advertisers(call) if each.id == wanted), None)
        if found is None:
            raise AdsError(404, f"Advertiser {wanted} not found")
        return _advertiser(found)

    def list_managers(self, call: Call) -> Any:
        """One manager account, in North America; it names at most fifty accounts."""
        if not call.person.sees_all or call.region not in (None, _MANAGER_REGION):
            return {"managerAccounts": []}
        linked = [_lent(each) for each in self.directory.lent_advertisers()]
        visible = self.directory.profiles(call.person, _MANAGER_REGION)
        linked += [_linked(each) for each in visible if each.type in ("seller", "vendor")]
        manager = {
            "managerAccountId": "amzn1.ads1.ma1." + self.directory.everybody.entity("manager").lower(),
            "managerAccountName": "Portside Media",
            "linkedAccounts": linked[:_LINKED],
        }
        return {"managerAccounts": [manager]}

    def _advertisers(self, call: Call) -> list[Advertiser]:
        if call.profile is None or call.profile.type != "agency":
            raise AdsError(403, "The profile has no access to Amazon DSP", "ACCESS_DENIED")
        return self.directory.advertisers(call.profile)


def _profile(profile: Profile) -> dict[str, Any]:
    info: dict[str, Any] = {
        "marketplaceStringId": profile.marketplace.id,
        "id": profile.account_id,
        "type": profile.type,
        "name": profile.name,
    }
    if profile.sub_type is not None:
        info["subType"] = profile.sub_type
    if profile.type == "vendor":
        info["validPaymentMethod"] = True
    body = {
        "profileId": profile.id,
        "countryCode": profile.country_code,
        "currencyCode": profile.marketplace.currency,
        "timezone": profile.zone_name,
        "accountInfo": info,
    }
    return body | {"dailyBudget": 999_999_999.0} if profile.type == "seller" else body


def _advertiser(advertiser: Advertiser) -> dict[str, Any]:
    return {
        "advertiserId": advertiser.id,
        "name": advertiser.name,
        "currency": advertiser.marketplace.currency,
        "url": f"https://{advertiser.marketplace.domain}",
        "country": advertiser.marketplace.country_code,
        "timezone": advertiser.marketplace.zone_name,
    }


def _lent(advertiser: Advertiser) -> dict[str, Any]:
    return {
        "accountId": "",
        "accountName": advertiser.name,
        "accountType": "DSP_ADVERTISING_ACCOUNT",
        "dspAdvertiserId": advertiser.id,
        "marketplaceId": advertiser.marketplace.id,
        "profileId": "",
    }


def _linked(profile: Profile) -> dict[str, Any]:
    return {
        "accountId": profile.account_id,
        "accountName": profile.name,
        "accountType": profile.type.upper(),
        "dspAdvertiserId": "",
        "marketplaceId": profile.marketplace.id,
        "profileId": str(profile.id),
    }


def _choice(query: Mapping[str, str], name: str, allowed: Collection[str]) -> str | None:
    value = query.get(name)
    if value is not None and value not in allowed:
        raise AdsError(400, f"{name} must be one of {', '.join(allowed)}", "INVALID_ARGUMENT")
    return value


def _whole(query: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise AdsError(400, f"{name} must be a number from {low} to {high}", "INVALID_ARGUMENT")
    return int(text)


LISTED = "application/vnd.listaccountsresource.v1+json"
ACCOUNT = "application/vnd.accountresource.v1+json"


def operations(directory: Directory, signer: Signer) -> tuple[Operation, ...]:
    """All that lists. One ads account also comes as the type of the list, which clients in the field ask for."""
    desk = Accounts(directory, signer)
    listed = Operation(
        "ads.listAdsAccounts",
        "POST",
        "/adsAccounts/list",
        desk.list_accounts,
        accounts,
        takes=(LISTED,),
        gives=(LISTED,),
    )
    managers = ("application/vnd.getmanageraccountsresponse.v1+json", "application/json")
    return (
        listed,
        Operation(
            "ads.getAdsAccount",
            "GET",
            "/adsAccounts/{adsAccountId}",
            desk.get_account,
            message,
            gives=(ACCOUNT, LISTED),
        ),
        Operation("ads.listProfiles", "GET", "/v2/profiles", desk.list_profiles),
        Operation("ads.getProfile", "GET", "/v2/profiles/{profileId}", desk.get_profile),
        Operation(
            "ads.listDspAdvertisers", "GET", "/dsp/advertisers", desk.list_advertisers, dsp, scope="profile"
        ),
        Operation(
            "ads.getDspAdvertiser",
            "GET",
            "/dsp/advertisers/{advertiserId}",
            desk.get_advertiser,
            dsp,
            scope="profile",
        ),
        Operation(
            "ads.listManagerAccounts", "GET", "/managerAccounts", desk.list_managers, message, gives=managers
        ),
    )
