"""Dashboards: figures from what is stored. Every answer has an ETag, and 304 for who has it already."""

from typing import Annotated

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.connections.model import Provider
from domain.kpis.dashboards import ChannelQuestion, OrdersQuestion, TopQuestion
from domain.kpis.products import ProductKey, Ranking
from entrypoints.http.answers import answered
from entrypoints.http.context import services, settings, user
from entrypoints.http.paging import DEFAULT_PAGE, LARGEST_PAGE
from entrypoints.http.reading import Day, Query, query
from entrypoints.http.sales_shapes import (
    PRODUCT_NAMES,
    channels_json,
    executive_json,
    executive_rows,
    rows_of,
    top_json,
)
from entrypoints.http.shapes import Json, orders_json, setup_json

bp = Blueprint("dashboards", __name__, url_prefix="/api/v1/dashboard")


class OrdersQuery(Query):
    """Which sales."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    marketplace_id: str | None = Field(default=None, alias="marketplaceId")
    currency: str | None = None


class TopQuery(OrdersQuery):
    """Which products."""

    by: ProductKey = ProductKey.SKU
    sort: Ranking = Ranking.REVENUE
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = DEFAULT_PAGE


class ChannelQuery(Query):
    """Which sales of all channels."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    currency: str | None = None


@bp.get("/setup-status")
def setup_status() -> ResponseReturnValue:
    """What is connected, what is missing, how much is here."""
    desk, kept = services().dashboards, settings()
    amazon, store = services().missing_settings, kept.missing_shopify_client
    ads = kept.missing_ads_client

    def integrations() -> Json:
        now, found = desk.clock.now(), {each.provider: each for each in desk.setup(user().id)}
        return {
            "amazon": setup_json(found[Provider.AMAZON_SP], amazon, now),
            "amazonAds": setup_json(found[Provider.AMAZON_ADS], ads, now),
            "shopify": setup_json(found[Provider.SHOPIFY], store, now),
        }

    return answered("setup-status", (amazon, store, ads), lambda: {"integrations": integrations()})


@bp.get("/amazon-orders")
def amazon_orders() -> ResponseReturnValue:
    """Sales in figures."""
    asked = query(OrdersQuery)
    question = OrdersQuestion(asked.first, asked.last, asked.marketplace_id, asked.currency)
    return answered(
        "amazon-orders",
        _plain(asked),
        lambda: orders_json(services().dashboards.orders(user().id, question)),
        rows_of("series"),
    )


@bp.get("/amazon-orders/top")
def amazon_orders_top() -> ResponseReturnValue:
    """The products that sold best."""
    asked = query(TopQuery)
    question = TopQuestion(
        asked.first, asked.last, asked.marketplace_id, asked.currency, asked.by, asked.sort, asked.limit
    )
    return answered(
        "amazon-orders-top",
        _plain(asked),
        lambda: top_json(services().dashboards.best_sellers(user().id, question)),
        rows_of("items"),
        PRODUCT_NAMES,
    )


@bp.get("/channel-performance")
def channel_performance() -> ResponseReturnValue:
    """The channels side by side."""
    asked = query(ChannelQuery)
    question = ChannelQuestion(asked.first, asked.last, asked.currency)
    return answered(
        "channel-performance",
        _plain(asked),
        lambda: channels_json(services().dashboards.channels(user().id, question)),
        rows_of("channels"),
    )


@bp.get("/executive")
def executive() -> ResponseReturnValue:
    """All figures with their changes."""
    asked = query(ChannelQuery)
    question = ChannelQuestion(asked.first, asked.last, asked.currency)
    return answered(
        "executive",
        _plain(asked),
        lambda: executive_json(services().dashboards.executive(user().id, question)),
        executive_rows,
    )


def _plain(asked: Query) -> tuple[str]:
    """What is asked, as a text that tells nothing from ``null``."""
    return (asked.model_dump_json(),)
