"""Figures of advertising once more, added up from the simulated Amazon's own data in plain Python, without any code of
Portside's. Money is counted in minor units.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import requests

_WITHOUT_CENTS = {"JPY"}
_NUMBERS = ("impressions", "clicks", "spend", "purchases", "sales", "units")
_SOLD = ("purchases", "sales", "units")


@dataclass(frozen=True)
class Row:
    """What one campaign did on one day, or the ads for one product; what was sold is within the window that counts."""

    profile_id: str
    owner: str  # seller, vendor, or dsp
    marketplace_id: str | None
    currency: str
    day: date
    ad_product: str
    campaign_id: str
    campaign_name: str
    numbers: tuple[int, ...]  # as _NUMBERS names them
    product: tuple[str, str] | None = None


@dataclass(frozen=True)
class Truth:
    """All rows of some profiles and advertisers; ``products`` those of sponsored products."""

    rows: list[Row]
    products: list[Row]

    def of(self, currency: str, first: date, last: date, profile_id: str | None = None) -> "Truth":
        """A part of them."""

        def kept(row: Row) -> bool:
            here = profile_id in (None, row.profile_id)
            return here and row.currency == currency and first <= row.day <= last

        return Truth(list(filter(kept, self.rows)), list(filter(kept, self.products)))


def truth_at(url: str, profiles: Iterable[str], advertisers: Iterable[str], first: date, last: date) -> Truth:
    """As Amazon would tell it now."""
    span = {"from": first.isoformat(), "to": last.isoformat()}
    whole = Truth([], [])
    asked = [{"profile_id": each, "products": "true"} for each in profiles]
    asked += [{"advertiser_id": each} for each in advertisers]
    for whose in asked:
        answer = requests.get(f"{url}/simulator/ads/truth", params=span | whose, timeout=60)
        assert answer.ok, answer.text
        head, *lines = [json.loads(line) for line in answer.text.splitlines()]
        for line in lines:
            if line["kind"] == "day":
                whole.rows.append(_row(head, line))
            elif line["ad_product"] == "SPONSORED_PRODUCTS":
                whole.products.append(_row(head, line))
    return whole


def _row(head: dict[str, Any], line: dict[str, Any]) -> Row:
    week = head.get("type") == "seller" and line["ad_product"] == "SPONSORED_PRODUCTS"
    named = {name: f"{name}_7d" if week and name in _SOLD else name for name in _NUMBERS}
    return Row(
        profile_id=head.get("profile_id") or head["advertiser_id"],
        owner=head.get("type", "dsp"),
        marketplace_id=head.get("marketplace_id"),
        currency=head["currency"],
        day=date.fromisoformat(line["day"]),
        ad_product=line["ad_product"],
        campaign_id=line["campaign_id"],
        campaign_name=line["campaign_name"],
        numbers=tuple(line[named[name]] for name in _NUMBERS),
        product=(line["asin"], line["sku"]) if line["kind"] == "product" else None,
    )


def expected(truth: Truth, currency: str, first: date, last: date) -> dict[str, Any]:
    """Everything that the answer says in sums."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    by_day = _grouped(truth.rows, lambda row: row.day)
    names = {
        (row.profile_id, row.ad_product, row.campaign_id): row.campaign_name
        for row in sorted(truth.rows, key=lambda row: row.day)
    }
    campaigns = _ranked(_grouped(truth.rows, lambda row: (row.profile_id, row.ad_product, row.campaign_id)))
    products = _ranked(_grouped(truth.products, lambda row: row.product))
    profiles = _ranked(_grouped(truth.rows, lambda row: (row.profile_id,)))
    ad_products = _grouped(truth.rows, lambda row: row.ad_product)
    return {
        "totals": told(_added(truth.rows), currency),
        "series": [{"date": day.isoformat(), **told(by_day.get(day, _ZERO), currency)} for day in days],
        "campaigns": [
            {"campaign_id": key[2], "name": names[key], "profile_id": key[0], "ad_product": key[1]}
            | told(sums, currency)
            for key, sums in campaigns
        ],
        "products": [
            {"asin": key[0] or None, "sku": key[1] or None} | told(sums, currency) for key, sums in products
        ],
        "profiles": [{"profile_id": key[0]} | told(sums, currency) for key, sums in profiles],
        "ad_products": {name: told(sums, currency) for name, sums in ad_products.items()},
    }


_ZERO = (0,) * len(_NUMBERS)


def told(sums: tuple[int, ...], currency: str) -> dict[str, Any]:
    """Sums and ratios, as the answer has them."""
    impressions, clicks, spend, purchases, sales, units = sums
    return {
        "spend": amount(spend, currency),
        "sales": amount(sales, currency),
        "clicks": clicks,
        "impressions": impressions,
        "purchases": purchases,
        "units": units,
        "acos": ratio(spend, sales),
        "roas": ratio(sales, spend),
        "ctr": ratio(clicks, impressions),
        "cpc": amount(round(Fraction(spend, clicks)), currency) if clicks else None,
        "cvr": ratio(purchases, clicks),
    }


def ratio(part: int, whole: int) -> float | None:
    """To a millionth, halves to the even one."""
    return round(Fraction(part * 10**6, whole)) / 10**6 if whole else None


def amount(minor: int, currency: str) -> float:
    """In the currency's major unit."""
    return minor if currency in _WITHOUT_CENTS else minor / 100


def _added(rows: Iterable[Row]) -> tuple[int, ...]:
    return tuple(map(sum, zip(_ZERO, *(row.numbers for row in rows), strict=True)))


def _grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, tuple[int, ...]]:
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return {name: _added(group) for name, group in groups.items()}


def _ranked(sums: dict[Any, tuple[int, ...]]) -> list[tuple[Any, tuple[int, ...]]]:
    """The most expensive first, equals by their names."""
    return sorted(sums.items(), key=lambda one: (-one[1][2], one[0]))
