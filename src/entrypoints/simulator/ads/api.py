"""The Ads API's front: finds the operation, checks token, client, media types and scope, and shapes errors.

Source: Amazon Ads API, "API overview", "Versioning" and "Rate limiting".
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

from entrypoints.simulator.ads.desk import AdReportDesk
from entrypoints.simulator.ads.directory import Directory
from entrypoints.simulator.ads.errors import AdsError, Shape, classic
from entrypoints.simulator.ads.people import Person, Profile
from entrypoints.simulator.ads.tokens import AdsTokens
from entrypoints.simulator.calls import CallLog
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.intake import own_address
from entrypoints.simulator.marketplaces import REGIONS
from entrypoints.simulator.moments import to_ms
from entrypoints.simulator.paths import parameters, path_pattern, raw_path
from entrypoints.simulator.reception import Interruption, Reception
from entrypoints.simulator.usage_plans import Buckets, UsagePlan

ROOT = "/ads"
CLIENT_HEADERS = ("Amazon-Advertising-API-ClientId", "Amazon-Ads-ClientId")
SCOPE_HEADER, ACCOUNT_HEADER = "Amazon-Advertising-API-Scope", "Amazon-Ads-AccountId"
_ANYTHING = frozenset({"*/*", "application/*"})
#: Amazon's limits are not published; these are generous.
ORDINARY, REPORTS = UsagePlan(20, 200), UsagePlan(2, 200)


@dataclass(frozen=True)
class Call:
    """An authenticated call of an operation."""

    person: Person
    #: Which region's host was called; None for an address that serves all.
    region: str | None
    #: Of the Scope header, where the operation wants one.
    profile: Profile | None
    #: Amazon-Ads-AccountId.
    account_id: str | None
    query: Mapping[str, str]
    path: Mapping[str, str]
    body: Any
    base_url: str
    now_ms: int


Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Operation:
    """One of the Ads API's operations.

    Attributes:
        path: its path; parts in braces are parameters.
        takes: media types that its body may have; none for an operation without a body.
        gives: media types that may be asked for, the first of which the answer has.
        scope: whether it is about one profile, ``account`` where an account will do as well.
        unparsable: what a body that is no JSON is answered with.
        says_when: whether its 429 has ``Retry-After``.
    """

    name: str
    method: str
    path: str
    handle: Handler
    shape: Shape = classic
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ("application/json",)
    scope: str = ""
    status: int = 200
    unparsable: int = 400
    plan: UsagePlan = ORDINARY
    says_when: bool = True

    @cached_property
    def pattern(self) -> Pattern[str]:
        return path_pattern(self.path)


@dataclass(frozen=True)
class AdsApi:
    """Answers the Ads API's requests."""

    config: SimulatorConfig
    tokens: AdsTokens
    directory: Directory
    reports: AdReportDesk
    operations: tuple[Operation, ...]
    calls: CallLog
    buckets: Buckets = field(default_factory=Buckets)

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation behind a raw path, and the path's parameters."""
        for operation in self.operations:
            found = parameters(operation.pattern, path) if operation.method == method else None
            if found is not None:
                return operation, found
        return None

    def answer(
        self, asked: Request, operation: Operation, path: Mapping[str, str], region: str | None
    ) -> Response:
        """The answer to a request of an operation."""
        try:
            person = self._authenticate(asked)
            self._throttle(operation, person, region)
            _check_media(asked, operation)
            call = Call(
                person=person,
                region=region,
                profile=self._scope(asked, operation, person, region),
                account_id=asked.headers.get(ACCOUNT_HEADER),
                query=asked.args.to_dict(),
                path=path,
                body=_body(asked, operation),
                base_url=own_address(asked),
                now_ms=to_ms(self.config.now()),
            )
            return _json(operation.handle(call), operation.status, operation.gives[0])
        except AdsError as error:
            return error_response(error, operation.shape)

    def _authenticate(self, asked: Request) -> Person:
        scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
        person_id = self.tokens.person_of(token) if scheme.lower() == "bearer" else None
        person = None if person_id is None else self.directory.everybody.person(person_id)
        if person is None:
            raise AdsError(401, "Unauthorized", "UNAUTHORIZED")
        clients = {asked.headers[name] for name in CLIENT_HEADERS if name in asked.headers}
        if not self.config.ads.approved or clients != {self.config.ads.client_id}:
            raise AdsError(401, "Not authorized to access this API with this client", "UNAUTHORIZED")
        return person

    def _throttle(self, operation: Operation, person: Person, region: str | None) -> None:
        plan = operation.plan.times(self.config.rate_factor)
        if self.buckets.take((region, operation.name), plan, self.config.now()):
            return
        self.calls.refused(person.id, operation.name)
        wait = {"Retry-After": str(max(1, round(1 / plan.rate)))} if operation.says_when else {}
        raise AdsError(429, "Too Many Requests", "THROTTLED", wait)

    def _scope(
        self, asked: Request, operation: Operation, person: Person, region: str | None
    ) -> Profile | None:
        profile_id = asked.headers.get(SCOPE_HEADER)
        if not operation.scope or (
            operation.scope == "account" and not profile_id and ACCOUNT_HEADER in asked.headers
        ):
            return None
        if not profile_id:
            raise AdsError(401, "Scope header is missing", "UNAUTHORIZED")
        profile = self.directory.profile(person, profile_id)
        if profile is None:
            raise AdsError(401, f"No matching advertiser found for scope: {profile_id}", "UNAUTHORIZED")
        if region not in (None, profile.region):
            raise AdsError(401, f"Not authorized to access scope {profile_id}", "UNAUTHORIZED")
        return profile


def _check_media(asked: Request, operation: Operation) -> None:
    accepted = {
        each.partition(";")[0].strip().lower() for each in asked.headers.get("Accept", "*/*").split(",")
    }
    gives = {each.lower() for each in (*operation.gives, *operation.takes)}
    if not accepted & (gives | _ANYTHING):
        raise AdsError(406, "Could not find acceptable representation", "NOT_ACCEPTABLE")
    if operation.takes and asked.mimetype.lower() not in {each.lower() for each in operation.takes}:
        said = asked.mimetype or "none"
        raise AdsError(415, f"Cannot consume content type {said}", "UNSUPPORTED_MEDIA_TYPE")


def _body(asked: Request, operation: Operation) -> Any:
    if not operation.takes:
        return None
    text = asked.get_data()
    try:
        return json.loads(text or b"{}")
    except ValueError as error:
        word = text.decode(errors="replace").split("=")[0].split(" ")[0][:30]
        raise AdsError(operation.unparsable, f"Unrecognized token '{word}': was expecting JSON") from error


def error_response(error: AdsError, shape: Shape) -> Response:
    response = _json(shape(error), error.status, "application/json")
    response.headers.update(error.headers)
    return response


def _json(body: Any, status: int, media_type: str) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, status, content_type=media_type)
    response.headers["x-amzn-RequestId"] = str(uuid4())
    return response


_TEXTS = {
    400: "The request has an invalid parameter.",
    401: "Unauthorized",
    403: "Access to the requested resource is denied.",
    404: "Not found",
    425: "The Request is a duplicate of : 00000000-0000-4000-8000-000000000000",
    429: "Too Many Requests",
}


def _fault(operation: Operation | None) -> Callable[[Interruption], Response]:
    """A fault in the shape of its operation; whatever is wrong with a token is a 401 here."""

    def shaped(interruption: Interruption) -> Response:
        status = 401 if interruption.details else interruption.status
        words = interruption.message or interruption.details or _TEXTS.get(status, "Internal error")
        shape = classic if operation is None else operation.shape
        return error_response(AdsError(status, words, interruption.error), shape)

    return shaped


def api_blueprint(api: AdsApi, reception: Reception) -> Blueprint:
    """Everything below ``/ads``; ``/ads/na``, ``/ads/eu`` and ``/ads/fe`` are the regions' hosts."""
    blueprint = Blueprint("ads_api", __name__)

    def answer(rest: str) -> Response:
        del rest
        region, path = _place(raw_path(request.environ).removeprefix(ROOT))
        found = api.find(request.method, path)
        if found is None:
            unknown = AdsError(404, "Could not find resource for full path")
            return reception.receive("ads.unknown", lambda: error_response(unknown, classic), _fault(None))
        operation, values = found
        return reception.receive(
            operation.name, lambda: api.answer(request, operation, values, region), _fault(operation)
        )

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    blueprint.add_url_rule(f"{ROOT}/<path:rest>", "ads", answer, methods=methods)
    return blueprint


def _place(path: str) -> tuple[str | None, str]:
    """The region of a path, and what is left of it."""
    first, slash, rest = path.removeprefix("/").partition("/")
    return (first, f"/{rest}") if slash and first in REGIONS else (None, path)
