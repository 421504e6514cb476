"""Figures of advertising once more, added up from the simulated Amazon's own data in plain Python, without any code of
Portside's. Money is counted in minor units.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import requests

from tests.e2e.recount import Sale, Span, amount, before, days, within
from tests.e2e.recount_whole import beside

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

    def of(self, span: Span, currency: str | None = None, profile_id: str | None = None) -> "Truth":
        """A part of them."""

        def kept(row: Row) -> bool:
            here = profile_id in (None, row.profile_id) and currency in (None, row.currency)
            return here and span[0] <= row.day <= span[1]

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


@dataclass(frozen=True)
class Sold:
    """What the seller has sold whose orders are synced; nobody else sells in these marketplaces."""

    marketplace_ids: tuple[str, ...]
    sales: Sequence[Sale]

    def beside(self, truth: Truth, currency: str, span: Span) -> tuple[int, int, list[str]]:
        """What the seller has spent on these ads, what was sold where they are, and where something was."""
        ads = [
            row for row in truth.rows if row.owner == "seller" and row.marketplace_id in self.marketplace_ids
        ]
        places = {row.marketplace_id for row in ads}
        spend = sum(
            row.numbers[2] for row in ads if row.currency == currency and span[0] <= row.day <= span[1]
        )
        sold = [
            sale
            for sale in within(self.sales, span)
            if sale.currency == currency and sale.marketplace_id in places
        ]
        return spend, sum(sale.minor or 0 for sale in sold), sorted({sale.marketplace_id for sale in sold})


def expected(whole: Truth, sold: Sold, currency: str, span: Span) -> dict[str, Any]:
    """Everything that the answer says in figures, of ads in all currencies."""
    truth = whole.of(span, currency)
    series = [span[0] + timedelta(days=number) for number in range((span[1] - span[0]).days + 1)]
    by_day = _grouped(truth.rows, lambda row: row.day)
    by_currency = _grouped(whole.of(span).rows, lambda row: row.currency)
    names = {
        (row.profile_id, row.ad_product, row.campaign_id): row.campaign_name
        for row in sorted(truth.rows, key=lambda row: row.day)
    }
    campaigns = _ranked(_grouped(truth.rows, lambda row: (row.profile_id, row.ad_product, row.campaign_id)))
    products = _ranked(_grouped(truth.products, lambda row: row.product))
    profiles = _ranked(_grouped(truth.rows, lambda row: (row.profile_id,)))
    ad_products = _grouped(truth.rows, lambda row: row.ad_product)
    spend, sales, places = sold.beside(whole, currency, span)
    return {
        "currency": currency,
        "period": days(span),
        "attribution_window_days": _window_of(truth, whole),
        "attribution_windows": _windows(truth.rows),
        "totals": told(_added(truth.rows), currency) | {"tacos": ratio(spend, sales)},
        "tacos_of": {
            "spend": amount(spend, currency),
            "sales": amount(sales, currency),
            "marketplace_ids": places,
        },
        "by_currency": [{"currency": each} | told(by_currency[each], each) for each in sorted(by_currency)],
        "series": [{"date": day.isoformat(), **told(by_day.get(day, _ZERO), currency)} for day in series],
        "campaigns": [
            {"campaign_id": key[2], "name": names[key], "profile_id": key[0], "ad_product": key[1]}
            | told(sums, currency)
            for key, sums in campaigns
        ],
        "products": [
            {"asin": key[0] or None, "sku": key[1] or None} | told(sums, currency) for key, sums in products
        ],
        "profiles": [
            _profile(truth.of(span, currency, key[0]), sold, currency, span) | told(sums, currency)
            for key, sums in profiles
        ],
        "ad_products": {name: told(sums, currency) for name, sums in ad_products.items()},
    }


def expected_beside(truth: Truth, sold: Sold, currency: str, span: Span) -> dict[str, Any]:
    """Advertising in the executive view, each figure beside the one before."""
    now, then = (_figures(truth, sold, currency, each) for each in (span, before(span)))
    pairs = {name: beside(now[name], then[name]) for name in now}
    made_of = {name: pairs.pop(f"tacosOf.{name}") for name in ("spend", "sales")}
    return {
        "connected": True,
        **pairs,
        "tacosOf": {
            **made_of,
            "marketplaceIds": sold.beside(truth, currency, span)[2],
        },
        "attributionWindowDays": _window_of(truth.of(span, currency), truth),
    }


def _figures(truth: Truth, sold: Sold, currency: str, span: Span) -> dict[str, Any]:
    sums = told(_added(truth.of(span, currency).rows), currency)
    spend, sales, _places = sold.beside(truth, currency, span)
    return {
        **{name: sums[name] for name in ("spend", "sales", "acos", "roas")},
        "tacos": ratio(spend, sales),
        "tacosOf.spend": amount(spend, currency),
        "tacosOf.sales": amount(sales, currency),
    }


def _profile(truth: Truth, sold: Sold, currency: str, span: Span) -> dict[str, Any]:
    row = truth.rows[0]
    spend, sales, _places = sold.beside(truth, currency, span)
    place = {"type": "profile", "marketplace_id": row.marketplace_id}
    return {
        "profile_id": row.profile_id,
        **({"type": "dsp_advertiser"} if row.owner == "dsp" else place),
        "attribution_window_days": 7 if row.owner == "seller" else 14,
        "tacos": ratio(spend, sales),
    }


def _windows(rows: Iterable[Row]) -> dict[str, list[int]]:
    """For each ad product, how many days after a click a sale counts."""
    found = defaultdict(set)
    for row in rows:
        week = row.owner == "seller" and row.ad_product == "SPONSORED_PRODUCTS"
        found[row.ad_product].add(7 if week else 14)
    return {name: sorted(several) for name, several in found.items()}


def _window_of(truth: Truth, whole: Truth) -> int | None:
    """That of the profiles with ads, or else of all profiles, or else of the advertisers; ``None`` for several."""
    having, all_of_them = (
        {7 if row.owner == "seller" else 14 for row in each.rows if row.owner != "dsp"}
        for each in (truth, whole)
    )
    several = having or all_of_them or {14}
    return several.pop() if len(several) == 1 else None


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
