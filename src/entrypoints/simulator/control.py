"""The simulator's own controls, below ``/simulator/``; Amazon has nothing like them.

============================  ================================================================================
``shopify/…``                 the stores' controls, see ``shopify.controls``
``GET truth``                 ``?seller_id= | shop=&at=&orders=``: what is true at a moment, as lines of JSON, see ``truth``
``GET health``                ``{"status": "ok"}``
``GET sellers``               who sells: id, name, region, marketplace ids
``POST authorize``            ``{"seller_id", "client_id"?}`` → ``{"refresh_token"}``, consent without a browser
``GET calls``                 calls by operation, answers by status, how many 429s were given
``POST calls/reset``          count from 0 again
``POST usage-plans/refill``   every bucket is full again
``GET faults``                what is still ordered
``POST faults``               order trouble: ``{"operation", "kind", "times"?, "after"?, …}``, see ``faults``
``POST reports/fate``         ``{"fate", "times"?}``: the next reports end as ``FATAL`` or ``CANCELLED``
``POST reports/hold``         ``{"stage"}``: reports wait ``IN_QUEUE`` or ``IN_PROGRESS`` until it is null
``POST reports/seconds``      ``{"seconds"}``: how long the reports to come take
``POST reports/enlarge``      ``{"lines"}``: reports of orders to come have at least so many; 0 ends it
``POST reports/documents``    ``{"compression"?, "charset"?, "names_charset"?, "url_seconds"?}``: how they come
``POST orders/hide``          ``{"seller_id", "order_ids" | "day" | "page", …}``: orders are left out
``POST orders/show``          ``{"seller_id", "order_ids"?}``: they are told again, with their old times of change
``POST orders/late``          ``{"seller_id", "order_ids" | "count" | "share", "minutes", "from"?}``: told late
``POST orders/change``        ``{"seller_id", "order_id", "status"?}``: an order changes now
``POST pages/shift``          ``{"seller_id", "orders"?, "pages"?}``: unread orders change while a listing is read
``POST page-tokens/expire``   every page token given so far is void
``DELETE faults``             forget all of it, and let hanging calls go on
``POST revoke``               ``{"seller_id"}``: the seller withdraws every consent given so far
``POST restore``              ``{"seller_id"}``: those consents are good again
============================  ================================================================================

Wrong input is answered 400 with ``{"error": …}``.
"""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, jsonify

from entrypoints.simulator.control_bodies import BadControl, Fields, json_body
from entrypoints.simulator.control_orders import add_order_controls, add_page_controls
from entrypoints.simulator.control_reports import add_report_controls
from entrypoints.simulator.control_truth import add_truth
from entrypoints.simulator.faults import BadFault, Fault
from entrypoints.simulator.lwa import TokenEndpoint
from entrypoints.simulator.order_troubles import OrderHand
from entrypoints.simulator.page_troubles import PageTroubles
from entrypoints.simulator.reception import Reception
from entrypoints.simulator.report_desk import ReportDesk
from entrypoints.simulator.shopify.controls import Levers, add_store_controls
from entrypoints.simulator.truth import Truth
from entrypoints.simulator.usage_plans import Buckets


def control_blueprint(
    reception: Reception,
    endpoint: TokenEndpoint,
    buckets: Buckets,
    reports: ReportDesk,
    hand: OrderHand,
    pages: PageTroubles,
    stores: Levers,
) -> Blueprint:
    """All control calls."""
    blueprint = Blueprint("control", __name__, url_prefix="/simulator")
    blueprint.register_error_handler(BadControl, _refuse)
    blueprint.register_error_handler(BadFault, _refuse)
    _add_readings(blueprint, reception, endpoint)
    _add_levers(blueprint, reception, buckets)
    _add_consents(blueprint, endpoint)
    add_report_controls(blueprint, reports, endpoint.config.now)

    def seller_id(body: Fields) -> str:
        return _seller_id(endpoint, body)

    add_order_controls(blueprint, hand, seller_id)
    add_page_controls(blueprint, pages, seller_id)
    add_truth(blueprint, Truth(hand.store, hand.troubles), stores.shops, hand.now)
    add_store_controls(blueprint, stores)
    return blueprint


def _add_readings(blueprint: Blueprint, reception: Reception, endpoint: TokenEndpoint) -> None:
    @blueprint.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/sellers")
    def sellers() -> Response:
        return jsonify(sellers=[asdict(seller) for seller in endpoint.config.sellers])

    @blueprint.get("/calls")
    def calls() -> Response:
        return jsonify(reception.calls.as_json())

    @blueprint.get("/faults")
    def pending() -> Response:
        return jsonify(faults=[asdict(fault) for fault in reception.faults.pending()])


def _add_levers(blueprint: Blueprint, reception: Reception, buckets: Buckets) -> None:
    @blueprint.post("/calls/reset")
    def reset() -> Response:
        reception.calls.reset()
        return Response(status=204)

    @blueprint.post("/usage-plans/refill")
    def refill() -> Response:
        buckets.refill()
        return Response(status=204)

    @blueprint.post("/faults")
    def order() -> tuple[Response, int]:
        fault = Fault.from_json(json_body())
        reception.faults.order(fault)
        return jsonify(asdict(fault)), 201

    @blueprint.delete("/faults")
    def clear() -> Response:
        reception.faults.clear()
        return Response(status=204)


def _add_consents(blueprint: Blueprint, endpoint: TokenEndpoint) -> None:
    @blueprint.post("/authorize")
    def authorize() -> Response:
        body = json_body()
        client_id = str(body.get("client_id", endpoint.config.client_id))
        return jsonify(refresh_token=endpoint.self_authorised(client_id, _seller_id(endpoint, body)))

    @blueprint.post("/revoke")
    def revoke() -> Response:
        endpoint.revocations.revoke(_seller_id(endpoint, json_body()))
        return Response(status=204)

    @blueprint.post("/restore")
    def restore() -> Response:
        endpoint.revocations.restore(_seller_id(endpoint, json_body()))
        return Response(status=204)


def _seller_id(endpoint: TokenEndpoint, body: Fields) -> str:
    seller_id = str(body.get("seller_id", ""))
    if seller_id not in {seller.id for seller in endpoint.config.sellers}:
        raise BadControl("seller_id must be the id of one of this simulator's sellers")
    return seller_id


def _refuse(error: ValueError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400
