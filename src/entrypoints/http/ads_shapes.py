"""How the figures of advertising are told."""

from collections.abc import Mapping
from typing import NotRequired

from typing_extensions import TypedDict

from domain.ads.reports import AdProduct
from domain.kpis.ads_known import AdsKnown, Missing
from domain.kpis.advertising import Tacos
from domain.kpis.performance import AdsGroup, PerformanceScreen
from domain.money import Money
from entrypoints.http.ads_list_shapes import (
    AdProductAnswer,
    AdsSumsAnswer,
    CampaignAdsAnswer,
    DayAdsAnswer,
    ProductAdsAnswer,
    ProfileAdsAnswer,
    ad_products_json,
    campaigns_json,
    days_json,
    fraction,
    products_json,
    profiles_json,
    sums_json,
)
from entrypoints.http.answer_types import Amount, Answer, Fraction, When
from entrypoints.http.figure_shapes import SpanAnswer, span_json
from entrypoints.http.shapes import moment, number

#: So many missing types of reports are told one by one; more would be a list nobody reads.
MOST_MISSING = 100


class RefusedReportAnswer(Answer):
    """Why Amazon did not make a report."""

    code: str
    message: str


class MissingReportAnswer(SpanAnswer):
    """Days of a profile for which a type of reports is missing, though it was time for it.

    Between the first and the last day, some may be there.
    """

    profile_id: str
    ad_product: AdProduct
    report_type: str
    days: int
    error: RefusedReportAnswer | None
    """Null where Amazon has not refused it."""


class AdsKnownAnswer(Answer):
    """How far figures of advertising can be trusted."""

    data_as_of: When | None
    complete_until: When | None
    """The begin of the first day that lacks something; null where the period's first day does."""
    partial: bool
    """Whether figures are known to be missing."""
    missing: list[MissingReportAnswer]
    """The first hundred of them."""


class AttributionWindowAnswer(Answer):
    """How many days after a click a sale counts as the ad's; sellers' and vendors' differ."""

    ad_product: AdProduct
    days: list[int]


class AdsTotalsAnswer(AdsSumsAnswer):
    """All ads together."""

    tacos: Fraction | None
    """Spend ÷ all sales; what of both is in it stands in ``tacos_of``."""


class TacosAnswer(Answer):
    """What TACoS is made of: only sellers' ads whose orders are synced, beside their sales in the same marketplaces."""

    spend: Amount
    sales: Amount
    marketplace_ids: list[str]


class AdsCurrencyAnswer(AdsSumsAnswer):
    """All ads in one currency."""

    currency: str


class AdsCursorsAnswer(Answer):
    """How each list goes on: a ``cursor``, to be sent with its ``group``; null at its end."""

    campaigns: str | None
    products: str | None
    profiles: str | None


class AdsListsAnswer(Answer):
    """The lists; with ``group`` only that one is there."""

    series: NotRequired[list[DayAdsAnswer]]
    """Every day of the period."""
    campaigns: NotRequired[list[CampaignAdsAnswer]]
    """The most expensive first; so are products and profiles."""
    products: NotRequired[list[ProductAdsAnswer]]
    profiles: NotRequired[list[ProfileAdsAnswer]]
    ad_products: NotRequired[list[AdProductAnswer]]


class _Onward(TypedDict):
    next_cursors: NotRequired[AdsCursorsAnswer]
    """Without ``group``."""
    next_cursor: NotRequired[str | None]
    """With ``group``; null at the end."""


class PerformanceAnswer(AdsKnownAnswer, AdsListsAnswer, _Onward):
    """What advertising cost and brought in a period, in one currency."""

    currency: str
    period: SpanAnswer
    attribution_window_days: int | None
    """Null where profiles with several windows are in one sum."""
    attribution_windows: list[AttributionWindowAnswer]
    totals: AdsTotalsAnswer
    tacos_of: TacosAnswer
    by_currency: list[AdsCurrencyAnswer]


def performance_json(
    screen: PerformanceScreen, group: AdsGroup | None, cursors: Mapping[AdsGroup, str]
) -> PerformanceAnswer:
    """The answer; with a group, only its list is in it."""
    scope, totals = screen.scope, sums_json(screen.sums, screen.scope.currency)
    return {
        "currency": scope.currency,
        "period": span_json(scope.span),
        "attribution_window_days": screen.window_days,
        "attribution_windows": [
            {"ad_product": each, "days": list(days)} for each, days in screen.windows.items()
        ],
        "totals": {**totals, "tacos": fraction(screen.tacos.value)},
        "tacos_of": _tacos(screen.tacos, scope.currency),
        **_lists(screen, group),
        **_onward(group, cursors),
        "by_currency": [
            {"currency": each, **sums_json(sums, each)} for each, sums in screen.by_currency.items()
        ],
        **known_json(screen.known),
    }


def known_json(known: AdsKnown) -> AdsKnownAnswer:
    """How far the figures can be trusted."""
    return {
        "data_as_of": moment(known.freshness.data_as_of),
        "complete_until": moment(known.freshness.complete_until),
        "partial": known.is_partial,
        "missing": [_missing(each) for each in known.missing[:MOST_MISSING]],
    }


def _lists(screen: PerformanceScreen, group: AdsGroup | None) -> AdsListsAnswer:
    match group:
        case None:
            return {
                "series": days_json(screen),
                "campaigns": campaigns_json(screen),
                "products": products_json(screen),
                "profiles": profiles_json(screen),
                "ad_products": ad_products_json(screen),
            }
        case AdsGroup.DAY:
            return {"series": days_json(screen)}
        case AdsGroup.CAMPAIGN:
            return {"campaigns": campaigns_json(screen)}
        case AdsGroup.PRODUCT:
            return {"products": products_json(screen)}
        case AdsGroup.PROFILE:
            return {"profiles": profiles_json(screen)}
        case AdsGroup.AD_PRODUCT:
            return {"ad_products": ad_products_json(screen)}


def _onward(group: AdsGroup | None, cursors: Mapping[AdsGroup, str]) -> _Onward:
    if group is not None:
        return {"next_cursor": cursors.get(group)}
    return {
        "next_cursors": {
            "campaigns": cursors.get(AdsGroup.CAMPAIGN),
            "products": cursors.get(AdsGroup.PRODUCT),
            "profiles": cursors.get(AdsGroup.PROFILE),
        }
    }


def _tacos(tacos: Tacos, currency: str) -> TacosAnswer:
    return {
        "spend": number(Money(tacos.spend_minor, currency)),
        "sales": number(Money(tacos.sales_minor, currency)),
        "marketplace_ids": list(tacos.marketplace_ids),
    }


def _missing(one: Missing) -> MissingReportAnswer:
    return {
        "profile_id": one.profile_id,
        "ad_product": one.ad_product,
        "report_type": one.report_type,
        "from": one.first.isoformat(),
        "to": one.last.isoformat(),
        "days": one.days,
        "error": None if one.error is None else {"code": one.error.code, "message": one.error.message},
    }
