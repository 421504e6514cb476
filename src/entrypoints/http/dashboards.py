"""Dashboards: figures from what is stored. Every answer has an ETag, and 304 for who has it already."""

from typing import Annotated

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.channels.table import CHANNELS
from domain.connections.model import Provider
from domain.kpis.dashboards import ChannelQuestion, OrdersQuestion, SetupScreen, TopQuestion
from domain.kpis.products import ProductKey, Ranking
from entrypoints.http.answers import answered
from entrypoints.http.coming_and_going import MARKETPLACE
from entrypoints.http.context import services, settings, user
from entrypoints.http.dashboard_shapes import (
    OrdersAnswer,
    SetupAnswer,
    orders_json,
    setup_json,
    setup_rows,
)
from entrypoints.http.described import dashboard, described
from entrypoints.http.executive_shapes import ExecutiveAnswer, executive_json, executive_rows
from entrypoints.http.figure_shapes import CURRENCY, freshness_json
from entrypoints.http.paging import DEFAULT_PAGE, LARGEST_PAGE
from entrypoints.http.reading import Day, Query, query
from entrypoints.http.sales_shapes import (
    PRODUCT_NAMES,
    ChannelsAnswer,
    TopAnswer,
    channels_json,
    priced_rows_of,
    top_json,
)

bp = Blueprint("dashboards", __name__, url_prefix="/api/v1/dashboard")

_FROM = "The first day, in the marketplace's time zone; 29 days before the last one by default."
_TO = "The last day, included; today by default. At most 800 days."
_CURRENCY = "ISO code; by default the one that the marketplace sells in. Amounts of others are never added."
_MARKETPLACE = "Only this marketplace; those of all connections by default."


class OrdersQuery(Query):
    """Which sales."""

    first: Day | None = Field(default=None, alias="from", description=_FROM)
    last: Day | None = Field(default=None, alias="to", description=_TO)
    marketplace_id: str | None = Field(
        default=None, alias="marketplaceId", description=_MARKETPLACE, json_schema_extra=MARKETPLACE
    )
    currency: str | None = Field(default=None, description=_CURRENCY, json_schema_extra=CURRENCY)


class TopQuery(OrdersQuery):
    """Which products."""

    by: ProductKey = ProductKey.SKU
    sort: Ranking = Ranking.REVENUE
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = DEFAULT_PAGE


class ChannelQuery(Query):
    """Which sales of all channels."""

    first: Day | None = Field(default=None, alias="from", description=_FROM)
    last: Day | None = Field(default=None, alias="to", description=_TO)
    currency: str | None = Field(default=None, description=_CURRENCY, json_schema_extra=CURRENCY)


@bp.get("/setup-status")
@described("Dashboards", *dashboard(SetupAnswer, "A word on each channel; as CSV, a line for each."))
def setup_status() -> ResponseReturnValue:
    """What is connected, what is missing, how much is here."""
    desk, limits = services().dashboards, services().limits
    missing = {
        Provider.AMAZON_SP: services().missing_settings,
        Provider.AMAZON_ADS: settings().missing_ads_client,
        **{provider: doors.consent.pages.missing() for provider, doors in services().stores.items()},
    }
    names = [(each.value, *missing.get(each, ())) for each in Provider]

    def shaped(screen: SetupScreen) -> SetupAnswer:
        now = desk.clock.now()
        return {
            "integrations": {
                CHANNELS[each.provider].shown_as: setup_json(
                    each, missing.get(each.provider, ()), now, limits
                )
                for each in screen.channels
            },
            **freshness_json(screen.freshness),
        }

    return answered("setup-status", names, lambda: desk.setup(user().id), shaped, setup_rows)


@bp.get("/amazon-orders")
@described(
    "Dashboards",
    *dashboard(OrdersAnswer, "The figures; as CSV, the series."),
    query=OrdersQuery,
    errors=("amazon_not_connected",),
)
def amazon_orders() -> ResponseReturnValue:
    """Sales in figures."""
    asked = query(OrdersQuery)
    question = OrdersQuestion(asked.first, asked.last, asked.marketplace_id, asked.currency)
    return answered(
        "amazon-orders",
        _plain(asked),
        lambda: services().dashboards.orders(user().id, question),
        orders_json,
        priced_rows_of("series"),
    )


@bp.get("/amazon-orders/top")
@described(
    "Dashboards",
    *dashboard(TopAnswer, "The products; as CSV, the items."),
    query=TopQuery,
    errors=("amazon_not_connected",),
)
def amazon_orders_top() -> ResponseReturnValue:
    """The products that sold best."""
    asked = query(TopQuery)
    question = TopQuestion(
        asked.first, asked.last, asked.marketplace_id, asked.currency, asked.by, asked.sort, asked.limit
    )
    return answered(
        "amazon-orders-top",
        _plain(asked),
        lambda: services().dashboards.best_sellers(user().id, question),
        top_json,
        priced_rows_of("items"),
        PRODUCT_NAMES,
    )


@bp.get("/channel-performance")
@described(
    "Dashboards",
    *dashboard(ChannelsAnswer, "The channels; as CSV, a line for each."),
    query=ChannelQuery,
    errors=("amazon_not_connected",),
)
def channel_performance() -> ResponseReturnValue:
    """The channels side by side."""
    asked = query(ChannelQuery)
    question = ChannelQuestion(asked.first, asked.last, asked.currency)
    return answered(
        "channel-performance",
        _plain(asked),
        lambda: services().dashboards.channels(user().id, question),
        channels_json,
        priced_rows_of("channels"),
    )


@bp.get("/executive")
@described(
    "Dashboards",
    *dashboard(ExecutiveAnswer, "The figures; as CSV, a line for each."),
    query=ChannelQuery,
    errors=("amazon_not_connected",),
)
def executive() -> ResponseReturnValue:
    """All figures with their changes."""
    asked = query(ChannelQuery)
    question = ChannelQuestion(asked.first, asked.last, asked.currency)
    return answered(
        "executive",
        _plain(asked),
        lambda: services().dashboards.executive(user().id, question),
        executive_json,
        executive_rows,
    )


def _plain(asked: Query) -> tuple[str]:
    """What is asked, as a text that tells nothing from ``null``."""
    return (asked.model_dump_json(),)
