"""SP-API's front: finds the operation, checks headers, token, region and usage plan, shapes errors.

Source: https://developer-docs.amazon.com/sp-api/docs/include-a-user-agent-header-in-all-requests and the
pages beside it on request and response formats.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from re import Pattern
from typing import Any
from uuid import uuid4

from flask import Blueprint, Request, Response, request

from entrypoints.simulator.calls import CallLog
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.errors import BAD_TOKEN, EXPIRED_TOKEN, MISSING_TOKEN, SpApiError, denied
from entrypoints.simulator.intake import check_user_agent, has_forbidden_body, json_body, own_address
from entrypoints.simulator.order_troubles import ToldOrders
from entrypoints.simulator.page_troubles import Troubles
from entrypoints.simulator.paths import parameters, path_pattern, raw_path
from entrypoints.simulator.reception import Interruption, Reception
from entrypoints.simulator.report_desk import ReportDesk
from entrypoints.simulator.report_documents import Archive
from entrypoints.simulator.store import Store
from entrypoints.simulator.tokens import Access, Revocations, Signer, TokenOffice
from entrypoints.simulator.usage_plans import Buckets, UsagePlan

#: Set by the region step: which region's host was called, absent when the host serves all.
REGION_KEY = "simulator.region"


@dataclass(frozen=True)
class Call:
    """An authenticated call of an operation."""

    store: Store
    reports: ReportDesk
    archive: Archive
    troubles: Troubles
    signer: Signer
    seller_id: str
    region: str
    query: Mapping[str, tuple[str, ...]]
    path: Mapping[str, str]
    #: The JSON that came along; None with a GET.
    body: Any
    #: Where this server is reached, for addresses that answers tell.
    base_url: str
    #: The clock's time, of tokens and "before" limits; the store itself stops at its own.
    now_ms: int
    withheld_roles: tuple[str, ...] = ()

    def orders(self, told_by: str) -> ToldOrders:
        """The orders as one of the interfaces tells them to this seller."""
        return ToldOrders(self.store, self.troubles.orders.of(self.seller_id), told_by)

    def has_role(self, roles: tuple[str, ...]) -> bool:
        """Whether the application was granted one of the roles; none needed is good as well."""
        return not roles or not set(roles) <= set(self.withheld_roles)


Body = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One of SP-API's operations.

    Attributes:
        path: its path; parts in braces are parameters.
        handle: makes the body of the answer (None for an empty one), or raises SpApiError.
        status: of the answer.
        roles: the application needs one of them; none means that any application may call.
        application_plan: a second plan that all sellers of an application share.
    """

    name: str
    path: str
    plan: UsagePlan
    handle: Callable[[Call], Body | list[Body] | None]
    method: str = "GET"
    status: int = 200
    roles: tuple[str, ...] = ()
    application_plan: UsagePlan | None = None

    @cached_property
    def pattern(self) -> Pattern[str]:
        return path_pattern(self.path)


@dataclass(frozen=True)
class SpApi:
    """Answers SP-API's requests."""

    config: SimulatorConfig
    store: Store
    office: TokenOffice
    revocations: Revocations
    operations: tuple[Operation, ...]
    reports: ReportDesk
    archive: Archive
    troubles: Troubles = field(default_factory=Troubles)
    calls: CallLog = field(default_factory=CallLog)
    buckets: Buckets = field(default_factory=Buckets)

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation behind a raw path, and the path's parameters."""
        for operation in self.operations:
            found = parameters(operation.pattern, path) if operation.method == method else None
            if found is not None:
                return operation, found
        return None

    def answer(self, request: Request, operation: Operation, path: Mapping[str, str]) -> Response:
        """The answer to a request of an operation."""
        if has_forbidden_body(request):
            return _refused_by_the_front()
        plan = operation.plan.times(self.config.rate_factor)
        try:
            check_user_agent(request)
            access, region = self._authenticate(request)
            if operation.roles and set(operation.roles) <= set(self.config.withheld_roles):
                raise denied()
            if not self._within_plans(operation, access):
                self.calls.refused(access.seller_id or "", operation.name)
                raise SpApiError(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
            body = operation.handle(self._call(request, access, region, path))
        except SpApiError as error:
            return error_response(error, plan)
        return _json_response(body, operation.status, plan)

    def _within_plans(self, operation: Operation, access: Access) -> bool:
        """Take a token from the seller's bucket, and one from the application's where there is one."""
        factor, now = self.config.rate_factor, self.config.now()
        mine = (access.client_id, access.seller_id, operation.name)
        if not self.buckets.take(mine, operation.plan.times(factor), now):
            return False
        shared = operation.application_plan
        return shared is None or self.buckets.take(
            (access.client_id, operation.name), shared.times(factor), now
        )

    def _authenticate(self, request: Request) -> tuple[Access, str]:
        """Who calls, and for which region.

        Raises:
            SpApiError: 403 with the details that Amazon gives for the cause.
        """
        text = request.headers.get("x-amz-access-token")
        if not text:
            raise denied(MISSING_TOKEN)
        access = self.office.read_access_token(text)
        if access is None:
            raise denied(BAD_TOKEN)
        if access.expires_at <= self.config.now().timestamp():
            raise denied(EXPIRED_TOKEN)
        if access.seller_id is None or access.region is None:
            raise denied()  # a grantless token: none of the operations here takes one
        if self.revocations.revoked(access.seller_id, access.generation) or not self.store.seller(
            access.seller_id
        ):
            raise denied(BAD_TOKEN)
        return access, request.environ.get(REGION_KEY, access.region)

    def _call(self, request: Request, access: Access, region: str, path: Mapping[str, str]) -> Call:
        return Call(
            store=self.store,
            reports=self.reports,
            archive=self.archive,
            troubles=self.troubles,
            signer=self.office.signer,
            seller_id=access.seller_id or "",
            region=region,
            query={name: tuple(values) for name, values in request.args.lists()},
            path=path,
            body=json_body(request),
            base_url=own_address(request),
            now_ms=int(self.config.now().timestamp() * 1000),
            withheld_roles=self.config.withheld_roles,
        )


def _refused_by_the_front() -> Response:
    """RFC 7230 is enforced before the API is reached, hence no JSON. Source: SP-API changelog, June 2023."""
    page = "<html><head><title>400 Bad Request</title></head><body><h1>400 Bad Request</h1></body></html>"
    return Response(page, 400, content_type="text/html")


def error_response(error: SpApiError, plan: UsagePlan | None) -> Response:
    response = _json_response(error.as_json(), error.status, plan)
    response.headers["x-amzn-ErrorType"] = error.code
    return response


def _json_response(body: Any, status: int, plan: UsagePlan | None) -> Response:
    text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, status, content_type="application/json")
    response.headers["x-amzn-RequestId"] = str(uuid4())
    # Amazon tells the rate with these statuses only.
    if plan is not None and (200 <= status < 300 or status in (400, 404)):
        response.headers["x-amzn-RateLimit-Limit"] = f"{plan.rate:g}"
    return response


_CODES = {
    400: ("InvalidInput", "The request has an invalid parameter."),
    403: ("Unauthorized", "Access to requested resource is denied."),
    404: ("NotFound", "The resource you requested was not found."),
    429: ("QuotaExceeded", "You exceeded your quota for the requested resource."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable."),
}


def _fault(interruption: Interruption) -> Response:
    """A fault in SP-API's own shape."""
    code, message = _CODES.get(interruption.status, ("InternalFailure", "We encountered an internal error."))
    error = SpApiError(
        interruption.status,
        interruption.error or code,
        interruption.message or message,
        interruption.details,
    )
    return error_response(error, None)


def sp_api_blueprint(api: SpApi, reception: Reception) -> Blueprint:
    """Everything below the APIs' own roots; an unknown path is denied, as Amazon does."""
    blueprint = Blueprint("sp_api", __name__)

    def answer(**_: str) -> Response:
        found = api.find(request.method, raw_path(request.environ))
        if found is None:
            return reception.receive("unknown", lambda: error_response(denied(), None), _fault)
        operation, path = found
        return reception.receive(operation.name, lambda: api.answer(request, operation, path), _fault)

    for root in sorted({operation.path.split("/")[1] for operation in api.operations}):
        blueprint.add_url_rule(
            f"/{root}/<path:rest>",
            root,
            answer,
            methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            merge_slashes=False,  # a SKU may begin with a slash
        )
    return blueprint
