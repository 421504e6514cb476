"""The types of reports that can be asked for: how they are grouped and filtered, how far they reach, their columns.

Source: Amazon Ads API, "Reporting version 3", "Report types".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ads.reports import AdProduct

#: Of a report by day, and of one for all days together.
DAY, SPAN = "date", ("startDate", "endDate")

_WINDOWS = ("1d", "7d", "14d", "30d")
_STATES = ("ENABLED", "PAUSED", "ARCHIVED")
_KEYWORDS = ("BROAD", "PHRASE", "EXACT", "TARGETING_EXPRESSION", "TARGETING_EXPRESSION_PREDEFINED")


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _each(text: str) -> tuple[str, ...]:
    """Each name once for each window of attribution."""
    return tuple(f"{name}{window}" for name in text.split() for window in _WINDOWS)


@dataclass(frozen=True)
class ReportKind:
    """One type of reports.

    ``columns`` go with every group, those in ``groups`` with one. ``None`` stands for columns that Amazon alone knows:
    some hundred, which change. ``filters`` are by group: the field, and the values that it takes (none: any).
    ``look_back`` and ``longest`` are days.
    """

    ad_product: AdProduct
    groups: Mapping[str, tuple[str, ...]]
    columns: tuple[str, ...] | None
    look_back: int
    filters: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    longest: int = 31

    def allowed(self, group_by: tuple[str, ...]) -> frozenset[str] | None:
        """The columns that go with these groups; ``None`` where any may."""
        if self.columns is None:
            return None
        return frozenset(self.columns).union(*(self.groups[group] for group in group_by), (DAY, *SPAN))


_BUDGET = _names("campaignBudgetAmount campaignBudgetType campaignBudgetCurrencyCode")
_CAMPAIGN = (*_names("campaignName campaignId campaignStatus"), *_BUDGET)
_AD_GROUP = _names("adGroupName adGroupId")
_KINDLE = _names("kindleEditionNormalizedPagesRead14d kindleEditionNormalizedPagesRoyalties14d")
_BORROWS = _names("qualifiedBorrows royaltyQualifiedBorrows")
_BORROWS_SPLIT = _names(
    "addToListFromClicks qualifiedBorrowsFromClicks royaltyQualifiedBorrowsFromClicks"
    " addToListFromViews qualifiedBorrowsFromViews royaltyQualifiedBorrowsFromViews"
)
_SP = (
    *_names("impressions addToList clicks cost costPerClick clickThroughRate"),
    *_BORROWS,
    *_each("purchases purchasesSameSku unitsSoldClicks sales attributedSalesSameSku unitsSoldSameSku"),
    *_KINDLE,
)
_OTHER_SKU = _names(
    "salesOtherSku7d unitsSoldOtherSku7d acosClicks7d acosClicks14d roasClicks7d roasClicks14d"
)
_KEYWORD = _names("keywordId keyword keywordBid keywordType matchType targeting portfolioId")
_RULES = _names(
    "campaignRuleBasedBudgetAmount campaignApplicableBudgetRuleId campaignApplicableBudgetRuleName"
)
_SHARE = ("topOfSearchImpressionShare",)
_VIDEO = _names(
    "videoCompleteViews videoFirstQuartileViews videoMidpointViews videoThirdQuartileViews videoUnmutes"
    " viewabilityRate viewClickThroughRate"
)
_VIDEO_SB = (*_VIDEO, *_names("video5SecondViewRate video5SecondViews viewableImpressions"))
_NEW_TO_BRAND = _names(
    "newToBrandDetailPageViewRate newToBrandDetailPageViews newToBrandECPDetailPageView newToBrandPurchases"
    " newToBrandPurchasesClicks newToBrandSales newToBrandSalesClicks newToBrandUnitsSold newToBrandUnitsSoldClicks"
)
_SB = (
    *_names(
        "addToCart addToCartClicks addToCartRate addToList brandedSearches brandedSearchesClicks costType clicks"
    ),
    *_names("cost detailPageViews detailPageViewsClicks eCPAddToCart impressions purchases purchasesClicks"),
    *_names("purchasesPromoted sales salesClicks salesPromoted unitsSold unitsSoldClicks"),
    *_names("newToBrandDetailPageViewsClicks newToBrandPurchasesPercentage newToBrandPurchasesRate"),
    *_names("newToBrandSalesPercentage newToBrandUnitsSoldPercentage"),
    *_BORROWS,
    *_BORROWS_SPLIT,
    *_KINDLE,
    *_NEW_TO_BRAND,
    *_VIDEO_SB,
    *_SHARE,
    *_CAMPAIGN,
)
_SD = (
    *_names(
        "addToCart addToCartClicks addToCartRate addToCartViews addToList brandedSearches brandedSearchesClicks"
    ),
    *_names(
        "brandedSearchesViews brandedSearchRate campaignBudgetCurrencyCode campaignId campaignName clicks cost"
    ),
    *_names("detailPageViews detailPageViewsClicks eCPAddToCart eCPBrandSearch impressions impressionsViews"),
    *_names("newToBrandPurchases newToBrandPurchasesClicks newToBrandSalesClicks newToBrandUnitsSold"),
    *_names("newToBrandUnitsSoldClicks purchases purchasesClicks purchasesPromotedClicks sales salesClicks"),
    *_names("salesPromotedClicks unitsSold unitsSoldClicks"),
    *_BORROWS,
    *_BORROWS_SPLIT,
    *_VIDEO,
)
_SD_CAMPAIGN = (
    *_names(
        "campaignBudgetAmount campaignStatus costType cumulativeReach impressionsFrequencyAverage longTermSales"
    ),
    *_names(
        "longTermROAS newToBrandDetailPageViewClicks newToBrandDetailPageViewRate newToBrandDetailPageViews"
    ),
    *_names("newToBrandDetailPageViewViews newToBrandECPDetailPageView newToBrandSales"),
)
_ST = (
    *_names(
        "addToCart addToCartClicks addToCartViews brandedSearches brandedSearchesClicks brandedSearchesViews clicks"
    ),
    *_names("clickThroughRate cost costPerThousandImpressions detailPageViews detailPageViewsClicks"),
    *_names("detailPageViewsViews frequencyAverage householdFrequencyAverage householdReach impressions"),
    *_names("newToBrandDetailPageViewClicks newToBrandDetailPageViews newToBrandDetailPageViewViews"),
    *_names("newToBrandPurchases newToBrandPurchasesClicks newToBrandPurchasesViews newToBrandSales"),
    *_names(
        "newToBrandSalesClicks newToBrandSalesViews portfolioId purchases purchasesClicks purchasesViews reach roas"
    ),
    *_names("sales salesClicks salesViews unitsSold unitsSoldClicks unitsSoldViews videoCompleteViews"),
    *_names("videoFirstQuartileViews videoMidpointViews videoThirdQuartileViews"),
)
_CAMPAIGN_STATUS = {"campaignStatus": _STATES}
_AD_STATUS = {"adStatus": _STATES}
_PLACEMENT = ("placementClassification", *_CAMPAIGN, *_RULES, *_SHARE)
_DSP_GROUPS = ("campaign", "ad", "creative")

KINDS: Mapping[str, ReportKind] = {
    "spCampaigns": ReportKind(
        AdProduct.SPONSORED_PRODUCTS,
        {
            "campaign": (*_CAMPAIGN, *_RULES, *_SHARE),
            "adGroup": (*_AD_GROUP, "adStatus"),
            "campaignPlacement": _PLACEMENT,
        },
        (*_SP, "spend", "campaignBiddingStrategy"),
        95,
        {
            "campaign": _CAMPAIGN_STATUS,
            "adGroup": _AD_STATUS,
            "campaignPlacement": {"campaignSite": ("AmazonBusiness",)},
        },
    ),
    "spAdvertisedProduct": ReportKind(
        AdProduct.SPONSORED_PRODUCTS,
        {"advertiser": ()},
        (
            *_SP,
            "spend",
            *_CAMPAIGN,
            *_AD_GROUP,
            *_OTHER_SKU,
            *_names("adId portfolioId advertisedAsin advertisedSku"),
        ),
        95,
        {"advertiser": {"adCreativeStatus": _STATES}},
    ),
    "spTargeting": ReportKind(
        AdProduct.SPONSORED_PRODUCTS,
        {"targeting": ("adKeywordStatus",)},
        (*_SP, *_OTHER_SKU, *_CAMPAIGN, *_AD_GROUP, *_KEYWORD, *_SHARE),
        95,
        {"targeting": {"adKeywordStatus": _STATES, "keywordType": _KEYWORDS}},
    ),
    "spSearchTerm": ReportKind(
        AdProduct.SPONSORED_PRODUCTS,
        {"searchTerm": ()},
        (*_SP, *_OTHER_SKU, *_CAMPAIGN, *_AD_GROUP, *_KEYWORD, "searchTerm", "adKeywordStatus"),
        95,
        {"searchTerm": {"keywordType": _KEYWORDS}},
    ),
    "spPurchasedProduct": ReportKind(
        AdProduct.SPONSORED_PRODUCTS,
        {"asin": ()},
        (
            *_names(
                "addToList addToListFromClicks qualifiedBorrowsFromClicks royaltyQualifiedBorrowsFromClicks"
            ),
            *_names(
                "portfolioId campaignName campaignId keywordId keyword keywordType matchType advertisedAsin"
            ),
            *_names("purchasedAsin advertisedSku campaignBudgetCurrencyCode"),
            *_each("unitsSoldClicks sales purchases unitsSoldOtherSku salesOtherSku purchasesOtherSku"),
            *_AD_GROUP,
            *_BORROWS,
            *_KINDLE,
        ),
        95,
    ),
    "sbCampaigns": ReportKind(
        AdProduct.SPONSORED_BRANDS,
        {"campaign": ("longTermSales", "longTermROAS")},
        _SB,
        60,
        {"campaign": _CAMPAIGN_STATUS},
    ),
    "sbPurchasedProduct": ReportKind(
        AdProduct.SPONSORED_BRANDS,
        {"purchasedAsin": ()},
        (
            *_names(
                "campaignId campaignName campaignBudgetCurrencyCode campaignPriceTypeCode attributionType"
            ),
            *_names(
                "purchasedAsin ordersClicks14d productName productCategory sales14d salesClicks14d orders14d"
            ),
            *_names("unitsSold14d unitsSoldClicks14d newToBrandSales14d newToBrandPurchases14d"),
            *_names("newToBrandUnitsSold14d newToBrandSalesPercentage14d newToBrandPurchasesPercentage14d"),
            "newToBrandUnitsSoldPercentage14d",
            *_AD_GROUP,
            *_KINDLE,
        ),
        731,
        longest=731,
    ),
    "sdCampaigns": ReportKind(
        AdProduct.SPONSORED_DISPLAY,
        {"campaign": _SD_CAMPAIGN, "matchedTarget": ("matchedTargetAsin",)},
        _SD,
        65,
    ),
    "sdAdvertisedProduct": ReportKind(
        AdProduct.SPONSORED_DISPLAY,
        {"advertiser": ()},
        (
            *_SD,
            *_NEW_TO_BRAND,
            *_names(
                "newToBrandDetailPageViewClicks newToBrandDetailPageViewViews bidOptimization cumulativeReach"
            ),
            *_names("impressionsFrequencyAverage adId promotedAsin promotedSku"),
            *_AD_GROUP,
        ),
        65,
    ),
    "stCampaigns": ReportKind(
        AdProduct.SPONSORED_TELEVISION,
        {"campaign": (*_CAMPAIGN, "longTermSales", "longTermROAS"), "adGroup": (*_AD_GROUP, "adStatus")},
        _ST,
        95,
        {"campaign": _CAMPAIGN_STATUS, "adGroup": _AD_STATUS},
    ),
    "dspCampaign": ReportKind(
        AdProduct.DSP,
        dict.fromkeys(_DSP_GROUPS, ()),
        None,
        95,
        {group: {"advertiserId": ()} for group in _DSP_GROUPS},
    ),
}


@dataclass(frozen=True)
class FiguresKind:
    """A type of reports that the figures are made of, and the columns that it takes.

    ``is_rare``: few have such campaigns, so a refusal is no trouble.
    """

    report_type: str
    group: str
    columns: tuple[str, ...]
    by_product: bool = False
    is_rare: bool = False


_SP_FIGURES = _names(
    "impressions clicks cost purchases7d sales7d unitsSoldClicks7d purchases14d sales14d unitsSoldClicks14d"
)
_FIGURES = _names("impressions clicks cost purchases sales unitsSold")
_WHOSE = _names("date campaignId campaignName campaignStatus campaignBudgetCurrencyCode")

#: Of a seller's or vendor's profile.
OF_PROFILES = (
    FiguresKind("spCampaigns", "campaign", (*_WHOSE, *_SP_FIGURES)),
    FiguresKind("sbCampaigns", "campaign", (*_WHOSE, *_FIGURES)),
    FiguresKind("sdCampaigns", "campaign", (*_WHOSE, *_FIGURES)),
    FiguresKind(
        "spAdvertisedProduct",
        "advertiser",
        (*_names("date campaignId campaignBudgetCurrencyCode advertisedAsin advertisedSku"), *_SP_FIGURES),
        by_product=True,
    ),
    FiguresKind("stCampaigns", "campaign", (*_WHOSE, *_FIGURES), is_rare=True),
)
#: Of an advertiser of DSP, whose campaigns are called orders.
OF_ADVERTISERS = (
    FiguresKind(
        "dspCampaign",
        "campaign",
        _names("date orderId orderName orderCurrency totalCost impressions clicks purchases sales unitsSold"),
    ),
)
FIGURES: Mapping[str, FiguresKind] = {each.report_type: each for each in (*OF_PROFILES, *OF_ADVERTISERS)}
