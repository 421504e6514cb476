"""Advertising accounts, seen from the browser."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.ads.accounts import AccountStatus, AccountType, LinkedProfile, Owner
from domain.connections.model import ConnectionStatus, Failure
from domain.errors import UpstreamFailed, UpstreamTimedOut
from domain.marketplaces import Region
from domain.sync.model import Resource
from entrypoints.http.paging import encode
from tests.fakes.ads_days import covered
from tests.fakes.ads_things import a_profile, an_ads_account, an_advertiser
from tests.fakes.things import NOW

ACCOUNTS = "/api/v1/accounts"
DAY = timedelta(days=1)
#: Texts that no database takes.
UNKEPT = ("a\0b", "\ud800")
BROKEN = UpstreamFailed("Amazon answered 503.", channel="ads")


@pytest.fixture
def connection(world):
    """A grant under which three profiles, a global account and an agency are seen."""
    world.ads.accounts = [an_ads_account("G-1")]
    world.ads.regional = {
        Region.NA: [a_profile("1"), a_profile("2"), a_profile("5", owner=Owner.AGENCY)],
        Region.FE: [a_profile("3", region=Region.FE, country="JP")],
    }
    world.ads.advertisers = {"5": [an_advertiser("A"), an_advertiser("B")]}
    return world.connect_ads(world.user)


def ids(world) -> dict[str, str]:
    """Our ids of the accounts, by Amazon's."""
    return {each.found.amazon_id: str(each.id) for each in world.store.tables.ads_accounts.values()}


def names(answer) -> list[str]:
    return [item["account_name"] for item in answer.json["items"]]


# Listing anew


def test_profiles_are_fetched_kept_and_listed(browser, world, connection):
    answer = browser.get(f"{ACCOUNTS}/amazon-profiles")

    assert answer.status_code == 200
    assert names(answer) == ["Profile 1", "Profile 2", "Profile 3", "Profile 5"]
    assert (answer.json["next_cursor"], answer.json["problems"]) == (None, [])
    first = answer.json["items"][0]
    assert {
        name: first[name] for name in ("type", "profile_id", "region", "country_code", "currency_code")
    } == {
        "type": "profile",
        "profile_id": "1",
        "region": "na",
        "country_code": "US",
        "currency_code": "USD",
    }
    assert (first["status"], first["is_default"], first["linked_profiles"]) == ("connected", True, [])


def test_a_global_account_names_its_profiles_by_country(browser, world, connection):
    linked = (LinkedProfile("US", "1", "ENTITY1"), LinkedProfile("GB", None, "ENTITY2"))
    world.ads.accounts = [replace(an_ads_account("G-1"), linked=linked)]

    (item,) = browser.get(f"{ACCOUNTS}/amazon-ads-accounts").json["items"]

    assert (item["ads_account_id"], item["region"], item["type"]) == ("G-1", "world", "ads_account")
    assert item["linked_profiles"] == [
        {"country_code": "US", "profile_id": "1", "entity_id": "ENTITY1"},
        {"country_code": "GB", "profile_id": None, "entity_id": "ENTITY2"},
    ]
    assert item["last_synced_at"] is not None


def test_a_cursor_goes_on_in_what_is_kept_and_asks_nobody(browser, world, connection):
    first = browser.get(f"{ACCOUNTS}/amazon-profiles?limit=3")
    asked = list(world.ads.asked)

    second = browser.get(f"{ACCOUNTS}/amazon-profiles?limit=3&cursor={first.json['next_cursor']}")

    assert names(first) + names(second) == ["Profile 1", "Profile 2", "Profile 3", "Profile 5"]
    assert (second.json["next_cursor"], world.ads.asked) == (None, asked)


def test_a_region_that_does_not_answer_is_named_and_the_others_are_listed(browser, world, connection):
    world.ads.trouble["eu"] = deque([BROKEN])

    answer = browser.get(f"{ACCOUNTS}/amazon-profiles")

    assert len(names(answer)) == 4
    assert answer.json["problems"] == [
        {"region": "eu", "code": "ads_error", "message": "Amazon answered 503."}
    ]


def test_a_listing_that_comes_to_nothing_is_amazons_error(browser, world, connection):
    world.ads.trouble["ads_accounts"] = deque([UpstreamTimedOut("No answer in time.", channel="ads")])

    answer = browser.get(f"{ACCOUNTS}/amazon-ads-accounts")

    assert (answer.status_code, answer.json["error"]) == (504, "ads_timeout")


def test_advertisers_are_those_of_all_agencies_or_of_one(browser, world, connection):
    world.ads.managed = {Region.NA: [an_advertiser("C", agency=None)]}

    everybody = browser.get(f"{ACCOUNTS}/amazon-dsp-accounts")
    of_one = browser.get(f"{ACCOUNTS}/amazon-dsp-accounts?profile_id=5")

    assert names(everybody) == ["Advertiser A", "Advertiser B", "Advertiser C"]
    assert names(of_one) == ["Advertiser A", "Advertiser B"]
    assert of_one.json["items"][0]["dsp_advertiser_id"] == "A"


@pytest.mark.parametrize(
    ("profile_id", "expected"), [("1", (400, "invalid_request")), ("9", (404, "not_found"))]
)
def test_only_agencies_have_advertisers(browser, connection, profile_id, expected):
    answer = browser.get(f"{ACCOUNTS}/amazon-dsp-accounts?profile_id={profile_id}")

    assert (answer.status_code, answer.json["error"]) == expected


def test_an_agency_without_access_to_dsp_is_told_so(browser, world, connection):
    world.ads.advertisers = {}

    answer = browser.get(f"{ACCOUNTS}/amazon-dsp-accounts?profile_id=5")

    assert (answer.status_code, answer.json["error"]) == (403, "ads_access_denied")


@pytest.mark.parametrize("path", ["amazon-ads-accounts", "amazon-profiles", "amazon-dsp-accounts"])
def test_without_a_grant_nothing_is_listed(browser, world, path):
    answer = browser.get(f"{ACCOUNTS}/{path}")

    assert (answer.status_code, answer.json["error"]) == (403, "ads_not_connected")


def test_a_grant_that_is_not_honoured_has_to_be_renewed(browser, world):
    world.connect_ads(world.user, ConnectionStatus.REAUTHORIZATION_REQUIRED)

    answer = browser.get(f"{ACCOUNTS}/amazon-profiles")

    assert (answer.status_code, answer.json["error"]) == (403, "ads_reauthorization_required")


# What is kept


def test_everything_that_is_kept_is_listed_without_asking(browser, world, connection):
    world.sync()
    asked = len(world.ads.asked)

    everything = browser.get(ACCOUNTS)
    advertisers = browser.get(f"{ACCOUNTS}?type=dsp_advertiser")

    assert len(everything.json["items"]) == 7
    assert names(advertisers) == ["Advertiser A", "Advertiser B"]
    assert len(world.ads.asked) == asked


@pytest.mark.parametrize(
    "query",
    [
        "type=campaign",
        "limit=0",
        "cursor=nonsense",
        *(f"cursor={encode(each, str(UUID(int=1)))}" for each in UNKEPT),
    ],
)
def test_a_bad_question_is_named(browser, query):
    answer = browser.get(f"{ACCOUNTS}?{query}")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_one_account_is_shown(browser, world, connection):
    world.sync()

    answer = browser.get(f"{ACCOUNTS}/{ids(world)['3']}")

    assert (answer.json["profile_id"], answer.json["region"]) == ("3", "fe")


def test_an_account_is_renamed_made_the_default_and_disconnected(browser, world, connection):
    world.sync()
    path = f"{ACCOUNTS}/{ids(world)['2']}"

    renamed = browser.patch(path, json={"account_name": "Mine", "is_default": True})
    back = browser.patch(path, json={"account_name": None})
    left = browser.patch(path, json={"status": "disconnected"})
    again = browser.patch(path, json={"status": "connected"})

    assert (renamed.json["account_name"], renamed.json["is_default"]) == ("Mine", True)
    assert back.json["account_name"] == "Profile 2"
    assert (left.json["status"], left.json["is_default"]) == ("disconnected", False)
    assert again.json["status"] == "connected"
    profiles = browser.get(f"{ACCOUNTS}?type=profile").json["items"]
    assert [each["profile_id"] for each in profiles if each["is_default"]] == ["1"]
    assert world.deeds(world.user)[-4:] == [
        "account.changed",
        "account.changed",
        "account.disconnected",
        "account.changed",
    ]


def test_a_change_that_changes_nothing_is_no_deed(browser, world, connection):
    world.sync()
    before = world.deeds(world.user)

    answer = browser.patch(f"{ACCOUNTS}/{ids(world)['1']}", json={"status": "connected"})

    assert (answer.status_code, world.deeds(world.user)) == (200, before)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"status": "gone"},
        {"is_default": False},
        {"account_name": "x" * 201},
        {"id": "1"},
        {"is_default": True, "status": "disconnected"},
    ],
)
def test_what_can_not_be_changed_is_named(browser, world, connection, change):
    world.sync()

    answer = browser.patch(f"{ACCOUNTS}/{ids(world)['1']}", json=change)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_a_disconnected_account_is_not_synced(browser, world, connection):
    world.sync()
    browser.patch(f"{ACCOUNTS}/{ids(world)['1']}", json={"status": "disconnected"})

    with world.look() as work:
        synced = work.ads_accounts.profiles_to_sync(connection.id)

    assert [each.found.amazon_id for each in synced] == ["2", "3"]


# Many at once


def batch(browser, operation, account_ids, **more):
    return browser.post(
        f"{ACCOUNTS}/batch", json={"operation": operation, "account_ids": account_ids, **more}
    )


def test_each_account_of_a_batch_has_an_outcome_of_its_own(browser, world, connection):
    world.sync()
    here, missing = ids(world), str(uuid4())

    answer = batch(browser, "disconnect", [here["1"], missing, "nonsense", here["2"], 7])

    assert [(row["account_id"], row["ok"]) for row in answer.json["results"]] == [
        (here["1"], True),
        (missing, False),
        ("nonsense", False),
        (here["2"], True),
        (7, False),
    ]
    assert answer.json["results"][1]["error"] == {"code": "not_found", "message": "There is no such account."}
    assert (answer.json["succeeded"], answer.json["failed"]) == (2, 3)
    kept = {each.found.amazon_id: each for each in world.store.tables.ads_accounts.values()}
    assert kept["1"].status is kept["2"].status is AccountStatus.DISCONNECTED
    assert kept["5"].is_default


def test_doing_it_all_again_changes_nothing_more(browser, world, connection):
    world.sync()
    everything = list(ids(world).values())
    first = batch(browser, "disconnect", everything)
    before = world.store.tables.snapshot()

    again = batch(browser, "disconnect", everything)

    assert first.json == again.json
    assert world.store.tables == before


def test_a_batch_updates_many(browser, world, connection):
    world.sync()
    here = ids(world)

    answer = batch(browser, "update", [here["2"], here["3"]], updates={"account_name": "Ours"})

    assert answer.json["succeeded"] == 2
    assert sorted(names(browser.get(f"{ACCOUNTS}?type=profile"))) == [
        "Ours",
        "Ours",
        "Profile 1",
        "Profile 5",
    ]


def test_a_batch_has_accounts_listed_again_at_once(browser, world, connection):
    world.sync()
    here = ids(world)
    browser.patch(f"{ACCOUNTS}/{here['2']}", json={"status": "disconnected"})
    asked = len(world.ads.asked)

    answer = batch(browser, "sync", [here["1"], here["2"]])
    world.sync()

    assert [row["ok"] for row in answer.json["results"]] == [True, False]
    assert answer.json["results"][1]["error"]["code"] == "conflict"
    assert world.ads.asked[asked:] == ["na", "eu", "fe"]


def test_a_batch_has_the_latest_days_of_its_accounts_asked_for_once_more(browser, world, connection):
    world.sync()
    here = {each.found.amazon_id: each for each in world.store.tables.ads_accounts.values()}
    today = NOW.date()
    known = [
        replace(covered(here[name], "spCampaigns", (today, today)), daily_on=today) for name in ("1", "2")
    ]
    with world.work() as work:
        work.ads_days.save_coverage(known)
        work.commit()

    batch(browser, "sync", [str(here["1"].id)])

    with world.look() as work:
        found = work.ads_days.coverage(connection.id)
    kept = {each.profile_id: each.daily_on for each in found if each.report_type == "spCampaigns"}
    assert (kept["1"], kept["2"]) == (None, today)


def test_nothing_is_synced_through_a_grant_that_is_not_honoured(browser, world, connection):
    world.sync()
    with world.work() as work:
        work.connections.save(replace(connection, status=ConnectionStatus.REAUTHORIZATION_REQUIRED))
        work.commit()

    answer = batch(browser, "sync", [ids(world)["1"]])

    assert answer.json["results"][0]["error"]["code"] == "ads_reauthorization_required"
    assert world.store.tables.resources[connection.id, Resource.ADS].next_run_at > NOW


@pytest.mark.parametrize(
    "sent",
    [
        {"operation": "delete", "account_ids": ["x"]},
        {"operation": "sync", "account_ids": []},
        {"operation": "sync", "account_ids": ["x"] * 201},
        {"operation": "update", "account_ids": ["x"]},
        {"operation": "update", "account_ids": ["x"], "updates": {"region": "na"}},
    ],
)
def test_a_bad_batch_is_refused_as_a_whole(browser, sent):
    answer = browser.post(f"{ACCOUNTS}/batch", json=sent)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_somebody_elses_accounts_are_out_of_reach_of_a_batch(browser, stranger_browser, world, connection):
    world.sync()

    answer = batch(stranger_browser, "disconnect", list(ids(world).values()))

    assert answer.json["succeeded"] == 0
    assert {each.status for each in world.store.tables.ads_accounts.values()} == {AccountStatus.ACTIVE}


# Health


def health(browser):
    return browser.get(f"{ACCOUNTS}/health").json


def test_all_is_well(browser, world, connection):
    world.sync()

    found = health(browser)

    assert (found["status"], found["reason"]) == ("healthy", "All is well.")
    first = next(each for each in found["accounts"] if each["type"] == "ads_account")
    assert first["token"] == {"valid": True, "expires_at": "2026-03-04T13:00:00Z"}
    assert (first["status"], first["reauthorization_required"], first["reason"]) == (
        "connected",
        False,
        "All is well.",
    )
    assert first["last_synced_at"] == "2026-03-04T12:00:00Z"


def test_without_a_grant_nothing_is_well(browser):
    assert health(browser) == {"status": "error", "reason": "Amazon Ads is not connected.", "accounts": []}


def test_a_grant_that_is_not_honoured_puts_every_account_out_of_use(browser, world, connection):
    world.sync()
    with world.work() as work:
        work.connections.save(replace(connection, status=ConnectionStatus.REAUTHORIZATION_REQUIRED))
        work.commit()

    found = health(browser)

    assert found["status"] == "error"
    assert {each["status"] for each in found["accounts"]} == {"reauthorization_required"}
    assert all(each["reauthorization_required"] and not each["token"]["valid"] for each in found["accounts"])


def test_an_account_in_trouble_says_why(browser, world, connection):
    world.sync()
    world.ads.regional[Region.NA] = world.ads.regional[Region.NA][1:]
    world.ads.accounts = [
        replace(
            an_ads_account("G-1"),
            amazon_status="DISABLED",
            status=AccountStatus.DISABLED,
            problems={"DE": "No."},
        )
    ]
    world.clock.advance(DAY)
    world.sync()
    here = {each.found.amazon_id: each for each in world.store.tables.ads_accounts.values()}
    with world.work() as work:
        work.ads_accounts.note_sync(here["3"].id, None, Failure("ads_error", "It broke.", NOW))
        work.commit()

    found = health(browser)

    reasons = {
        each["account_name"]: each["reason"] for each in found["accounts"] if each["reason"] != "All is well."
    }
    assert reasons == {
        "Profile 1": "Amazon has not named it since 2026-03-05; its data is kept. Disconnect it if you don't expect it back.",
        "Global": "Amazon has disabled it. DE: No.",
        "Profile 3": "The latest sync failed: It broke.",
    }
    assert (found["status"], found["reason"]) == ("degraded", "3 of 7 accounts need a look.")


def test_an_account_without_figures_is_as_new_as_its_list(browser, world, connection):
    world.sync()

    synced = {each["account_name"]: each["last_synced_at"] for each in health(browser)["accounts"]}

    assert synced["Profile 5"] == "2026-03-04T12:00:00Z"


@pytest.mark.parametrize("name", ["Profile 1", "Advertiser A"])
def test_an_account_of_which_nothing_ever_came_is_not_well(browser, world, connection, name):
    world.sync()
    account = next(each for each in world.store.tables.ads_accounts.values() if each.name == name)
    world.store.tables.ads_accounts[account.id] = replace(account, last_synced_at=None)
    early = {each["account_name"]: each["reason"] for each in health(browser)["accounts"]}
    world.clock.advance(2 * DAY + timedelta(hours=1))

    late = {each["account_name"]: each for each in health(browser)["accounts"]}

    assert early[name] == "All is well."
    assert late[name]["last_synced_at"] is None
    assert late[name]["reason"] == "Nothing of it has been fetched since it was found on 2026-03-04."


def test_what_the_user_does_not_want_is_nobodys_concern(browser, world, connection):
    world.sync()
    world.ads.accounts = []
    world.clock.advance(DAY)
    world.sync()
    before = health(browser)["status"]

    browser.patch(f"{ACCOUNTS}/{ids(world)['G-1']}", json={"status": "disconnected"})

    assert (before, health(browser)["status"]) == ("degraded", "healthy")


def test_a_list_that_could_not_be_read_is_told(browser, world, connection):
    world.ads.trouble["fe"] = deque([BROKEN])
    world.sync()

    found = health(browser)

    assert found["status"] == "degraded"
    assert found["reason"].endswith(
        "of type profile of region fe could not be read to its end: Amazon answered 503."
    )


# Registering


WISH = {"account_name": "My brand", "country_codes": ["us"], "seller_id": "A1SELLER"}


def test_registering_begins_with_amazons_terms(browser, world, connection):
    asked = browser.post(f"{ACCOUNTS}/register", json=WISH)

    assert asked.status_code == 202
    assert (asked.json["status"], asked.json["terms_token"]) == ("terms_required", "T-1")
    assert asked.json["terms_url"] == "https://advertising.example.com/terms/T-1"
    assert asked.json["ads_account_id"] is None
    shown = browser.get(f"{ACCOUNTS}/registrations/{asked.json['id']}")
    assert shown.json == asked.json


def test_a_registration_is_followed_to_its_end(browser, world, connection):
    asked = browser.post(f"{ACCOUNTS}/register", json=WISH)
    world.registrar.accepted.add("T-1")

    again = browser.post(f"{ACCOUNTS}/register", json={**WISH, "terms_token": "T-1"})

    assert (again.json["id"], again.json["status"], again.json["ads_account_id"]) == (
        asked.json["id"],
        "created",
        "G-1",
    )
    (made,) = browser.get(f"{ACCOUNTS}?type={AccountType.ADS_ACCOUNT}").json["items"]
    assert made["account_name"] == "My brand"


@pytest.mark.parametrize(
    ("association", "field", "value"),
    [
        ({"amazonSeller": {"sellerCentralAccount": "A1"}}, "seller_id", "A1"),
        ({"amazonVendor": {"vendorGroup": "V1"}}, "vendor_group", "V1"),
        ({"amazonAuthor": {"email": "me@example.com"}}, "author_email", "me@example.com"),
        ({"business": {"name": "Us", "zipCode": "1"}}, "business", {"name": "Us", "zipCode": "1"}),
    ],
)
def test_an_account_is_for_one_of_four(browser, world, connection, association, field, value):
    wish = {
        "account_name": "My brand",
        "country_codes": ["US"],
        "associations": [association],
        "terms_accepted": True,
    }

    browser.post(f"{ACCOUNTS}/register", json=wish)

    assert getattr(world.registrar.wishes[0], field) == value


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_name": ""},
        {"account_name": "a\0b"},
        {"seller_id": "a\0b"},
        {"terms_token": "a\0b"},
        {"country_codes": ["USA"]},
        {"country_codes": ["US", "DE"]},
        {"country_codes": []},
        {"country_codes": None},
        {"associations": [{"amazonVendor": {"vendorGroup": "V1"}}]},
        {"seller_id": None, "associations": [{}]},
        {"colour": "red"},
    ],
)
def test_a_bad_wish_is_named(browser, world, connection, wrong):
    answer = browser.post(f"{ACCOUNTS}/register", json={**WISH, **wrong})

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert world.store.tables.ads_registrations == {}


def test_a_wish_without_a_country_is_refused(browser, connection):
    answer = browser.post(f"{ACCOUNTS}/register", json={"account_name": "My brand"})

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {"country_codes"})


def test_somebody_elses_registration_is_not_found(browser, stranger_browser, world, connection):
    asked = browser.post(f"{ACCOUNTS}/register", json=WISH)

    answer = stranger_browser.get(f"{ACCOUNTS}/registrations/{asked.json['id']}")

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
