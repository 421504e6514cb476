"""Figures of advertising, added up and ranked by the database; nothing is divided here."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Select

from adapters.sql import ads_sums
from adapters.sql.spans import days_of
from adapters.sql.straight import asked
from domain.ads.reports import AdProduct
from domain.kpis.advertising import (
    AdsMark,
    AdsScope,
    AdsSums,
    CampaignAds,
    DayAds,
    ProductAds,
    ProfileAds,
    SellerSales,
)
from domain.kpis.periods import Period
from domain.users.model import UserId


class SqlAdvertisingFigures:
    """Reads what was advertised each day."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def by_profile(
        self, user_id: UserId, spans: Sequence[Period], profile_id: str | None = None
    ) -> list[ProfileAds]:
        """All periods in one statement."""
        values = {"of_user": user_id, "of_profile": profile_id, **days_of(spans)}
        rows = self._rows(ads_sums.by_profile(len(spans), profile_id is not None), values)
        return [
            ProfileAds(spans[row.number], row.profile_id, AdProduct(row.ad_product), row.currency, _sums(row))
            for row in rows
        ]

    def daily(self, user_id: UserId, scope: AdsScope) -> list[DayAds]:
        """One row a day."""
        rows = self._rows(ads_sums.daily(scope.profile_id is not None), _asked(user_id, scope))
        return [DayAds(row.day, _sums(row)) for row in rows]

    def campaigns(
        self, user_id: UserId, scope: AdsScope, after: AdsMark | None, limit: int
    ) -> list[CampaignAds]:
        """Ranked by the database; the names of those that come into the list are looked up along with it."""
        question = ads_sums.campaigns(
            scope.profile_id is not None, after is not None, self._engine.dialect.name
        )
        rows = self._rows(
            question, {**_asked(user_id, scope), **_behind(after, ads_sums.CAMPAIGN), "most": limit}
        )
        return [
            CampaignAds(
                row.profile_id,
                AdProduct(row.ad_product),
                row.campaign_id,
                row.campaign_name,
                row.campaign_status,
                _sums(row),
            )
            for row in rows
        ]

    def products(
        self, user_id: UserId, scope: AdsScope, after: AdsMark | None, limit: int
    ) -> list[ProductAds]:
        """Ranked by the database."""
        question = ads_sums.products(
            scope.profile_id is not None, after is not None, self._engine.dialect.name
        )
        rows = self._rows(
            question, {**_asked(user_id, scope), **_behind(after, ads_sums.PRODUCT), "most": limit}
        )
        return [ProductAds(row.asin, row.sku, _sums(row)) for row in rows]

    def sales_of_sellers(self, user_id: UserId, spans: Sequence[Period]) -> list[SellerSales]:
        """All periods in one statement."""
        rows = self._rows(ads_sums.sales_of_sellers(len(spans)), {"of_user": user_id, **days_of(spans)})
        return [
            SellerSales(
                spans[row.number], row.seller_id, row.marketplace_id, row.currency, int(row.revenue_minor)
            )
            for row in rows
        ]

    def _rows(self, question: Select[Any], values: dict[str, object]) -> Sequence[Any]:
        return asked(self._engine, question, values, list)()


def _sums(row: Any) -> AdsSums:
    # PostgreSQL adds bigints up to a numeric, which arrives as Decimal.
    return AdsSums(**{name: int(getattr(row, name)) for name in ads_sums.SUMS})


def _asked(user_id: UserId, scope: AdsScope) -> dict[str, object]:
    return {
        "of_user": user_id,
        "of_profile": scope.profile_id,
        "in_currency": scope.currency,
        **days_of((scope.span,)),
    }


def _behind(after: AdsMark | None, names: Sequence[str]) -> dict[str, object]:
    if after is None:
        return {}
    return {
        "spent": after.spend_minor,
        **{f"after_{name}": each for name, each in zip(names, after.names, strict=True)},
    }
