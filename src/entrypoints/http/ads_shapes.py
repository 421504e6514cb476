"""How the figures of advertising are told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.kpis.ads_known import AdsKnown, Missing
from domain.kpis.ads_whole import ProfileSum
from domain.kpis.advertising import AdsSums, CampaignAds, DayAds, ProductAds, Tacos
from domain.kpis.performance import PAGED, AdsGroup, PerformanceScreen
from domain.money import Money
from entrypoints.http.shapes import Json, moment, number, span_json

#: So many missing types of reports are told one by one; more would be a list nobody reads.
MOST_MISSING = 100

SUMS = ("spend", "sales", "clicks", "impressions", "purchases", "units")
RATIOS = ("acos", "roas", "ctr", "cpc", "cvr")


@dataclass(frozen=True)
class AdsList:
    """A list of the answer: what it is called, and what names its rows."""

    name: str
    columns: Sequence[str]
    rows: Callable[[PerformanceScreen], Sequence[Json]]


def sums_json(sums: AdsSums, currency: str) -> Json:
    """Sums and ratios; a ratio is ``null`` where its divisor is 0."""
    cost = sums.cpc(currency)
    return {
        "spend": number(Money(sums.spend_minor, currency)),
        "sales": number(Money(sums.sales_minor, currency)),
        "clicks": sums.clicks,
        "impressions": sums.impressions,
        "purchases": sums.purchases,
        "units": sums.units,
        "acos": fraction(sums.acos),
        "roas": fraction(sums.roas),
        "ctr": fraction(sums.ctr),
        "cpc": None if cost is None else number(cost),
        "cvr": fraction(sums.cvr),
    }


def fraction(value: Decimal | None) -> float | None:
    """A ratio as a JSON number."""
    return None if value is None else float(value)


def performance_json(
    screen: PerformanceScreen, group: AdsGroup | None, cursors: Mapping[AdsGroup, str]
) -> Json:
    """The answer; with a group, only its list is in it."""
    scope, totals = screen.scope, sums_json(screen.sums, screen.scope.currency)
    lists = {each.name: each.rows(screen) for of, each in LISTS.items() if group in (None, of)}
    onward: Json = {"next_cursors": {LISTS[each].name: cursors.get(each) for each in PAGED}}
    if group is not None:
        onward = {"next_cursor": cursors.get(group)}
    return {
        "currency": scope.currency,
        "period": span_json(scope.span),
        "attribution_window_days": screen.window_days,
        "attribution_windows": [
            {"ad_product": each.value, "days": list(days)} for each, days in screen.windows.items()
        ],
        "totals": {**totals, "tacos": fraction(screen.tacos.value)},
        "tacos_of": _tacos(screen.tacos, scope.currency),
        **lists,
        **onward,
        "by_currency": [
            {"currency": each, **sums_json(sums, each)} for each, sums in screen.by_currency.items()
        ],
        **known_json(screen.known),
    }


def known_json(known: AdsKnown) -> Json:
    """How far the figures can be trusted."""
    return {
        "data_as_of": moment(known.freshness.data_as_of),
        "complete_until": moment(known.freshness.complete_until),
        "partial": known.is_partial,
        "missing": [_missing(each) for each in known.missing[:MOST_MISSING]],
    }


def listed(screen: PerformanceScreen, group: AdsGroup) -> list[Json]:
    """The rows of one list."""
    return list(LISTS[group].rows(screen))


def _tacos(tacos: Tacos, currency: str) -> Json:
    return {
        "spend": number(Money(tacos.spend_minor, currency)),
        "sales": number(Money(tacos.sales_minor, currency)),
        "marketplace_ids": list(tacos.marketplace_ids),
    }


def _missing(one: Missing) -> Json:
    return {
        "profile_id": one.profile_id,
        "ad_product": one.ad_product.value,
        "report_type": one.report_type,
        "from": one.first.isoformat(),
        "to": one.last.isoformat(),
        "days": one.days,
        "error": None if one.error is None else {"code": one.error.code, "message": one.error.message},
    }


def _names_of_day(row: DayAds) -> tuple[object, ...]:
    return (row.day.isoformat(),)


def _names_of_campaign(row: CampaignAds) -> tuple[object, ...]:
    return row.campaign_id, row.name, row.status, row.profile_id, row.ad_product.value


def _names_of_product(row: ProductAds) -> tuple[object, ...]:
    return row.asin or None, row.sku or None


def _names_of_profile(row: ProfileSum) -> tuple[object, ...]:
    account = row.account
    found = account.found
    return (
        found.amazon_id,
        account.name,
        found.type.value,
        found.country_code,
        found.marketplace_id,
        account.attribution_days,
        fraction(row.tacos.value),
    )


def _list(
    name: str,
    columns: Sequence[str],
    found: Callable[[PerformanceScreen], Sequence[Any]],
    names: Callable[[Any], tuple[object, ...]],
) -> AdsList:
    def rows(screen: PerformanceScreen) -> list[Json]:
        currency = screen.scope.currency
        return [
            {**dict(zip(columns, names(row), strict=True)), **sums_json(row.sums, currency)}
            for row in found(screen)
        ]

    return AdsList(name, columns, rows)


def _by_ad_product(screen: PerformanceScreen) -> list[Json]:
    currency = screen.scope.currency
    return [
        {"ad_product": each.value, **sums_json(sums, currency)} for each, sums in screen.ad_products.items()
    ]


LISTS: Mapping[AdsGroup, AdsList] = {
    AdsGroup.DAY: _list("series", ("date",), lambda screen: screen.series, _names_of_day),
    AdsGroup.CAMPAIGN: _list(
        "campaigns",
        ("campaign_id", "name", "status", "profile_id", "ad_product"),
        lambda screen: screen.campaigns,
        _names_of_campaign,
    ),
    AdsGroup.PRODUCT: _list("products", ("asin", "sku"), lambda screen: screen.products, _names_of_product),
    AdsGroup.PROFILE: _list(
        "profiles",
        (
            *("profile_id", "account_name", "type", "country_code", "marketplace_id"),
            *("attribution_window_days", "tacos"),
        ),
        lambda screen: screen.profiles,
        _names_of_profile,
    ),
    AdsGroup.AD_PRODUCT: AdsList("ad_products", ("ad_product",), _by_ad_product),
}
