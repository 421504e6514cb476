"""Dashboards: figures from what is stored. Every answer has an ETag, and 304 for who has it already."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.kpis.dashboards import OrdersQuestion
from entrypoints.http.context import services, settings, user
from entrypoints.http.reading import Day, Query, query
from entrypoints.http.shapes import Json, inventory_json, not_connected_json, orders_json, setup_json
from entrypoints.settings import Settings

bp = Blueprint("dashboards", __name__, url_prefix="/api/v1/dashboard")


class OrdersQuery(Query):
    """Which sales."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    marketplace_id: str | None = Field(default=None, alias="marketplaceId")
    currency: str | None = None


class InventoryQuery(Query):
    """Which stock."""

    marketplace_id: str | None = Field(default=None, alias="marketplaceId")


@bp.get("/setup-status")
def setup_status() -> ResponseReturnValue:
    """What is connected, what is missing, how much is here."""
    now = services().dashboards.clock.now()
    amazon = setup_json(services().dashboards.setup(user().id), services().missing_settings, now)
    others = {
        "amazonAds": not_connected_json(
            _missing(settings(), "AMAZON_ADS_CLIENT_ID", "AMAZON_ADS_CLIENT_SECRET")
        ),
        "shopify": not_connected_json(_missing(settings(), "SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET")),
    }
    return _answer({"integrations": {"amazon": amazon, **others}})


@bp.get("/amazon-inventory")
def amazon_inventory() -> ResponseReturnValue:
    """Stock in figures."""
    return _answer(
        inventory_json(services().dashboards.inventory(user().id, query(InventoryQuery).marketplace_id))
    )


@bp.get("/amazon-orders")
def amazon_orders() -> ResponseReturnValue:
    """Sales in figures."""
    asked = query(OrdersQuery)
    question = OrdersQuestion(asked.first, asked.last, asked.marketplace_id, asked.currency)
    return _answer(orders_json(services().dashboards.orders(user().id, question)))


def _answer(data: Json) -> Response:
    response = jsonify({"success": True, "data": data})
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _missing(found: Settings, *names: str) -> tuple[str, ...]:
    return tuple(name for name in names if getattr(found, name.lower()) is None)
