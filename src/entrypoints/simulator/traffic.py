"""The report of sales and traffic: what was sold, and how many looked, by date and by product.

Sales follow from the orders as getOrderMetrics counts them. Visits are invented: they depend on the product and
the day alone, beside what was sold, so that any two reports agree. Nothing here is ever returned or claimed.

Source: https://github.com/amzn/selling-partner-api-models, schemas/reports/sellerSalesAndTrafficReport.json
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from entrypoints.simulator.catalogue import Product
from entrypoints.simulator.demand import season
from entrypoints.simulator.dice import dice
from entrypoints.simulator.marketplaces import BY_ID, Marketplace
from entrypoints.simulator.moments import from_ms, local_midnight_ms
from entrypoints.simulator.order_troubles import REPORTS, ToldOrders
from entrypoints.simulator.orders import Status, StoreOrder
from entrypoints.simulator.report_desk import ReportOrder
from entrypoints.simulator.shipments import sent_between
from entrypoints.simulator.store import Store

#: The default comes first.
DATE_GRANULARITIES = ("DAY", "WEEK", "MONTH")
ASIN_GRANULARITIES = ("PARENT", "CHILD", "SKU")
_VISITS_PER_LINE = 9
#: So many products, one after the other in the catalogue, are variations of one.
_VARIATIONS = 3
Body = dict[str, Any]


@dataclass
class Figures:
    """What one product sold and showed in a time, or many of them together; amounts in minor units."""

    units: int = 0
    items: int = 0
    sales: int = 0
    business_units: int = 0
    business_items: int = 0
    business_sales: int = 0
    units_sent: int = 0
    sales_sent: int = 0
    browser_sessions: int = 0
    app_sessions: int = 0
    browser_views: int = 0
    app_views: int = 0
    orders_sent: set[str] = field(default_factory=set)

    @property
    def sessions(self) -> int:
        return self.browser_sessions + self.app_sessions

    @property
    def views(self) -> int:
        return self.browser_views + self.app_views

    def add(self, other: Figures) -> None:
        for each in fields(self):
            mine, its = getattr(self, each.name), getattr(other, each.name)
            setattr(self, each.name, mine | its if isinstance(mine, set) else mine + its)


Days = dict[tuple[date, str], Figures]


def sales_and_traffic(store: Store, order: ReportOrder, at_ms: int) -> Iterator[str]:
    """The report's JSON. The days of both ends are included, and are the marketplace's own."""
    marketplace = BY_ID[order.marketplace_ids[0]]
    first, last = from_ms(order.start_ms).date(), from_ms(order.end_ms).date()
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    products = store.catalogue(order.seller_id).offered_in(marketplace)
    found = _figures(store, order, marketplace, days, at_ms)
    options = {
        "dateGranularity": order.options.get("dateGranularity", DATE_GRANULARITIES[0]),
        "asinGranularity": order.options.get("asinGranularity", ASIN_GRANULARITIES[0]),
    }
    body = {
        "reportSpecification": {
            "reportType": order.report_type,
            "reportOptions": options,
            "dataStartTime": first.isoformat(),
            "dataEndTime": last.isoformat(),
            "marketplaceIds": list(order.marketplace_ids),
        },
        "salesAndTrafficByDate": _by_date(marketplace, found, options["dateGranularity"]),
        "salesAndTrafficByAsin": _by_asin(
            marketplace,
            found,
            store.catalogue(order.seller_id).products,
            products,
            options["asinGranularity"],
        ),
    }
    yield json.dumps(body, ensure_ascii=False)


def _figures(
    store: Store, order: ReportOrder, marketplace: Marketplace, days: list[date], at_ms: int
) -> Days:
    """Every offered product's figures of every day, zeros too."""
    start_ms = local_midnight_ms(days[0], marketplace.zone)
    end_ms = local_midnight_ms(days[-1] + timedelta(days=1), marketplace.zone) - 1
    found: Days = {}
    for product in store.catalogue(order.seller_id).offered_in(marketplace):
        for day in days:
            found[day, product.sku] = _visits(store, order.seller_id, marketplace, product, day)
    told = ToldOrders(store, order.trouble, REPORTS)
    for placed in told.created_between(order.seller_id, start_ms, end_ms, at_ms):
        if placed.marketplace_id == marketplace.id and placed.status is not Status.CANCELLED:
            _count_placed(found, marketplace, placed)
    edits = order.trouble.edits
    for sent in sent_between(store, order.seller_id, start_ms, end_ms, at_ms, edits):
        if sent.order.home_marketplace_id == marketplace.id:
            figures = found[from_ms(sent.at_ms).astimezone(marketplace.zone).date(), sent.line.sku]
            figures.units_sent += sent.line.quantity
            figures.sales_sent += sent.line.amounts.item
            figures.orders_sent.add(sent.order.id)
    return found


def _count_placed(found: Days, marketplace: Marketplace, order: StoreOrder) -> None:
    """Like getOrderMetrics: orders without prices count with their units and nothing sold yet."""
    day = order.created_at.astimezone(marketplace.zone).date()
    business = "AMAZON_BUSINESS" in order.programs
    for line in order.lines:
        sales = 0 if line.amounts is None else line.amounts.item
        figures = found[day, line.sku]
        figures.add(Figures(units=line.quantity, items=1, sales=sales))
        if business:
            figures.add(Figures(business_units=line.quantity, business_items=1, business_sales=sales))
        # Whoever buys has looked.
        figures.add(Figures(browser_sessions=1, browser_views=1 + line.quantity % 2))


def _visits(store: Store, seller_id: str, marketplace: Marketplace, product: Product, day: date) -> Figures:
    """How many looked at a product on a day and did not buy."""
    catalogue = store.catalogue(seller_id)
    random = dice(store.config.seed, seller_id, marketplace.id, product.sku, day, "visits")
    lines = store.config.orders_per_day * catalogue.seller.share(marketplace) * season(day)
    mean = lines * catalogue.share_of_demand(product, marketplace) * _VISITS_PER_LINE
    sessions = int(mean * (0.6 + 0.8 * random.random()) + random.random())
    in_app = int(sessions * (0.45 + 0.3 * random.random()))
    views = sessions + int(sessions * 0.6 * random.random())
    views_in_app = in_app * views // sessions if sessions else 0
    return Figures(
        browser_sessions=sessions - in_app,
        app_sessions=in_app,
        browser_views=views - views_in_app,
        app_views=views_in_app,
    )


def _sum(parts: Iterable[Figures]) -> Figures:
    total = Figures()
    for part in parts:
        total.add(part)
    return total


def _period(day: date, granularity: str) -> date:
    """The first day of the day's period; weeks begin on Sunday."""
    if granularity == "WEEK":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    return day.replace(day=1) if granularity == "MONTH" else day


def _by_date(marketplace: Marketplace, found: Days, granularity: str) -> list[Body]:
    periods: defaultdict[date, list[Figures]] = defaultdict(list)
    for (day, _), figures in found.items():
        periods[_period(day, granularity)].append(figures)
    return [_date(marketplace, day, _sum(parts)) for day, parts in sorted(periods.items())]


def _date(marketplace: Marketplace, day: date, total: Figures) -> Body:
    return {
        "date": day.isoformat(),
        "salesByDate": {
            "orderedProductSales": _money(marketplace, total.sales),
            "orderedProductSalesB2B": _money(marketplace, total.business_sales),
            "unitsOrdered": total.units,
            "unitsOrderedB2B": total.business_units,
            "totalOrderItems": total.items,
            "totalOrderItemsB2B": total.business_items,
            "averageSalesPerOrderItem": _money(marketplace, _ratio(total.sales, total.items)),
            "averageUnitsPerOrderItem": round(_ratio(total.units, total.items), 2),
            "averageSellingPrice": _money(marketplace, _ratio(total.sales, total.units)),
            "unitsRefunded": 0,
            "refundRate": 0.0,
            "claimsGranted": 0,
            "claimsAmount": _money(marketplace, 0),
            "shippedProductSales": _money(marketplace, total.sales_sent),
            "unitsShipped": total.units_sent,
            "ordersShipped": len(total.orders_sent),
        },
        "trafficByDate": {
            "browserPageViews": total.browser_views,
            "mobileAppPageViews": total.app_views,
            "pageViews": total.views,
            "browserSessions": total.browser_sessions,
            "mobileAppSessions": total.app_sessions,
            "sessions": total.sessions,
            "buyBoxPercentage": 98.5 if total.views else 0.0,
            "orderItemSessionPercentage": _percent(total.items, total.sessions),
            "unitSessionPercentage": _percent(total.units, total.sessions),
            "averageOfferCount": 1,
            "averageParentItems": 1,
            "feedbackReceived": 0,
            "negativeFeedbackReceived": 0,
            "receivedNegativeFeedbackRate": 0.0,
        },
    }


def _by_asin(
    marketplace: Marketplace,
    found: Days,
    catalogue: tuple[Product, ...],
    offered: tuple[Product, ...],
    granularity: str,
) -> list[Body]:
    """The products that were looked at or sold, over the whole time."""
    by_sku: defaultdict[str, list[Figures]] = defaultdict(list)
    for (_, sku), figures in found.items():
        by_sku[sku].append(figures)
    groups: defaultdict[tuple[str, ...], list[Figures]] = defaultdict(list)
    for product in offered:
        parent = catalogue[product.index - product.index % _VARIATIONS].asin
        names = (parent, product.asin, product.sku)[: ASIN_GRANULARITIES.index(granularity) + 1]
        groups[names] += by_sku[product.sku]
    sums = {names: _sum(parts) for names, parts in groups.items()}
    total = _sum(sums.values())
    return [_asin(marketplace, names, each, total) for names, each in sums.items() if each.sessions]


def _asin(marketplace: Marketplace, names: tuple[str, ...], each: Figures, total: Figures) -> Body:
    traffic = {
        "browserSessions": each.browser_sessions,
        "mobileAppSessions": each.app_sessions,
        "sessions": each.sessions,
        "browserSessionPercentage": _percent(each.browser_sessions, total.browser_sessions),
        "mobileAppSessionPercentage": _percent(each.app_sessions, total.app_sessions),
        "sessionPercentage": _percent(each.sessions, total.sessions),
        "browserPageViews": each.browser_views,
        "mobileAppPageViews": each.app_views,
        "pageViews": each.views,
        "browserPageViewsPercentage": _percent(each.browser_views, total.browser_views),
        "mobileAppPageViewsPercentage": _percent(each.app_views, total.app_views),
        "pageViewsPercentage": _percent(each.views, total.views),
        "buyBoxPercentage": 98.5,
        "unitSessionPercentage": _percent(each.units, each.sessions),
    }
    sales = {
        "unitsOrdered": each.units,
        "unitsOrderedB2B": each.business_units,
        "orderedProductSales": _money(marketplace, each.sales),
        "orderedProductSalesB2B": _money(marketplace, each.business_sales),
        "totalOrderItems": each.items,
        "totalOrderItemsB2B": each.business_items,
    }
    keys = dict(zip(("parentAsin", "childAsin", "sku"), names, strict=False))
    return {**keys, "salesByAsin": sales, "trafficByAsin": traffic}


def _money(marketplace: Marketplace, minor: float) -> Body:
    """Here amounts are numbers, not texts."""
    return {
        "amount": round(minor / marketplace.minor_units, marketplace.minor_digits),
        "currencyCode": marketplace.currency,
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _percent(part: float, whole: float) -> float:
    return round(100 * _ratio(part, whole), 2)
