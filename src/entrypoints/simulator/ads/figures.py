"""What ads did, day by day, as far as it was known at a moment.

Clicks and what they cost are invented. Sales are not: each order line of the store was brought about by one ad or by
none, so that what is ascribed to ads is a part of the marketplace's sales. Sales are booked on the day of the click and
become known with time: a conversion after six hours, and it is looked at again after 1, 7 and 28 days, when cancelled
orders fall out. Invalid clicks are taken back after 72 hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from entrypoints.simulator.ads.campaigns import SHARES, SP, Ad, Campaign
from entrypoints.simulator.ads.people import Profile
from entrypoints.simulator.ads.restating import Restatements
from entrypoints.simulator.ads.sales import Counted, Sale, by_view, is_restated, kind_of, lag_of
from entrypoints.simulator.demand import season
from entrypoints.simulator.dice import dice, number, poisson
from entrypoints.simulator.moments import DAY, HOUR, from_ms, local_midnight_ms
from entrypoints.simulator.order_troubles import OrderTroubles
from entrypoints.simulator.orders import WITHOUT_PRICES, OrderPlan, PlannedLine, Status
from entrypoints.simulator.store import Store

WINDOWS = (1, 7, 14, 30)
_LONGEST_LAG = 29
#: When a conversion is looked at after it happened; before the first time it is not known.
_LOOKS = (6 * HOUR, DAY, 7 * DAY, 28 * DAY)
_INVALID_CLICKS_MS = 72 * HOUR
_CLICKS_PER_SALE = 10
_LINES_PER_ORDER = 1.39
#: Clicks a day of an advertiser whose sales are invented.
_CLICKS_OF_OTHERS = 9.0


def _windows() -> dict[int, Counted]:
    return {days: Counted() for days in WINDOWS}


@dataclass
class Cell:
    """What one ad did on one day; or several together."""

    impressions: int = 0
    clicks: int = 0
    cost: int = 0
    within: dict[int, Counted] = field(default_factory=_windows)
    same_sku: dict[int, Counted] = field(default_factory=_windows)
    after_clicks: Counted = field(default_factory=Counted)
    new_to_brand: Counted = field(default_factory=Counted)

    def add(self, other: Cell) -> None:
        self.impressions += other.impressions
        self.clicks += other.clicks
        self.cost += other.cost
        for days in WINDOWS:
            self.within[days].add(other.within[days])
            self.same_sku[days].add(other.same_sku[days])
        self.after_clicks.add(other.after_clicks)
        self.new_to_brand.add(other.new_to_brand)

    def book(self, sale: Sale) -> None:
        for days in WINDOWS:
            if sale.lag < days:
                self.within[days].add(sale.counted)
                if sale.same_sku:
                    self.same_sku[days].add(sale.counted)
        if sale.lag < WINDOWS[2]:
            if not sale.by_view:
                self.after_clicks.add(sale.counted)
            if sale.is_new:
                self.new_to_brand.add(sale.counted)


Place = tuple[date, Campaign, Ad]


@dataclass(frozen=True)
class AdFigures:
    """Reckons what the ads of an advertiser did."""

    store: Store
    troubles: OrderTroubles
    restatements: Restatements

    def cells(
        self,
        owner: str,
        profile: Profile,
        campaigns: tuple[Campaign, ...],
        days: tuple[date, date],
        at_ms: int,
    ) -> dict[Place, Cell]:
        """By day, campaign and ad, those that were seen at all.

        Args:
            owner: Whose days may be restated: the profile's id, or the advertiser's.
            profile: In whose zone the days are.
            campaigns: Of one kind of ads.
            days: The first and the last.
            at_ms: As of when.
        """
        told = _Told(self.store, self.restatements, owner, profile, self.store.shown_ms(at_ms), at_ms)
        found = {
            (day, campaign, ad): cell
            for day in _days(*days)
            for campaign in campaigns
            if campaign.ran_on(day) and not told.is_dropped(day, campaign, campaigns)
            for ad in campaign.ads
            if (cell := told.traffic(campaign, ad, day)).impressions
        }
        if profile.seller is None or any(each.advertiser for each in campaigns):
            for place, cell in found.items():
                for sale in told.invented_sales(place, cell):
                    cell.book(sale)
        else:
            self._book_orders(told, campaigns, days, found)
        return found

    def _book_orders(
        self, told: _Told, campaigns: tuple[Campaign, ...], days: tuple[date, date], found: dict[Place, Cell]
    ) -> None:
        seller = told.profile.seller
        if seller is None or not campaigns:
            return
        zone, edits = told.zone, self.troubles.of(seller.id).edits
        start_ms = local_midnight_ms(days[0], zone)
        end_ms = local_midnight_ms(days[1] + timedelta(days=_LONGEST_LAG + 2), zone)
        for change in self.store.changes_between(seller.id, start_ms, end_ms, told.at_ms, edits):
            plan = change.plan
            if change.step or plan.home_marketplace_id != told.profile.marketplace.id:
                continue
            if plan.channel != "AMAZON" or plan.replaces or not told.stands(plan):
                continue
            day = from_ms(plan.created_ms).astimezone(zone).date()
            for line in plan.lines:
                ascribed = _ascribed(told, campaigns, line, day)
                cell = None if ascribed is None else found.get(ascribed[0])
                # A product whose ad nobody clicked sold by itself.
                if ascribed is not None and cell is not None and cell.clicks:
                    cell.book(ascribed[1])


@dataclass(frozen=True)
class _Told:
    """What is known of an advertiser at a moment. ``at_ms`` ends with the data, ``now_ms`` does not."""

    store: Store
    restatements: Restatements
    owner: str
    profile: Profile
    at_ms: int
    now_ms: int

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.profile.zone_name)

    @property
    def seed(self) -> int:
        return self.store.config.seed

    def revision(self, day: date) -> int:
        return self.restatements.count(self.owner, day, self.now_ms)

    def is_dropped(self, day: date, campaign: Campaign, campaigns: tuple[Campaign, ...]) -> bool:
        """A day that was restated by hand lacks one campaign, another one each time."""
        revision = self.revision(day)
        if not revision or len(campaigns) < 2:
            return False
        return campaigns[(day.toordinal() + revision) % len(campaigns)] is campaign

    def stands(self, plan: OrderPlan) -> bool:
        """Whether an order counts as bought, by the last look at it."""
        looks = [plan.created_ms + after for after in _LOOKS if plan.created_ms + after <= self.at_ms]
        step = plan.step_at(looks[-1]) if looks else None
        if step is None:
            return False
        status = plan.steps[step].status
        return status is not Status.CANCELLED and status not in WITHOUT_PRICES

    def traffic(self, campaign: Campaign, ad: Ad, day: date) -> Cell:
        """Impressions, clicks and cost; none on a day that is still to come."""
        start_ms = local_midnight_ms(day, self.zone)
        end_ms = local_midnight_ms(day + timedelta(days=1), self.zone)
        if start_ms > self.at_ms:
            return Cell()
        random = dice(self.seed, "ads traffic", campaign.id, ad.id, day)
        marketplace = (
            self.profile.marketplace if campaign.advertiser is None else campaign.advertiser.marketplace
        )
        mean = self._clicks(campaign, ad, day)
        clicks = int(mean * (0.7 + 0.6 * random.random()) + random.random())
        seen = clicks * (90 + random.random() * 140) + mean * 40 * random.random()
        price = (40 + 40 * random.random()) / 100 * marketplace.price_rate * marketplace.minor_units
        if self.at_ms < end_ms:  # today: so much of it as is over
            part = (self.at_ms - start_ms) // HOUR * HOUR / (end_ms - start_ms)
            clicks, seen = int(clicks * part), seen * part
        elif self.at_ms < end_ms + _INVALID_CLICKS_MS and clicks > 3:
            clicks += 1 + int(clicks * 0.05 * random.random())
        cell = Cell(impressions=int(seen), clicks=clicks)
        by_views = campaign.cost_type == "VCPM"
        cost = cell.impressions * price / 150 if by_views else clicks * price
        cell.cost = round(cost * max(0, 100 - 4 * self.revision(day)) / 100)
        return cell

    def invented_sales(self, place: Place, cell: Cell) -> Iterator[Sale]:
        """What the ads of a vendor or a DSP advertiser sold; nobody's orders stand behind it."""
        day, campaign, ad = place
        revision = self.revision(day)
        random = dice(self.seed, "ads sales", campaign.id, ad.id, day)
        settled = local_midnight_ms(day, self.zone)
        for index in range(poisson(random, min(cell.clicks, 10_000) / _CLICKS_PER_SALE)):
            throw = number(self.seed, "ads sale", campaign.id, ad.id, day, index)
            lag = lag_of(throw, campaign.ad_product)
            bought_ms = settled + lag * DAY + throw // 7 % DAY
            cancelled = throw % 25 == 0 and bought_ms + _LOOKS[-1] <= self.at_ms
            if bought_ms + _LOOKS[0] > self.at_ms or cancelled or is_restated(throw, revision):
                continue
            marketplace = self.profile.marketplace
            price = round(40 * marketplace.price_rate * marketplace.minor_units)
            counted = Counted(1, 1, price if ad.product is None else ad.product.price_minor(marketplace))
            yield Sale(counted, lag, throw % 5 > 0, by_view(throw, campaign), throw % 10 < 3)

    def _clicks(self, campaign: Campaign, ad: Ad, day: date) -> float:
        """How many clicks a day brings on average."""
        seller = self.profile.seller
        if seller is None or campaign.advertiser is not None:
            return _CLICKS_OF_OTHERS * season(day) * (1 + ad.weight)
        marketplace = self.profile.marketplace
        config = self.store.config
        lines = config.orders_per_day * seller.share(marketplace) * season(day) * _LINES_PER_ORDER
        share = SHARES[campaign.ad_product] / 1000
        if ad.product is None or campaign.ad_product != SP:
            return lines * share / 2 * ad.weight * _CLICKS_PER_SALE
        part = self.store.catalogue(seller.id).share_of_demand(ad.product, marketplace)
        return lines * share * (part + 0.01) * _CLICKS_PER_SALE


def _ascribed(
    told: _Told, campaigns: tuple[Campaign, ...], line: PlannedLine, day: date
) -> tuple[Place, Sale] | None:
    """Which ad brought an order line about, if one of these campaigns did."""
    throw = number(told.seed, "ads line", line.item_id)
    kind = kind_of(throw % 1000, told.profile)
    if kind is None or kind != campaigns[0].ad_product:
        return None
    lag = lag_of(throw // 1000, kind)
    clicked = day - timedelta(days=lag)
    if is_restated(throw, told.revision(clicked)):
        return None
    places = [
        (campaign, ad)
        for campaign in campaigns
        if campaign.ran_on(clicked)
        for ad in campaign.ads
        if kind != SP or ad.product is not None
    ]
    exact = [each for each in places if each[1].product is not None and each[1].product.sku == line.sku]
    # One in eight buys something else than what the ad was for.
    candidates = exact if exact and throw // 11 % 8 else places
    if not candidates:
        return None
    campaign, ad = candidates[throw // 13 % len(candidates)]
    same = ad.product is not None and ad.product.sku == line.sku
    counted = Counted(1, line.quantity, line.amounts.item)
    is_new = throw // 17 % 10 < 3
    return (clicked, campaign, ad), Sale(counted, lag, same, by_view(throw, campaign), is_new)


def _days(first: date, last: date) -> Iterator[date]:
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)
