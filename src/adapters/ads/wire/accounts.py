"""Accounts, profiles and advertisers as Amazon sends them, in our words.

Ids come as numbers or texts, depending on the operation: some are too large for a browser, so they are texts to us.
Countries are told by their ISO codes, whatever Amazon calls them (``UK`` is ``GB``).

Source: Amazon Ads API, "Ads accounts", "Profiles", "DSP advertisers" and "Manager accounts".
"""

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from urllib.parse import urlsplit

from adapters.ads.wire.reading import of_ads
from adapters.amazon.wire.reading import required_list, required_text, text, wrong
from domain.ads.accounts import (
    AccountStatus,
    AccountType,
    FoundAccount,
    LinkedProfile,
    Owner,
    status_told,
)
from domain.gateway.ports import Json
from domain.hosts import is_loopback
from domain.marketplaces import Region

_ID = re.compile(r"[!-~]{1,200}")
#: What Amazon calls otherwise than ISO does.
_COUNTRIES = {"UK": "GB"}
_DSP_LINK = "DSP_ADVERTISING_ACCOUNT"
#: More than this of an explanation is not for reading.
_LONGEST_PROBLEM = 500


def country(node: Json, name: str = "countryCode") -> str | None:
    """The country under this name by its ISO code; ``None`` when absent."""
    code = text(node, name)
    return None if code is None else _COUNTRIES.get(code.upper(), code.upper())


def identity(node: Json, name: str) -> str | None:
    """The id under this name as a text; ``None`` when absent or empty."""
    value = node.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value and not _ID.fullmatch(value):
        raise wrong(name)
    return text(node, name)


def required_identity(node: Json, name: str) -> str:
    """The id under this name, which has to be there."""
    value = identity(node, name)
    if value is None:
        raise wrong(name)
    return value


def objects(answer: object, name: str) -> list[Json]:
    """The bare list of objects that an answer has to be."""
    if not isinstance(answer, list) or not all(isinstance(each, Mapping) for each in answer):
        raise wrong(name)
    return answer


def node_of(answer: object, name: str) -> Json:
    """The object that an answer has to be."""
    if not isinstance(answer, Mapping):
        raise wrong(name)
    return answer


@of_ads
def accounts_page(answer: object) -> tuple[list[FoundAccount], str | None]:
    """A page of ``POST /adsAccounts/list``, and the token of the next one.

    Raises:
        WrongAnswer: the list is missing, or something in it is not as promised.
    """
    node = node_of(answer, "adsAccounts")
    return [ads_account(each) for each in required_list(node, "adsAccounts")], text(node, "nextToken")


@of_ads
def one_account(answer: object) -> FoundAccount:
    """The account of ``GET /adsAccounts/{id}`` or ``POST /adsAccounts``."""
    node = node_of(answer, "adsAccount").get("adsAccount")
    return ads_account(node_of(node, "adsAccount"))


def ads_account(node: Json) -> FoundAccount:
    """A global account."""
    status = text(node, "status") or "CREATED"
    linked = _linked(node)
    codes = node.get("countryCodes") or []
    if not isinstance(codes, list):
        raise wrong("countryCodes")
    countries = [_COUNTRIES.get(code.upper(), code.upper()) for code in codes if isinstance(code, str)]
    return FoundAccount(
        type=AccountType.ADS_ACCOUNT,
        amazon_id=required_identity(node, "adsAccountId"),
        region=Region.WORLD,
        name=text(node, "accountName"),
        amazon_status=status,
        status=status_told(status),
        linked=linked,
        countries=tuple(dict.fromkeys([*countries, *(each.country_code for each in linked)])),
        problems=_problems(node),
    )


def _linked(node: Json) -> tuple[LinkedProfile, ...]:
    """The profiles and entities of each country, paired: Amazon tells either in an entry of its own."""
    if node.get("alternateIds") is None:
        return ()
    profiles: dict[str, list[str]] = {}
    entities: dict[str, list[str]] = {}
    pairs: dict[str, list[LinkedProfile]] = {}
    for entry in required_list(node, "alternateIds"):
        code = country(entry) or ""
        profile, entity = identity(entry, "profileId"), identity(entry, "entityId")
        pairs.setdefault(code, [])
        if profile and entity:
            pairs[code].append(LinkedProfile(code, profile, entity))
        elif profile:
            profiles.setdefault(code, []).append(profile)
        elif entity:
            entities.setdefault(code, []).append(entity)
    return tuple(
        each
        for code, whole in pairs.items()
        for each in (
            *whole,
            *(
                LinkedProfile(code, profile, entity)
                for profile, entity in zip_longest(profiles.get(code, []), entities.get(code, []))
            ),
        )
    )


def _problems(node: Json) -> dict[str, str]:
    """Amazon's words to each country that is not usable."""
    errors = node.get("errors")
    if not isinstance(errors, Mapping):
        return {}
    return {
        _COUNTRIES.get(str(code).upper(), str(code).upper()): "; ".join(_words(each) for each in told)
        for code, told in errors.items()
        if isinstance(told, list) and told
    }


def _words(error: object) -> str:
    if not isinstance(error, Mapping):
        return "no reason given"
    said = text(error, "errorMessage") or text(error, "errorCode") or "no reason given"
    return said[:_LONGEST_PROBLEM]


@of_ads
def profiles(answer: object, region: Region, access: str) -> list[FoundAccount]:
    """The answer of ``GET /v2/profiles``; ``access`` is the right that was asked for.

    Raises:
        WrongAnswer: it is no list, or something in it is not as promised.
    """
    return [_profile(each, region, access) for each in objects(answer, "profiles")]


def _profile(node: Json, region: Region, access: str) -> FoundAccount:
    info = node_of(node.get("accountInfo"), "accountInfo")
    owner = text(info, "type")
    return FoundAccount(
        type=AccountType.PROFILE,
        amazon_id=required_identity(node, "profileId"),
        region=region,
        name=text(info, "name"),
        amazon_status=access,
        status=AccountStatus.ACTIVE,
        country_code=country(node),
        currency_code=text(node, "currencyCode"),
        time_zone=text(node, "timezone"),
        marketplace_id=text(info, "marketplaceStringId"),
        # A kind that we don't know yet is kept, and nothing is asked of it.
        owner=Owner(owner) if owner in list(Owner) else None,
        sub_type=text(info, "subType"),
        account_info_id=identity(info, "id"),
    )


@of_ads
def advertisers_page(answer: object, agency: FoundAccount) -> tuple[list[FoundAccount], int]:
    """A page of ``GET /dsp/advertisers``, and how many there are in all.

    Raises:
        WrongAnswer: the list or the number is missing, or something is not as promised.
    """
    node = node_of(answer, "response")
    total = node.get("totalResults")
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise wrong("totalResults")
    return [_advertiser(each, agency) for each in required_list(node, "response")], total


def _advertiser(node: Json, agency: FoundAccount) -> FoundAccount:
    return FoundAccount(
        type=AccountType.DSP_ADVERTISER,
        amazon_id=required_identity(node, "advertiserId"),
        region=agency.region,
        name=text(node, "name"),
        amazon_status="advertiser",
        status=AccountStatus.ACTIVE,
        country_code=country(node, "country"),
        currency_code=text(node, "currency"),
        time_zone=text(node, "timezone"),
        agency_profile_id=agency.amazon_id,
    )


@of_ads
def managed_advertisers(answer: object, region: Region) -> list[FoundAccount]:
    """The advertisers of DSP among the accounts that ``GET /managerAccounts`` tells.

    Raises:
        WrongAnswer: a list is missing, or something in it is not as promised.
    """
    managers = required_list(node_of(answer, "managerAccounts"), "managerAccounts")
    links = [link for manager in managers for link in _links(manager)]
    return [
        FoundAccount(
            type=AccountType.DSP_ADVERTISER,
            amazon_id=required_identity(link, "dspAdvertiserId"),
            region=region,
            name=text(link, "accountName"),
            amazon_status="linked",
            status=AccountStatus.ACTIVE,
            marketplace_id=text(link, "marketplaceId"),
        )
        for link in links
        if link.get("accountType") == _DSP_LINK and link.get("dspAdvertiserId")
    ]


def _links(manager: Json) -> Sequence[Json]:
    return required_list(manager, "linkedAccounts") if manager.get("linkedAccounts") is not None else []


@of_ads
def terms(answer: object) -> tuple[str, str]:
    """The token and the address of ``POST /termsTokens``."""
    node = node_of(answer, "termsToken")
    url = required_text(node, "termsUrl")
    if not _may_be_opened(url):
        raise wrong("termsUrl")
    return required_identity(node, "termsToken"), url


def _may_be_opened(url: str) -> bool:
    """Whether users may be sent there: to a page on the web, or, in plain text, to one of this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    except ValueError:
        return False


@of_ads
def terms_status(answer: object) -> str:
    """The status of ``GET /termsTokens/{token}``."""
    return required_text(node_of(answer, "termsTokenStatus"), "termsTokenStatus")
