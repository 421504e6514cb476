"""Rows of reports as figures: Amazon's columns, in our terms.

Source: Amazon Ads API, "Reporting version 3", "Columns".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from domain.ads.accounts import Account
from domain.ads.reports import AdProduct, AdsDay, AdsProductDay, AdsReport
from domain.errors import WrongAnswer
from domain.money import Money

Row = Mapping[str, object]
Figures = TypeVar("Figures", AdsDay, AdsProductDay)

#: Far above any count, far below what a 64-bit column holds.
_LARGEST_COUNT = 10**15


@dataclass(frozen=True)
class _Names:
    """Under which names a product's reports have what we keep. Sales are those within 14 days of the click or view."""

    spend: str = "cost"
    purchases: str = "purchases"
    sales: str = "sales"
    units: str = "unitsSold"
    of_7_days: tuple[str, str, str] | None = None  # purchases, sales, units
    campaign: tuple[str, str] = ("campaignId", "campaignName")
    currency: str = "campaignBudgetCurrencyCode"


_USUAL = _Names()
_NAMES: Mapping[AdProduct, _Names] = {
    AdProduct.SPONSORED_PRODUCTS: _Names(
        purchases="purchases14d",
        sales="sales14d",
        units="unitsSoldClicks14d",
        of_7_days=("purchases7d", "sales7d", "unitsSoldClicks7d"),
    ),
    AdProduct.DSP: _Names(spend="totalCost", campaign=("orderId", "orderName"), currency="orderCurrency"),
}


class AdsRows:
    """See ``domain.ads.report_ports.AdsRowReader``."""

    def days(self, report: AdsReport, account: Account, part: bytes) -> list[AdsDay]:
        """Campaigns by day, each once."""
        found: dict[object, AdsDay] = {}
        for row in _rows(part):
            day = _day_of(row, report, account)
            key = (day.day, day.campaign_id)
            found[key] = day if key not in found else _sum(found[key], day, report)
        return list(found.values())

    def product_days(self, report: AdsReport, account: Account, part: bytes) -> list[AdsProductDay]:
        """Products by campaign and day, each once: a campaign may have several ads for one."""
        found: dict[object, AdsProductDay] = {}
        for row in _rows(part):
            day = _day_of(row, report, account)
            product = AdsProductDay(
                profile_id=day.profile_id,
                ad_product=day.ad_product,
                day=day.day,
                campaign_id=day.campaign_id,
                # Vendors have no SKUs, and an ad for a store has no product.
                asin=_text(row, "advertisedAsin") or "",
                sku=_text(row, "advertisedSku") or "",
                currency=day.currency,
                **{name: getattr(day, name) for name in _SUMS},
            )
            key = (product.day, product.campaign_id, product.asin, product.sku)
            found[key] = product if key not in found else _sum(found[key], product, report)
        return list(found.values())


_SUMS = (
    *("impressions", "clicks", "spend_minor", "purchases", "sales_minor", "units"),
    *("purchases_7d", "sales_7d_minor", "units_7d"),
)


def _sum(one: Figures, other: Figures, report: AdsReport) -> Figures:
    if one.currency != other.currency:
        raise _wrong(_names_of(report).currency)
    sums: dict[str, Any] = {}
    for name in _SUMS:
        mine, more = getattr(one, name), getattr(other, name)
        sums[name] = None if mine is None or more is None else mine + more
    return replace(one, **sums)


def _names_of(report: AdsReport) -> _Names:
    return _NAMES.get(report.request.ad_product, _USUAL)


def _rows(part: bytes) -> Iterator[Row]:
    for line in part.splitlines():
        yield json.loads(line, parse_float=Decimal)


def _day_of(row: Row, report: AdsReport, account: Account) -> AdsDay:
    product = report.request.ad_product
    names = _names_of(report)
    currency = _text(row, names.currency) or account.found.currency_code
    if currency is None:
        raise _wrong(names.currency)

    def money(name: str) -> int:
        value = row.get(name)
        try:
            return 0 if value is None else Money.parse(_number(value, name), currency).minor
        except ValueError as error:
            raise _wrong(name) from error

    identity, title = names.campaign
    week = names.of_7_days
    return AdsDay(
        profile_id=report.profile_id,
        ad_product=product,
        day=_day(row, report),
        campaign_id=_required(row, identity),
        campaign_name=_text(row, title),
        campaign_status=_text(row, "campaignStatus"),
        currency=currency,
        impressions=_count(row, "impressions"),
        clicks=_count(row, "clicks"),
        spend_minor=money(names.spend),
        purchases=_count(row, names.purchases),
        sales_minor=money(names.sales),
        units=_count(row, names.units),
        purchases_7d=_count(row, week[0]) if week else None,
        sales_7d_minor=money(week[1]) if week else None,
        units_7d=_count(row, week[2]) if week else None,
    )


def _day(row: Row, report: AdsReport) -> date:
    try:
        day = date.fromisoformat(_required(row, "date"))
    except ValueError as error:
        raise _wrong("date") from error
    if not report.request.start <= day <= report.request.end:
        raise _wrong("date")
    return day


def _required(row: Row, name: str) -> str:
    value = _text(row, name)
    if value is None:
        raise _wrong(name)
    return value


def _text(row: Row, name: str) -> str | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise _wrong(name)
    # PostgreSQL keeps no NUL, which JSON can carry.
    return value.replace("\x00", "") or None


def _count(row: Row, name: str) -> int:
    value = row.get(name)
    if value is None:
        return 0
    number = Decimal(_number(value, name))
    if abs(number) > _LARGEST_COUNT or number != int(number):
        raise _wrong(name)
    return int(number)


def _number(value: object, name: str) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _wrong(name)
    return value


def _wrong(name: str) -> WrongAnswer:
    return WrongAnswer(
        f"A row of Amazon's report is not as promised: `{name}` is missing or of another kind.", channel="ads"
    )
