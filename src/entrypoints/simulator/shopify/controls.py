"""The simulator's own controls of the stores, below ``/simulator/shopify/``; Shopify has nothing like them.

========================  ====================================================================================
``GET stores``            shop, name, currency, time zone, scopes, permanent token
``GET, POST switches``    how they stand · turn some, see ``switches``
``DELETE switches``       everything as Shopify does it
``POST authorize``        ``{"shop", "scopes"?}`` → ``{"access_token"}``, an installation without a browser
``POST uninstall``        ``{"shop"}``: every grant given so far is void
``POST restore``          ``{"shop"}``: those are good again
``POST points/refill``    every bucket is full again
``POST orders/change``    ``{"shop", "order_id", "change"}``: something happens to an order now
``POST webhooks``         ``{"shop", "topic", "url", "payload"?, "signed"?, "id"?}`` → ``{"status"}``
========================  ====================================================================================
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from flask import Blueprint, Response, jsonify

from entrypoints.simulator.control_bodies import BadControl, json_body, known, texts
from entrypoints.simulator.shopify.oauth import TokenDesk
from entrypoints.simulator.shopify.orders import Deed
from entrypoints.simulator.shopify.points import PointBuckets
from entrypoints.simulator.shopify.shops import Shops, UnknownOrder
from entrypoints.simulator.shopify.stores import ShopifyStore
from entrypoints.simulator.shopify.switches import Switchboard
from entrypoints.simulator.shopify.webhooks import TOPICS, Delivery, NotSent


@dataclass(frozen=True)
class Levers:
    """What the controls pull at."""

    shops: Shops
    tokens: TokenDesk
    buckets: PointBuckets
    switchboard: Switchboard

    def store(self, shop: object) -> ShopifyStore:
        """Raises:
        BadControl: there is no such store.
        """
        store = self.shops.find(str(shop))
        if store is None:
            raise BadControl("shop must be the host of one of this simulator's stores")
        return store


def add_store_controls(blueprint: Blueprint, levers: Levers) -> None:
    """All control calls of Shopify's."""
    _add_switches(blueprint, levers)
    _add_installations(blueprint, levers)
    _add_happenings(blueprint, levers)


def _add_switches(blueprint: Blueprint, levers: Levers) -> None:
    @blueprint.get("/shopify/stores")
    def stores() -> Response:
        return jsonify(stores=[asdict(store) for store in levers.shops.config.stores])

    @blueprint.get("/shopify/switches")
    def standing() -> Response:
        return jsonify(levers.switchboard.as_json())

    @blueprint.post("/shopify/switches")
    def turn() -> Response:
        return jsonify(asdict(levers.switchboard.turn(json_body())))

    @blueprint.delete("/shopify/switches")
    def reset_switches() -> Response:
        levers.switchboard.reset()
        return Response(status=204)

    @blueprint.post("/shopify/points/refill")
    def refill_points() -> Response:
        levers.buckets.refill()
        return Response(status=204)


def _add_installations(blueprint: Blueprint, levers: Levers) -> None:
    @blueprint.post("/shopify/authorize")
    def install() -> Response:
        body = known(json_body(), "shop", "scopes")
        store = levers.store(body.get("shop"))
        levers.tokens.office.installations.install(store.shop)
        scopes = texts(body, "scopes") if "scopes" in body else None
        return jsonify(access_token=levers.tokens.permanent(store, scopes))

    @blueprint.post("/shopify/uninstall")
    def uninstall() -> Response:
        store = levers.store(known(json_body(), "shop").get("shop"))
        levers.tokens.office.installations.uninstall(store.shop)
        return Response(status=204)

    @blueprint.post("/shopify/restore")
    def reinstate() -> Response:
        store = levers.store(known(json_body(), "shop").get("shop"))
        levers.tokens.office.installations.restore(store.shop)
        return Response(status=204)


def _add_happenings(blueprint: Blueprint, levers: Levers) -> None:
    @blueprint.post("/shopify/orders/change")
    def change_store_order() -> Response:
        body = known(json_body(), "shop", "order_id", "change")
        store, order_id, deed = levers.store(body.get("shop")), body.get("order_id"), body.get("change")
        if deed not in list(Deed):
            raise BadControl(f"change must be one of: {', '.join(Deed)}")
        if isinstance(order_id, bool) or not isinstance(order_id, int):
            raise BadControl("order_id must be the number of an order")
        try:
            order = levers.shops.change(store, order_id, Deed(deed))
        except UnknownOrder as error:
            raise BadControl(str(error)) from error
        return jsonify(financial=order.financial, fulfillment=order.fulfillment, total=order.total)

    @blueprint.post("/shopify/webhooks")
    def webhook() -> Response:
        body = known(json_body(), "shop", "topic", "url", "payload", "signed", "id")
        store, topic = levers.store(body.get("shop")), body.get("topic")
        if topic not in TOPICS:
            raise BadControl(f"topic must be one of: {', '.join(TOPICS)}")
        if not isinstance(body.get("signed", True), bool):
            raise BadControl("signed must be true or false")
        if not isinstance(body.get("payload", {}), dict) or not isinstance(body.get("id", ""), str):
            raise BadControl("payload must be an object, and id a text")
        delivery = Delivery(
            store,
            str(topic),
            str(body.get("url")),
            body.get("payload"),
            body.get("signed", True),
            body.get("id"),
        )
        config = levers.shops.config
        try:
            return jsonify(status=delivery.send(config.shopify_client_secret, config.now()))
        except NotSent as error:
            raise BadControl(str(error)) from error
