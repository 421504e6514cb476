"""Accounts as the Ads API tells them: every page, every id as text, and nothing taken on trust."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.ads.call import AdsCall
from adapters.ads.directory import AmazonAdsDirectory
from adapters.ads.registrar import AmazonAdsRegistrar
from domain.ads.accounts import AccountStatus, FoundAccount, FoundPage, LinkedProfile, Owner
from domain.ads.registration import RegistrationWish
from domain.connections.model import Connection
from domain.errors import WrongAnswer
from domain.marketplaces import Region
from tests.fakes.ads_things import a_profile, an_ads_connection
from tests.fakes.things import a_user

CONNECTION = an_ads_connection(a_user())
AGENCY = a_profile("5", region=Region.EU, owner=Owner.AGENCY)


@dataclass
class ScriptedCalls:
    """Answers calls in the order in which they come."""

    answers: deque[Any]
    calls: list[AdsCall] = field(default_factory=list)

    def call(self, connection: Connection, call: AdsCall, read: Any, patience: Any) -> Any:
        self.calls.append(call)
        return read(self.answers.popleft())


def answering(*answers: Any) -> tuple[ScriptedCalls, AmazonAdsDirectory]:
    calls = ScriptedCalls(deque(answers))
    return calls, AmazonAdsDirectory(calls)


def only(pages: Iterator[FoundPage]) -> tuple[FoundAccount, ...]:
    """What is on the one page that there is."""
    (page,) = pages
    return page.found


def account(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "adsAccountId": f"amzn1.ads-account.g.{number}",
        "accountName": f"Account {number}",
        "status": "CREATED",
        **more,
    }


def profile(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "profileId": number,
        "countryCode": "US",
        "currencyCode": "USD",
        "timezone": "America/Los_Angeles",
        "accountInfo": {
            "marketplaceStringId": "ATVPDKIKX0DER",
            "id": "A1",
            "type": "seller",
            "name": "Brand",
        },
        **more,
    }


def advertiser(number: int) -> dict[str, str]:
    return {
        "advertiserId": str(number),
        "name": f"Brand {number}",
        "currency": "GBP",
        "country": "UK",
        "timezone": "Europe/London",
    }


# Global accounts


def test_accounts_are_listed_to_the_last_page_even_over_an_empty_one() -> None:
    calls, directory = answering(
        {"adsAccounts": [account(1)], "nextToken": "two"},
        {"adsAccounts": [], "nextToken": "three"},
        {"adsAccounts": [account(2)]},
    )

    pages = [list(page.found) for page in directory.ads_accounts(CONNECTION)]

    assert [[each.amazon_id[-1] for each in page] for page in pages] == [["1"], [], ["2"]]
    assert [call.body for call in calls.calls] == [
        {"maxResults": 100},
        {"maxResults": 100, "nextToken": "two"},
        {"maxResults": 100, "nextToken": "three"},
    ]
    first = calls.calls[0]
    assert (first.method, first.path, first.region, first.profile_id) == (
        "POST",
        "/adsAccounts/list",
        Region.NA,
        None,
    )
    assert first.content_type == first.accept == "application/vnd.listaccountsresource.v1+json"


def test_profiles_and_entities_of_a_country_are_paired() -> None:
    alternates = [
        {"countryCode": "UK", "entityId": "ENTITY1"},
        {"countryCode": "US", "profileId": 9007199254740993},
        {"countryCode": "UK", "profileId": 2},
        {"countryCode": "UK", "profileId": 3},
        {"countryCode": "DE", "profileId": 4, "entityId": "ENTITY4"},
        {"countryCode": "US", "entityId": "ENTITY2"},
    ]
    _, directory = answering({"adsAccounts": [account(countryCodes=["UK", "FR"], alternateIds=alternates)]})

    (found,) = only(directory.ads_accounts(CONNECTION))

    assert found.linked == (
        LinkedProfile("GB", "2", "ENTITY1"),
        LinkedProfile("GB", "3", None),
        LinkedProfile("US", "9007199254740993", "ENTITY2"),
        LinkedProfile("DE", "4", "ENTITY4"),
    )
    assert found.countries == ("GB", "FR", "US", "DE")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("CREATED", AccountStatus.ACTIVE),
        ("PARTIALLY_CREATED", AccountStatus.PENDING),
        ("PENDING", AccountStatus.PENDING),
        ("DISABLED", AccountStatus.DISABLED),
        ("SOMETHING_NEW", AccountStatus.ACTIVE),
    ],
)
def test_amazons_word_is_kept_and_means_something_to_us(told: str, status: AccountStatus) -> None:
    errors = {"UK": [{"errorId": 1, "errorCode": "E", "errorMessage": "Not here."}, {"errorCode": "F"}]}
    _, directory = answering({"adsAccounts": [account(status=told, errors=errors)]})

    (found,) = only(directory.ads_accounts(CONNECTION))

    assert (found.amazon_status, found.status) == (told, status)
    assert found.problems == {"GB": "Not here.; F"}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        None,
        {"adsAccounts": None},
        {"adsAccounts": [None]},
        {"adsAccounts": [{"accountName": "no id"}]},
        {"adsAccounts": [account(adsAccountId="with a blank")]},
        {"adsAccounts": [account(adsAccountId=1.5)]},
        {"adsAccounts": [account(alternateIds="none")]},
        {"adsAccounts": [account()], "nextToken": 7},
    ],
)
def test_an_answer_that_can_not_be_right_fails_the_listing(answer: Any) -> None:
    _, directory = answering(answer)

    with pytest.raises(WrongAnswer) as caught:
        list(directory.ads_accounts(CONNECTION))

    assert caught.value.channel == "ads"


def test_a_listing_that_goes_in_circles_is_given_up() -> None:
    _, directory = answering(*[{"adsAccounts": [account()], "nextToken": "again"}] * 3)

    with pytest.raises(WrongAnswer, match="no end"):
        list(directory.ads_accounts(CONNECTION))


# Profiles


def test_profiles_that_may_be_edited_and_those_that_may_be_seen_are_one_list() -> None:
    calls, directory = answering([profile(1)], [profile(1), profile(2)])

    found = {each.amazon_id: each for each in directory.profiles(CONNECTION, Region.EU)}

    assert {name: each.amazon_status for name, each in found.items()} == {"1": "edit", "2": "view"}
    assert [call.query for call in calls.calls] == [{}, {"apiProgram": "campaign", "accessLevel": "view"}]
    assert {(call.region, call.path, call.profile_id) for call in calls.calls} == {
        (Region.EU, "/v2/profiles", None)
    }


def test_a_profile_is_told_with_its_country_currency_zone_and_marketplace() -> None:
    told = profile(9007199254740993, countryCode="UK")
    told["accountInfo"] |= {"type": "vendor", "subType": "KDP_AUTHOR"}
    _, directory = answering([told], [])

    (found,) = directory.profiles(CONNECTION, Region.EU)

    assert (found.amazon_id, found.country_code, found.currency_code) == ("9007199254740993", "GB", "USD")
    assert (found.time_zone, found.marketplace_id) == ("America/Los_Angeles", "ATVPDKIKX0DER")
    assert (found.owner, found.sub_type, found.account_info_id) == (Owner.VENDOR, "KDP_AUTHOR", "A1")


def test_a_kind_of_owner_that_is_new_is_kept_without_one() -> None:
    told = profile()
    told["accountInfo"] |= {"type": "influencer", "name": ""}
    _, directory = answering([told], [])

    (found,) = directory.profiles(CONNECTION, Region.NA)

    assert (found.owner, found.name) == (None, None)


@pytest.mark.parametrize(
    "answer", [{}, None, "", [None], [{}], [{"profileId": 1}], [profile(profileId=True)]]
)
def test_profiles_that_can_not_be_right_fail_their_listing(answer: Any) -> None:
    _, directory = answering(answer, [])

    with pytest.raises(WrongAnswer):
        directory.profiles(CONNECTION, Region.NA)


# DSP


def test_advertisers_are_listed_by_offset_until_all_were_told() -> None:
    calls, directory = answering(
        {"totalResults": 150, "response": [advertiser(number) for number in range(100)]},
        {"totalResults": 150, "response": [advertiser(number) for number in range(100, 150)]},
    )

    found = [each for page in directory.dsp_advertisers(CONNECTION, AGENCY) for each in page.found]

    assert len(found) == 150
    assert [call.query["startIndex"] for call in calls.calls] == ["0", "100"]
    assert {(call.region, call.profile_id) for call in calls.calls} == {(Region.EU, "5")}
    first = found[0]
    assert (first.agency_profile_id, first.region, first.country_code, first.currency_code) == (
        "5",
        Region.EU,
        "GB",
        "GBP",
    )


def test_an_agency_without_advertisers_has_an_empty_list() -> None:
    _, directory = answering({"totalResults": 0, "response": []})

    assert list(directory.dsp_advertisers(CONNECTION, AGENCY)) == [FoundPage((), None)]


@pytest.mark.parametrize(
    "answer",
    [
        {"totalResults": 5, "response": []},
        {"response": []},
        {"totalResults": 1},
        {"totalResults": "1", "response": []},
    ],
)
def test_advertisers_that_break_off_fail_the_listing(answer: Any) -> None:
    _, directory = answering(answer)

    with pytest.raises(WrongAnswer):
        list(directory.dsp_advertisers(CONNECTION, AGENCY))


def test_manager_accounts_name_further_advertisers() -> None:
    links = [
        {
            "accountType": "DSP_ADVERTISING_ACCOUNT",
            "dspAdvertiserId": "77",
            "accountName": "Lent",
            "profileId": "",
        },
        {"accountType": "SELLER", "profileId": "1", "dspAdvertiserId": ""},
        {"accountType": "DSP_ADVERTISING_ACCOUNT", "dspAdvertiserId": ""},
    ]
    _, directory = answering({"managerAccounts": [{"linkedAccounts": links}, {}]})

    (found,) = directory.managed_advertisers(CONNECTION, Region.FE)

    assert (found.amazon_id, found.name, found.region, found.agency_profile_id) == (
        "77",
        "Lent",
        Region.FE,
        None,
    )


# Registering


def test_terms_are_asked_for_and_looked_at() -> None:
    calls = ScriptedCalls(
        deque(
            [
                {"termsToken": "T/1", "termsUrl": "https://advertising.amazon.com/terms/agreement/T"},
                {"termsTokenStatus": "ACCEPTED", "termsType": "ADVERTISING"},
            ]
        )
    )
    registrar = AmazonAdsRegistrar(calls)

    token, url = registrar.terms(CONNECTION)
    status = registrar.terms_status(CONNECTION, token)

    assert (token, url, status) == ("T/1", "https://advertising.amazon.com/terms/agreement/T", "ACCEPTED")
    assert calls.calls[0].body == {"termsType": "ADVERTISING"}
    assert (
        calls.calls[0].content_type
        == "application/vnd.GlobalRegistrationService.TermsTokenResource.v1.0+json"
    )
    assert calls.calls[1].path == "/termsTokens/T%2F1"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://advertising.amazon.com/terms",
        "http://127.0.0.1.example/terms",
        "http://localhost@example.com/terms",
        "https://[",
        "",
        None,
    ],
)
def test_terms_that_lead_nowhere_are_not_passed_on(url: Any) -> None:
    registrar = AmazonAdsRegistrar(ScriptedCalls(deque([{"termsToken": "T", "termsUrl": url}])))

    with pytest.raises(WrongAnswer):
        registrar.terms(CONNECTION)


def test_a_wish_is_sent_in_amazons_words_and_never_repeated() -> None:
    calls = ScriptedCalls(deque([{"adsAccount": {"adsAccountId": "G-1", "status": "PENDING"}}]))
    wish = RegistrationWish("My brand", ("US",), seller_id="A1", terms_token="T")

    found = AmazonAdsRegistrar(calls).register(CONNECTION, wish)

    assert (found.amazon_id, found.status) == ("G-1", AccountStatus.PENDING)
    (call,) = calls.calls
    assert (call.path, call.repeatable) == ("/adsAccounts", False)
    assert call.body == {
        "accountName": "My brand",
        "countryCodes": ["US"],
        "associations": [{"amazonSeller": {"sellerCentralAccount": "A1"}}],
        "termsToken": "T",
    }
    assert call.content_type == "application/vnd.registeradsaccountresource.v1+json"


def test_an_account_that_is_being_made_is_looked_at() -> None:
    calls = ScriptedCalls(deque([{"adsAccount": account(status="PARTIALLY_CREATED")}]))

    found = AmazonAdsRegistrar(calls).account(CONNECTION, "amzn1.ads-account.g.1")

    assert found.amazon_status == "PARTIALLY_CREATED"
    assert calls.calls[0].path == "/adsAccounts/amzn1.ads-account.g.1"


def test_a_listing_goes_on_from_its_place() -> None:
    calls, directory = answering(
        {"adsAccounts": [account(3)]},
        {"totalResults": 101, "response": [advertiser(100)]},
    )

    accounts = list(directory.ads_accounts(CONNECTION, place="two"))
    advertisers = list(directory.dsp_advertisers(CONNECTION, AGENCY, place="100"))

    assert [page.onward for page in accounts + advertisers] == [None, None]
    assert calls.calls[0].body == {"maxResults": 100, "nextToken": "two"}
    assert calls.calls[1].query["startIndex"] == "100"
