"""The simulator's own controls, below ``/simulator/``; Amazon has nothing like them.

============================  ================================================================================
``GET health``                ``{"status": "ok"}``
``GET sellers``               who sells: id, name, region, marketplace ids
``POST authorize``            ``{"seller_id", "client_id"?}`` → ``{"refresh_token"}``, consent without a browser
``GET calls``                 calls by operation, answers by status, how many 429s were given
``POST calls/reset``          count from 0 again
``POST usage-plans/refill``   every bucket is full again
``GET faults``                what is still ordered
``POST faults``               order trouble: ``{"operation", "kind", "times"?, "after"?, …}``, see ``faults``
``POST reports/fate``         ``{"fate", "times"?}``: the next reports end as ``FATAL`` or ``CANCELLED``
``DELETE faults``             forget all of it, and let hanging calls go on
``POST revoke``               ``{"seller_id"}``: the seller withdraws every consent given so far
``POST restore``              ``{"seller_id"}``: those consents are good again
============================  ================================================================================

Wrong input is answered 400 with ``{"error": …}``.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from entrypoints.simulator.faults import BadFault, Fault
from entrypoints.simulator.lwa import TokenEndpoint
from entrypoints.simulator.reception import Reception
from entrypoints.simulator.report_desk import FATES, ReportDesk
from entrypoints.simulator.usage_plans import Buckets


class BadControl(ValueError):
    """A control call that cannot be understood."""


def control_blueprint(
    reception: Reception, endpoint: TokenEndpoint, buckets: Buckets, reports: ReportDesk
) -> Blueprint:
    """All control calls."""
    blueprint = Blueprint("control", __name__, url_prefix="/simulator")
    blueprint.register_error_handler(BadControl, _refuse)
    blueprint.register_error_handler(BadFault, _refuse)
    _add_readings(blueprint, reception, endpoint)
    _add_levers(blueprint, reception, buckets)
    _add_consents(blueprint, endpoint)
    _add_fates(blueprint, reports)
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
        fault = Fault.from_json(_body())
        reception.faults.order(fault)
        return jsonify(asdict(fault)), 201

    @blueprint.delete("/faults")
    def clear() -> Response:
        reception.faults.clear()
        return Response(status=204)


def _add_consents(blueprint: Blueprint, endpoint: TokenEndpoint) -> None:
    @blueprint.post("/authorize")
    def authorize() -> Response:
        client_id = str(_body().get("client_id", endpoint.config.client_id))
        return jsonify(refresh_token=endpoint.self_authorised(client_id, _seller_id(endpoint)))

    @blueprint.post("/revoke")
    def revoke() -> Response:
        endpoint.revocations.revoke(_seller_id(endpoint))
        return Response(status=204)

    @blueprint.post("/restore")
    def restore() -> Response:
        endpoint.revocations.restore(_seller_id(endpoint))
        return Response(status=204)


def _add_fates(blueprint: Blueprint, reports: ReportDesk) -> None:
    @blueprint.post("/reports/fate")
    def foretell() -> Response:
        body = _body()
        fate, times = body.get("fate"), body.get("times", 1)
        if fate not in FATES:
            raise BadControl(f"fate must be one of: {', '.join(FATES)}")
        if not isinstance(times, int) or not 1 <= times <= 1000:
            raise BadControl("times must be a number from 1 to 1000")
        reports.foretell(fate, times)
        return Response(status=204)


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise BadControl("the body must be a JSON object")
    return body


def _seller_id(endpoint: TokenEndpoint) -> str:
    seller_id = str(_body().get("seller_id", ""))
    if seller_id not in {seller.id for seller in endpoint.config.sellers}:
        raise BadControl("seller_id must be the id of one of this simulator's sellers")
    return seller_id


def _refuse(error: ValueError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400
