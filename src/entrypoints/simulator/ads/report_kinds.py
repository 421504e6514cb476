"""The types of reports: how they may be grouped and filtered, how far back they reach, and their columns.

Source: Amazon Ads API, "Reporting version 3", report types "Campaign" and "Advertised product".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from entrypoints.simulator.ads.campaigns import DSP, SB, SD, SP, ST

_DATES = ("date", "startDate", "endDate")
_WINDOWS = ("1d", "7d", "14d", "30d")
_STATES = ("ENABLED", "PAUSED", "ARCHIVED")


def _each(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}{window}" for name in names for window in _WINDOWS)


_BUDGET = ("campaignBudgetAmount", "campaignBudgetType", "campaignBudgetCurrencyCode")
_CAMPAIGN = ("campaignName", "campaignId", "campaignStatus", *_BUDGET)
_AD_GROUP = ("adGroupName", "adGroupId", "adStatus")
_SP_FIGURES = (
    *("impressions", "addToList", "clicks", "cost", "spend", "costPerClick", "clickThroughRate"),
    *_each("purchases", "purchasesSameSku", "unitsSoldClicks", "sales"),
    *_each("attributedSalesSameSku", "unitsSoldSameSku"),
    *("qualifiedBorrows", "royaltyQualifiedBorrows"),
    *("kindleEditionNormalizedPagesRead14d", "kindleEditionNormalizedPagesRoyalties14d"),
)
_SPLIT = (
    *("purchases", "purchasesClicks", "sales", "salesClicks", "unitsSold", "unitsSoldClicks"),
    *("addToCart", "addToCartClicks", "brandedSearches", "brandedSearchesClicks"),
    *("detailPageViews", "detailPageViewsClicks", "newToBrandPurchases", "newToBrandPurchasesClicks"),
    *("newToBrandSalesClicks", "newToBrandUnitsSold", "newToBrandUnitsSoldClicks"),
    *("videoCompleteViews", "videoFirstQuartileViews", "videoMidpointViews", "videoThirdQuartileViews"),
)
_NEW_TO_BRAND = ("newToBrandSales", "newToBrandDetailPageViews", "newToBrandDetailPageViewRate")
_SD_FIGURES = (
    *_SPLIT,
    *("impressions", "impressionsViews", "clicks", "cost", "purchasesPromotedClicks", "salesPromotedClicks"),
    *("campaignBudgetCurrencyCode", "campaignId", "campaignName", "viewabilityRate", "viewClickThroughRate"),
    *("addToCartRate", "addToCartViews", "brandedSearchesViews", "videoUnmutes"),
)


@dataclass(frozen=True)
class ReportKind:
    """One type of reports.

    Attributes:
        groups: groupBy → the columns that it adds.
        filters: groupBy → what may be filtered, and by which values; none named means any.
        retention_days: how far back it reaches.
    """

    ad_product: str
    columns: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    retention_days: int
    filters: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    longest_days: int = 31

    def allowed(self, group_by: tuple[str, ...], summary: bool) -> tuple[str, ...]:
        """Every column that may be asked for: a summary has no date."""
        added = (name for group in group_by for name in self.groups[group])
        dates = _DATES[1:] if summary else _DATES
        return tuple(dict.fromkeys((*dates, *self.columns, *added)))


_BY_STATE = {"campaign": {"campaignStatus": _STATES}}

KINDS: Mapping[str, ReportKind] = {
    "spCampaigns": ReportKind(
        SP,
        (*_SP_FIGURES, "campaignBiddingStrategy"),
        {
            "campaign": (*_CAMPAIGN, "topOfSearchImpressionShare"),
            "adGroup": _AD_GROUP,
            "campaignPlacement": ("placementClassification", *_CAMPAIGN, "topOfSearchImpressionShare"),
        },
        95,
        {**_BY_STATE, "adGroup": {"adStatus": _STATES}},
    ),
    "spAdvertisedProduct": ReportKind(
        SP,
        (
            *(*_CAMPAIGN, "adGroupName", "adGroupId", "adId", "portfolioId", *_SP_FIGURES),
            *("advertisedAsin", "advertisedSku", "salesOtherSku7d", "unitsSoldOtherSku7d"),
            *("acosClicks7d", "acosClicks14d", "roasClicks7d", "roasClicks14d"),
        ),
        {"advertiser": ()},
        95,
        {"advertiser": {"adCreativeStatus": _STATES}},
    ),
    "sbCampaigns": ReportKind(
        SB,
        (
            *(*_CAMPAIGN, "impressions", "clicks", "cost", "costType", *_SPLIT, *_NEW_TO_BRAND),
            *("purchasesPromoted", "salesPromoted", "topOfSearchImpressionShare", "viewableImpressions"),
            *("addToCartRate", "viewabilityRate", "viewClickThroughRate", "videoUnmutes"),
        ),
        {"campaign": ()},
        60,
        _BY_STATE,
    ),
    "sdCampaigns": ReportKind(
        SD,
        _SD_FIGURES,
        {
            "campaign": ("campaignBudgetAmount", "campaignStatus", "costType", *_NEW_TO_BRAND),
            "matchedTarget": ("matchedTargetAsin",),
        },
        65,
    ),
    "sdAdvertisedProduct": ReportKind(
        SD,
        (*_SD_FIGURES, *_NEW_TO_BRAND, "adGroupId", "adGroupName", "adId", "promotedAsin", "promotedSku"),
        {"advertiser": ()},
        65,
    ),
    "stCampaigns": ReportKind(
        ST,
        (
            *(
                "impressions",
                "clicks",
                "cost",
                "clickThroughRate",
                "costPerThousandImpressions",
                "portfolioId",
            ),
            *(*_SPLIT, *_NEW_TO_BRAND, "purchasesViews", "salesViews", "unitsSoldViews", "roas"),
        ),
        {"campaign": _CAMPAIGN, "adGroup": _AD_GROUP},
        95,
        {**_BY_STATE, "adGroup": {"adStatus": _STATES}},
    ),
    "dspCampaign": ReportKind(
        DSP,
        (
            *("totalCost", "supplyCost", "impressions", "clicks", "clickThroughRate", "eCPM", "eCPC"),
            *("purchases", "purchasesViews", "purchasesClicks", "unitsSold", "sales", "ROAS"),
            *(
                "totalPurchases",
                "totalPurchasesClicks",
                "totalUnitsSold",
                "totalSales",
                "newToBrandPurchases",
            ),
            *("newToBrandUnitsSold", "newToBrandProductSales", "detailPageViews", "addToCart"),
            *("advertiserId", "advertiserName", "advertiserCountry", "advertiserTimezone", "entityId"),
            *("orderId", "orderName", "orderCurrency", "orderBudget", "orderExternalId", "marketplace"),
        ),
        {
            "campaign": ("reach", "frequencyAverage"),
            "ad": ("lineItemId", "lineItemName", "lineItemStatus"),
            "creative": ("creativeId", "creativeName"),
        },
        95,
        {group: {"advertiserId": ()} for group in ("campaign", "ad", "creative")},
    ),
}
