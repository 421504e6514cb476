"""What advertising cost and brought, seen from the browser."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ads.accounts import Owner
from domain.money import Money
from tests.fakes.ads_days import DAY, a_brand_day, a_day, a_product_day, advertise, all_covered, listed
from tests.fakes.ads_things import a_profile
from tests.fakes.things import NOW, US, an_item, an_order

PATH = "/api/v1/ads/performance"
TODAY = {"from": "2026-03-04", "to": "2026-03-04"}
#: Of ``a_day``, of a seller.
WEEK = {
    "spend": 2.5,
    "sales": 10,
    "clicks": 10,
    "impressions": 1000,
    "purchases": 2,
    "units": 3,
    "acos": 0.25,
    "roas": 4.0,
    "ctr": 0.01,
    "cpc": 0.25,
    "cvr": 0.2,
}
TOGETHER = {**WEEK, "spend": 5, "sales": 22, "clicks": 20, "impressions": 2000, "purchases": 5, "units": 7}
TOGETHER |= {"acos": 0.227273, "roas": 4.4, "cvr": 0.25}
FORTNIGHT = {**WEEK, "sales": 12, "purchases": 3, "units": 4, "acos": 0.208333, "roas": 4.8, "cvr": 0.3}
HALF = {**WEEK, "spend": 1.25, "sales": 5, "clicks": 5, "impressions": 500, "purchases": 1, "units": 1}
NOTHING = {**dict.fromkeys(WEEK, 0), **dict.fromkeys(["acos", "roas", "ctr", "cpc", "cvr"])}


def grant(world, *found, user=None):
    """Advertising is connected, with these accounts."""
    connection = world.connect_ads(user or world.user)
    with world.work() as work:
        work.ads_accounts.merge(connection, found, NOW)
        for listing in listed(connection):
            work.ads_accounts.save_listing(listing)
        work.figures.changed(connection.user_id)
        work.commit()
    return connection


def told(world, connection, *rows):
    """These days are known."""
    with world.work() as work:
        advertise(work, connection, *rows)
        work.figures.changed(connection.user_id)
        work.commit()


def sold(world, minor, seller_id="A1SELLER"):
    """The seller's own sales of today."""
    seller = world.connect(world.user, US, seller_id=seller_id)
    order = an_order("O-1", an_item("A", total=Money(minor, "USD")))
    world.sell(seller, replace(order, total=Money(minor, "USD")))


def table_of(answer):
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def test_it_has_exactly_the_promised_figures(browser, world):
    connection = grant(world, a_profile("1"))
    told(world, connection, a_day("1"), a_brand_day("1"), a_product_day("1"))
    sold(world, 4000)
    with world.work() as work:
        accounts = work.ads_accounts.accounts(world.user.id)
        work.ads_days.save_coverage(all_covered(accounts, (DAY, DAY)))
        work.commit()

    answer = browser.get(PATH, query_string=TODAY)

    assert answer.status_code == 200
    assert answer.json == {
        "currency": "USD",
        "period": TODAY,
        "attribution_window_days": 7,
        "attribution_windows": [
            {"ad_product": "SPONSORED_PRODUCTS", "days": [7]},
            {"ad_product": "SPONSORED_BRANDS", "days": [14]},
        ],
        "totals": {**TOGETHER, "tacos": 0.125},
        "tacos_of": {"spend": 5, "sales": 40, "marketplace_ids": [US]},
        "series": [{"date": "2026-03-04", **TOGETHER}],
        "campaigns": [
            {
                "campaign_id": "200",
                "name": "Campaign 200",
                "status": "ENABLED",
                "profile_id": "1",
                "ad_product": "SPONSORED_BRANDS",
                **FORTNIGHT,
            },
            {
                "campaign_id": "100",
                "name": "Campaign 100",
                "status": "ENABLED",
                "profile_id": "1",
                "ad_product": "SPONSORED_PRODUCTS",
                **WEEK,
            },
        ],
        "products": [
            {
                "asin": "B1",
                "sku": "SKU-1",
                **HALF,
            }
        ],
        "profiles": [
            {
                "profile_id": "1",
                "account_name": "Profile 1",
                "type": "profile",
                "country_code": "US",
                "marketplace_id": US,
                "attribution_window_days": 7,
                "tacos": 0.125,
                **TOGETHER,
            }
        ],
        "ad_products": [
            {"ad_product": "SPONSORED_PRODUCTS", **WEEK},
            {"ad_product": "SPONSORED_BRANDS", **FORTNIGHT},
        ],
        "next_cursors": {"campaigns": None, "products": None, "profiles": None},
        "by_currency": [{"currency": "USD", **TOGETHER}],
        "data_as_of": "2026-03-04T12:00:00Z",
        "complete_until": "2026-03-05T08:00:00Z",
        "partial": False,
        "missing": [],
    }


def test_where_there_is_nothing_there_are_zeros_and_no_ratios(browser, world):
    grant(world, a_profile("1"))
    world.clock.advance(timedelta(hours=6))  # the day before has been asked for by now

    found = browser.get(PATH, query_string={"from": "2026-03-03", "to": "2026-03-04"}).json

    assert found["totals"] == {**NOTHING, "tacos": None}
    assert found["series"] == [{"date": day, **NOTHING} for day in ("2026-03-03", "2026-03-04")]
    assert found["partial"] is True
    assert found["missing"][0] == {
        "profile_id": "1",
        "ad_product": "SPONSORED_PRODUCTS",
        "report_type": "spCampaigns",
        "from": "2026-03-03",
        "to": "2026-03-03",
        "days": 1,
        "error": None,
    }
    assert (found["data_as_of"], found["complete_until"]) == (None, None)


def test_before_profiles_are_listed_all_of_it_may_be_missing(browser, world):
    world.connect_ads(world.user)

    found = browser.get(PATH).json

    assert (found["partial"], found["missing"], found["totals"]["spend"]) == (True, [], 0)


def test_sellers_and_vendors_in_one_sum_have_no_single_window(browser, world):
    connection = grant(world, a_profile("1"), a_profile("2", owner=Owner.VENDOR))
    told(world, connection, a_day("1"), a_day("2"))

    found = browser.get(PATH, query_string=TODAY).json

    assert found["attribution_window_days"] is None
    assert found["attribution_windows"] == [{"ad_product": "SPONSORED_PRODUCTS", "days": [7, 14]}]


def test_who_never_connected_advertising_is_told_so(browser):
    answer = browser.get(PATH)

    assert (answer.status_code, answer.json["error"]) == (403, "ads_not_connected")


def test_somebody_elses_profile_is_not_found(browser, world):
    grant(world, a_profile("1"))
    grant(world, a_profile("2"), user=world.stranger)

    answer = browser.get(PATH, query_string={"profile_id": "2"})

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "2026-03-05", "to": "2026-03-04"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2020-01-01"}, "from"),
        ({"currency": "usd"}, "currency"),
        ({"group": "month"}, "group"),
        ({"profile_id": "a b"}, "profile_id"),
        ({"limit": "201"}, "limit"),
        ({"cursor": "abc"}, "cursor"),
        ({"cursor": "abc", "group": "campaign"}, "cursor"),
        ({"cursor": "WyJhIiwgImIiXQ", "group": "product"}, "cursor"),
    ],
)
def test_what_can_not_be_asked_is_named(browser, world, asked, field):
    grant(world, a_profile("1"))

    answer = browser.get(PATH, query_string=asked)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert list(answer.json["details"]["fields"]) == [field]


@pytest.mark.parametrize(
    ("group", "name", "key"),
    [
        ("campaign", "campaigns", "campaign_id"),
        ("product", "products", "asin"),
        ("profile", "profiles", "profile_id"),
    ],
)
def test_long_lists_go_on_by_a_cursor_in_the_same_order(browser, world, group, name, key):
    connection = grant(world, *(a_profile(str(number)) for number in range(5)))
    told(
        world,
        connection,
        *(a_day(str(number), f"c{number}", spend_minor=number // 2) for number in range(5)),
        *(a_product_day(str(number), f"B{number}", spend_minor=number // 2) for number in range(5)),
    )
    first = browser.get(PATH, query_string={**TODAY, "limit": 2}).json
    asked = {**TODAY, "group": group, "limit": 2}
    page = browser.get(PATH, query_string=asked).json
    assert page[name] == first[name]
    assert first["next_cursors"][name] is not None

    found = page[name]
    while page["next_cursor"]:
        page = browser.get(PATH, query_string={**asked, "cursor": page["next_cursor"]}).json
        found += page[name]

    assert [row[key][-1] for row in found] == ["4", "2", "3", "0", "1"]
    assert "series" not in page


def test_the_cursors_of_the_whole_lead_on_in_each_list(browser, world):
    connection = grant(world, a_profile("1"))
    told(world, connection, *(a_day("1", str(number)) for number in range(3)))
    whole = browser.get(PATH, query_string={**TODAY, "limit": 2}).json

    asked = {**TODAY, "limit": 2, "group": "campaign", "cursor": whole["next_cursors"]["campaigns"]}
    rest = browser.get(PATH, query_string=asked).json

    assert [row["campaign_id"] for row in rest["campaigns"]] == ["2"]


def test_a_cursor_of_another_question_leads_nowhere(browser, world):
    connection = grant(world, a_profile("1"))
    told(world, connection, a_day("1"), a_day("1", "101"))
    asked = {**TODAY, "limit": 1, "group": "campaign"}
    cursor = browser.get(PATH, query_string=asked).json["next_cursor"]

    answer = browser.get(PATH, query_string={**asked, "currency": "EUR", "cursor": cursor})

    assert answer.status_code == 400
    assert list(answer.json["details"]["fields"]) == ["cursor"]


def test_who_has_it_already_is_told_so_until_a_figure_changes(browser, world):
    connection = grant(world, a_profile("1"))
    tag = {"If-None-Match": browser.get(PATH).headers["ETag"]}
    assert browser.get(PATH, headers=tag).status_code == 304

    told(world, connection, a_day("1"))
    answer = browser.get(PATH, headers=tag)

    assert (answer.status_code, answer.json["totals"]["spend"]) == (200, 2.5)


def test_days_are_there_as_csv(browser, world):
    told(world, grant(world, a_profile("1")), a_day("1"))

    (row,) = table_of(browser.get(PATH, query_string=TODAY, headers={"Accept": "text/csv"}))

    sums = {name: str(value) for name, value in WEEK.items()}
    assert row == {"date": "2026-03-04", **sums, "currency": "USD"}


@pytest.mark.parametrize("group", ["campaign", "product", "profile", "ad_product", "day"])
def test_every_list_is_there_as_csv_with_the_columns_of_its_rows(browser, world, group):
    connection = grant(world, a_profile("1"))
    told(world, connection, a_day("1", campaign_name="=1+1"), a_product_day("1"))
    asked = {**TODAY, "group": group}
    data = browser.get(PATH, query_string=asked).json
    (row,) = next(value for name, value in data.items() if name in (f"{group}s", "series"))

    (line,) = table_of(browser.get(PATH, query_string=asked, headers={"Accept": "text/csv"}))

    assert list(line) == [*row, "currency"]
    assert line["currency"] == "USD"
    assert line.get("name", "'=1+1") == "'=1+1"


@pytest.mark.parametrize("group", ["campaign", "product", "profile", "ad_product"])
def test_an_empty_list_as_csv_names_its_columns(browser, world, group):
    grant(world, a_profile("1"))

    answer = browser.get(PATH, query_string={"group": group}, headers={"Accept": "text/csv"})

    assert answer.get_data(as_text=True).endswith(
        ",spend,sales,clicks,impressions,purchases,units,acos,roas,ctr,cpc,cvr,currency\r\n"
    )


def test_a_long_list_is_whole_as_csv(browser, world):
    connection = grant(world, a_profile("1"))
    told(world, connection, *(a_day("1", f"{number:04}") for number in range(1100)))

    lines = table_of(
        browser.get(
            PATH, query_string={**TODAY, "group": "campaign", "limit": 1}, headers={"Accept": "text/csv"}
        )
    )

    assert [line["campaign_id"] for line in lines] == [f"{number:04}" for number in range(1100)]
    assert {line["currency"] for line in lines} == {"USD"}


@pytest.mark.parametrize("group", ["day", "campaign"])
def test_a_table_of_ads_has_the_currency_that_is_asked_for(browser, world, group):
    told(world, grant(world, a_profile("1")), a_day("1"), a_day("1", currency="EUR"))
    asked = {**TODAY, "group": group, "currency": "EUR"}

    (line,) = table_of(browser.get(PATH, query_string=asked, headers={"Accept": "text/csv"}))

    assert (line["spend"], line["currency"]) == ("2.5", "EUR")


@pytest.mark.parametrize("name", ["executive", "channel-performance"])
def test_advertising_alone_is_no_channel_that_sells(browser, world, name):
    told(world, grant(world, a_profile("1")), a_day("1"))

    answer = browser.get(f"/api/v1/dashboard/{name}")

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


def test_the_whole_tells_what_advertising_costs(browser, world):
    connection = grant(world, a_profile("1"))
    told(world, connection, a_day("1"), a_day("1", day=DAY.replace(day=3), spend_minor=100))
    sold(world, 4000)

    found = browser.get("/api/v1/dashboard/executive", query_string=TODAY).json["data"]["advertising"]

    assert found == {
        "connected": True,
        "spend": {"value": 2.5, "previous": 1, "change": 1.5},
        "sales": {"value": 10, "previous": 10, "change": 0.0},
        "acos": {"value": 0.25, "previous": 0.1, "change": 1.5},
        "tacos": {"value": 0.0625, "previous": None, "change": None},
        "tacosOf": {
            "spend": {"value": 2.5, "previous": 1, "change": 1.5},
            "sales": {"value": 40, "previous": 0, "change": None},
            "marketplaceIds": [US],
        },
        "roas": {"value": 4.0, "previous": 10.0, "change": -0.6},
        "partial": False,
        "previousPartial": False,
        "attributionWindowDays": 7,
        "dataAsOf": None,
        "completeUntil": None,
    }


def test_the_whole_shows_which_spend_its_tacos_leaves_out(browser, world):
    connection = grant(world, a_profile("1"), replace(a_profile("2"), account_info_id="A2SOMEBODY"))
    told(world, connection, a_day("1"), a_day("2", spend_minor=9000))
    sold(world, 4000)

    answer = browser.get("/api/v1/dashboard/executive", query_string=TODAY)
    table = browser.get("/api/v1/dashboard/executive", query_string=TODAY, headers={"Accept": "text/csv"})

    found = answer.json["data"]["advertising"]
    of = {name: found["tacosOf"][name]["value"] for name in ("spend", "sales")}
    assert (found["spend"]["value"], of) == (92.5, {"spend": 2.5, "sales": 40})
    assert found["tacos"]["value"] == of["spend"] / of["sales"]
    lines = table.get_data(as_text=True).splitlines()
    assert [line for line in lines if line.startswith("advertising.tacosOf.")] == [
        "advertising.tacosOf.spend,2.5,0,,USD",
        "advertising.tacosOf.sales,40,0,,USD",
    ]


@pytest.mark.parametrize("group", ["day", "campaign"])
def test_a_table_of_ads_says_how_fresh_it_is_and_which_days_and_currency_it_is_of(browser, world, group):
    told(world, grant(world, a_profile("1")), a_day("1"))
    asked = {**TODAY, "group": group}
    data = browser.get(PATH, query_string=asked).json

    table = browser.get(PATH, query_string=asked, headers={"Accept": "text/csv"})

    found = {name: table.headers.get(name) for name in ("X-Data-As-Of", "X-Complete-Until")}
    assert found == {"X-Data-As-Of": data["data_as_of"], "X-Complete-Until": data["complete_until"]}
    days = f"{TODAY['from']}-{TODAY['to']}"
    assert table.headers["Content-Disposition"] == f"attachment; filename=ads-performance-{days}-USD.csv"
