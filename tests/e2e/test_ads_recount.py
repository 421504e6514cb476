"""Everything that is said of advertising after a real first sync, recounted from Amazon's own data; and restated."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
import requests

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests import databases, servers
from tests.e2e import recount, recount_ads
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until
from tests.e2e.told import check_lines, figures, lines_of

#: What the first reports bring, which are the newest ones; older days come in meanwhile.
DAYS = 28
#: On which database, and who gives consent: an agency that sees sellers, vendors and DSP, or a seller.
STAGES = {"sqlite": "Portside Media (all accounts)", "postgresql": "Harbor & Pine"}
pytestmark = pytest.mark.timeout(300)

PERFORMANCE = "/api/v1/ads/performance"
_LISTS = ("campaigns", "products", "profiles")
#: How far figures of advertising can be trusted, how their lists go on, and what else profiles are called.
_BESIDE_FIGURES = frozenset(
    {
        "data_as_of",
        "complete_until",
        "partial",
        "missing",
        "next_cursors",
        "account_name",
        "country_code",
    }
)


@dataclass
class Advertised:
    """Somebody with advertising, and the orders of one of the sellers; all of it is here."""

    person: Person
    amazon: SimulatorServer
    seller: Seller
    until: datetime
    first: date
    last: date
    _truth: recount_ads.Truth | None = None

    @property
    def days(self) -> recount.Span:
        return self.first, self.last

    @property
    def span(self) -> dict[str, str]:
        return recount.days(self.days)

    @cached_property
    def sold(self) -> recount_ads.Sold:
        """What the seller sold, advertised or not."""
        orders = self.amazon.simulator.store.orders(self.seller.id, self.until)
        places = self.seller.marketplace_ids
        return recount_ads.Sold(places, recount.sales(orders, places[0]))

    def ask(self, **choice: str) -> dict[str, Any]:
        found: dict[str, Any] = self.person.get(PERFORMANCE, **self.span, **choice)
        return found

    def accounts(self, kind: str) -> list[dict[str, Any]]:
        """Those that are kept."""
        found = self.person.get("/api/v1/accounts", type=kind, limit="200")["items"]
        return [each for each in found if each["status"] == "connected"]

    def truth(self) -> recount_ads.Truth:
        """What Amazon knows."""
        if self._truth is None:
            profiles = [each["profile_id"] for each in self.accounts("profile")]
            advertisers = [each["dsp_advertiser_id"] for each in self.accounts("dsp_advertiser")]
            self._truth = self._truth_of(profiles, advertisers)
        return self._truth

    def expected(self, profile_id: str, currency: str) -> dict[str, Any]:
        """What is to be told of a profile, as Amazon knows it by now."""
        return recount_ads.expected(self._truth_of([profile_id]), self.sold, currency, self.days)

    def _truth_of(self, profiles: list[str], advertisers: Sequence[str] = ()) -> recount_ads.Truth:
        return recount_ads.truth_at(self.amazon.base_url, profiles, advertisers, self.first, self.last)

    def told(self, **choice: str) -> dict[str, Any]:
        """All that the answer says in sums, its lists to their ends."""
        found = self.ask(**choice, limit="200")
        for name in _LISTS:
            cursor = found["next_cursors"][name]
            while cursor:
                more = self.ask(**choice, limit="200", group=name[:-1], cursor=cursor)
                found[name] += more[name]
                cursor = more["next_cursor"]
        # A figure that is new fails the tests until it is recounted, or stands there for a reason.
        told: dict[str, Any] = figures(found, _BESIDE_FIGURES)
        for row in told["campaigns"]:
            del row["status"]  # Amazon's truth tells none, and no place of advertisers of DSP
        for row in told["profiles"]:
            if row["type"] == "dsp_advertiser":
                del row["marketplace_id"]
        return told | {
            "attribution_windows": {each["ad_product"]: each["days"] for each in told["attribution_windows"]},
            "ad_products": {row.pop("ad_product"): row for row in told["ad_products"]},
        }

    def restate(self, profile_id: str, day: date) -> None:
        """Amazon changes its mind about a day, and everything is asked for again."""
        body = {"profile_id": profile_id, "day": day.isoformat()}
        answer = requests.post(f"{self.amazon.base_url}/simulator/ads/restate", json=body, timeout=10)
        assert answer.ok, answer.text
        self._truth = None
        (account,) = [each for each in self.accounts("profile") if each["profile_id"] == profile_id]
        asked = {"operation": "sync", "account_ids": [account["id"]]}
        answer = self.person.ask("POST", "/api/v1/accounts/batch", json=asked)
        assert (answer.status_code, answer.json()["succeeded"]) == (200, 1), answer.text


def connect_ads(person: Person, amazon: SimulatorServer, name: str) -> None:
    """Give consent to advertising as this person."""
    people = requests.get(f"{amazon.base_url}/simulator/ads/people", timeout=10).json()["people"]
    (who,) = [each["id"] for each in people if each["name"] == name]
    url = person.get("/api/v1/ads/oauth/authorize", region="na")["authorization_url"]
    page = requests.get(url, timeout=10)
    form = unescape(re.findall(r'name="form" value="([^"]+)"', page.text)[0])
    sent = {"form": form, "person_id": who, "decision": "allow"}
    decided = requests.post(url, data=sent, timeout=10, allow_redirects=False)
    assert person.come_back(decided.headers["Location"]) == "ads_connected=true"


@pytest.fixture(scope="module", params=STAGES)
def ads(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Advertised]:
    """All of it is there: accounts, days of advertising, and the orders of one seller."""
    home = tmp_path_factory.mktemp("ads")
    url = databases.sqlite_database(home) if request.param == "sqlite" else databases.postgres_database()
    data_until = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=5,
        history_days=DAYS + 50,
        rate_factor=1000,
        data_until=data_until,
        report_seconds=0.1,
    )
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config))
        more = {
            "AMAZON_ADS_CLIENT_ID": config.ads.client_id,
            "AMAZON_ADS_CLIENT_SECRET": config.ads.client_secret,
            "ADS_API_URL": f"{amazon.base_url}/ads/{{region}}",
            "ADS_CONSENT_URL": f"{amazon.base_url}/{{region}}/ap/oa",
            "ADS_TOKEN_URL": f"{amazon.base_url}/auth/o2/token",
            "ADS_REPORTS_PER_MINUTE": "6000",
            "BACKFILL_DAYS": str(DAYS + 10),
            "RETENTION_DAYS": str(DAYS + 12),  # so far back are reports asked for
        }
        server = stack.enter_context(Served(environment(amazon, url, home, **more), home))
        person = stack.enter_context(Person(server.url))
        seller = next(each for each in config.sellers if each.region == "na")
        person.register()
        person.connect(seller.marketplace_ids[0], seller.id)
        connect_ads(person, amazon, STAGES[request.param])
        # The newest day that has been asked for everywhere: in Los Angeles, up to five hours after its midnight.
        last = (data_until - timedelta(days=1, hours=14)).date()
        found = Advertised(person, amazon, seller, data_until, last - timedelta(days=DAYS - 1), last)
        _wait_for_everything(found)
        yield found
    if request.param == "postgresql":
        servers.postgres().drop_database(url)


def _wait_for_everything(ads: Advertised) -> None:
    wanted = sum(sale.currency == "USD" and ads.first <= sale.day <= ads.last for sale in ads.sold.sales)

    def orders_there() -> int:
        found = ads.person.dashboard("amazon-orders", ads.span | {"currency": "USD"})
        return int(found["totalOrders"])

    until(lambda: orders_there() == wanted, 100, lambda: f"{orders_there()} of {wanted} orders", pause=1)
    until(lambda: not ads.ask()["partial"], 150, lambda: f"{ads.ask()['missing']}", pause=1)


def test_every_figure_equals_a_recount(ads: Advertised) -> None:
    truth = ads.truth()
    currencies = {row.currency for row in truth.rows}
    assert len(currencies) >= 3

    for currency in sorted(currencies):
        expected = recount_ads.expected(truth, ads.sold, currency, ads.days)
        assert ads.told(currency=currency) == expected, currency


def test_every_profiles_figures_equal_a_recount(ads: Advertised) -> None:
    truth = ads.truth()

    for profile_id, currency in sorted({(row.profile_id, row.currency) for row in truth.rows}):
        of_profile = truth.of(ads.days, profile_id=profile_id)
        expected = recount_ads.expected(of_profile, ads.sold, currency, ads.days)
        assert ads.told(profile_id=profile_id) == expected, profile_id


@pytest.mark.parametrize("group", ["day", "campaign", "product", "ad_product"])
def test_tables_say_what_a_recount_says(ads: Advertised, group: str) -> None:
    choice = ads.span | {"currency": "USD", "group": group}
    answer = ads.person.ask("GET", PERFORMANCE, params=choice, headers={"Accept": "text/csv"})
    assert answer.ok, answer.text

    expected = recount_ads.expected(ads.truth(), ads.sold, "USD", ads.days)
    rows = {
        "day": expected["series"],
        "campaign": expected["campaigns"],
        "product": expected["products"],
        "ad_product": [
            {"ad_product": name, **sums} for name, sums in sorted(expected["ad_products"].items())
        ],
    }[group]
    told = lines_of(answer.content.decode())
    if group == "ad_product":  # which has no order of its own
        told.sort(key=lambda line: line["ad_product"])
    check_lines(told, [{**row, "currency": "USD"} for row in rows], _BESIDE_FIGURES | {"status"})


def test_sales_stand_beside_what_was_spent_for_them(ads: Advertised) -> None:
    rows = [row for row in ads.truth().rows if row.owner == "seller"]
    assert {row.marketplace_id for row in rows} >= set(ads.seller.marketplace_ids)

    for currency in ("USD", "CAD", "MXN"):
        spend, sales, places = ads.sold.beside(ads.truth(), currency, ads.days)
        assert min(spend, sales, len(places)) > 0, currency


@pytest.mark.parametrize("behind", [0, 3])
def test_the_whole_tells_of_advertising_what_a_recount_tells(ads: Advertised, behind: int) -> None:
    # As many days as are known of the period before, too.
    span = recount.last_days((DAYS - behind) // 2, ads.last - timedelta(days=behind))
    truth = ads.truth()

    for currency in sorted({row.currency for row in truth.rows}):
        told = ads.person.dashboard("executive", recount.days(span) | {"currency": currency})
        expected = recount_ads.expected_beside(truth, ads.sold, currency, span)
        assert figures(told["advertising"]) == expected, currency


def test_a_day_that_is_restated_twice_is_told_as_it_was_last(ads: Advertised) -> None:
    day = ads.last - timedelta(days=2)
    row = max((row for row in ads.truth().rows if row.day == day), key=lambda row: row.numbers[2])
    seen = [ads.expected(row.profile_id, row.currency)]
    assert ads.told(profile_id=row.profile_id) == seen[0]

    for _ in range(2):
        ads.restate(row.profile_id, day)
        seen.append(ads.expected(row.profile_id, row.currency))
        until(
            lambda: ads.told(profile_id=row.profile_id) == seen[-1],
            60,
            lambda: "the figures do not follow",
            pause=0.2,
        )

    changed = [
        [one["date"] for one, other in zip(before["series"], after["series"], strict=True) if one != other]
        for before, after in pairwise(seen)
    ]
    assert changed == [[day.isoformat()]] * 2
