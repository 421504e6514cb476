"""What schemathesis is told beyond the API's document: it loads this file by its name in the configuration.

Some requests fit the document and are refused all the same, since no schema can say what is wrong with them. Each of
these is in the table below with its reason, by operation and by the field that the answer names; any other is a failure.
"""

import itertools
import os
import re
from dataclasses import dataclass
from typing import Any

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure, ServerError
from schemathesis.openapi.checks import RejectedPositiveData, UndefinedStatusCode, UseAfterFree

from tests.fuzz.garden import Garden

Case = schemathesis.Case[Any]
Response = schemathesis.Response

GARDEN = Garden.from_environment(os.environ)
_LOGOUT = "/api/v1/auth/logout"
_addresses = itertools.count(1)
#: The connections that were left for good, and how that is said.
_erased: set[str] = set()
_YES = {"true", "1", "yes", "on", "t", "y"}


@dataclass(frozen=True)
class Unsayable:
    """Refused for what is true of a field, not of its form.

    ``operations`` and ``fields`` are patterns of an operation's method and path, and of the field that the answer names.
    """

    operations: str
    fields: str
    why: str


UNSAYABLE = (
    Unsayable(
        "GET .*",
        "cursor",
        "a cursor is the one that a list has given, and only good for what it was given for",
    ),
    Unsayable(
        "GET /api/v1/(dashboard/.*|ads/performance|amazon/usage)",
        "from|to",
        "days are counted from today, and no more than 800 of them; the last is not before the first",
    ),
    Unsayable(
        "POST /api/v1/(amazon|ads)/reports",
        "data_start_time|data_end_time|start_date|end_date",
        "moments and days are counted from today, and the end is not before the start",
    ),
    Unsayable(
        ".* /api/(amazon/test/orders|v1/amazon/(eligibility|fees|inbound-shipments|oauth/authorize|reports).*)",
        "marketplace_?ids?|marketplaceId",
        "a marketplace has to be of the connection's region",
    ),
    Unsayable(
        "(GET|POST) /api/v1/integrations/amazon/auth/start",
        "marketplace_id",
        "a marketplace has to be of the region of the connection that is renewed",
    ),
    Unsayable(
        "GET /api/v1/amazon/reports/{report_id}/download",
        "section",
        "a document has sections or none, and its own ones",
    ),
    Unsayable(
        "GET /api/v1/amazon/inbound-shipments",
        "updated_after",
        "a moment is not in the future, and not before there was an Amazon",
    ),
    Unsayable(
        "POST /api/v1/auth/register",
        "email",
        "no pattern leaves out all characters that nobody has assigned yet, and what can't be printed is no address",
    ),
    Unsayable(
        "GET /api/v1/amazon/oauth/login",
        ".*",
        "without any of its parameters it goes on with those of the last visit: all or none, and the address is Amazon's",
    ),
    Unsayable(
        "GET /api/v1/amazon/fees/{asin}",
        "price|shipping",
        "a currency has so many decimal places, and a marketplace its currency",
    ),
    Unsayable(
        "PATCH /api/v1/accounts/{account_id}",
        "is_default",
        "an account that is the default stays it until another is, and one that has ended can't be it",
    ),
    Unsayable(
        "PATCH /api/v1/(amazon|shopify)/connections/{connection_id}",
        "is_default|marketplace_ids?|lwa_client_id|lwa_client_secret",
        "it depends on what the connection is already, on where the seller sells, and on what Amazon says of a client",
    ),
    Unsayable(
        "POST /api/v1/amazon/connections",
        "refresh_token|lwa_client_id|lwa_client_secret|marketplace_ids|region",
        "Amazon knows whether it has issued them, and a region has its own marketplaces",
    ),
    Unsayable(
        "POST /api/v1/shopify/connections?",
        "shop|access_token|client_id|client_secret",
        "Shopify knows whether there is such a store, and whether it has issued them",
    ),
    Unsayable(
        "(POST|PATCH) /api/v1/ads/(reports|report-schedules).*",
        "ad_product|time_unit|group_by.*|columns.*|filters.*|days|profile_id|account_id",
        "what goes together is a table of Amazon's, and one of the two ids is given",
    ),
    Unsayable(
        "GET /api/v1/accounts/amazon-dsp-accounts",
        "profile_id",
        "only the profile of an agency sees advertisers, and which profiles are an agency's is Amazon's word",
    ),
    Unsayable(
        "GET /api/v1/shopify/oauth/authorize",
        "hmac|timestamp|shop",
        "a signature is Shopify's or it is none, and without one a store is named",
    ),
)


@schemathesis.hook
def filter_failure(context: Any, failure: Failure, case: Case, response: Response) -> bool:
    """Whether it is one."""
    del context
    # An address that is too long gets no further than the server, whatever it asks for.
    if isinstance(failure, UndefinedStatusCode | AcceptedNegativeData) and response.status_code == 414:
        return False
    # Who leaves without `permanent` leaves the connection with its data behind, to be connected again.
    if isinstance(failure, UseAfterFree) and "connection_id" in case.path_parameters:
        return str(case.path_parameters["connection_id"]) in _erased
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        told = response.json()["details"].get("fields", {})
        return not told or not all(_unsayable(case.operation.label, field) for field in told)
    if isinstance(failure, ServerError) and response.status_code == 502:
        told = response.json()
        # A marketplace of the region in which the seller does not sell: Amazon says so, and its answer is told as Amazon's.
        return not (told["error"] == "amazon_error" and "Invalid marketplaceId" in told["message"])
    return True


def _unsayable(operation: str, field: str) -> bool:
    return any(
        re.fullmatch(one.operations, operation) and re.fullmatch(one.fields, field) for one in UNSAYABLE
    )


@schemathesis.hook
def before_call(context: Any, case: Case, kwargs: dict[str, Any]) -> None:
    """Whoever asks comes from an address of their own, through one proxy; and who logs out ends another session."""
    del context, kwargs
    number = next(_addresses)
    case.headers["X-Forwarded-For"] = f"198.18.{number // 250 % 250}.{number % 250}"
    if case.operation.path == _LOGOUT and case.cookies:
        case.cookies.update(GARDEN.another_session())


@schemathesis.hook
def after_call(context: Any, case: Case, response: Response) -> None:
    """What was taken away or spoilt is brought back, so that those who come later find it."""
    del context
    method, query = case.method.upper(), case.query or {}
    if method not in ("DELETE", "PATCH") or response.status_code >= 300:
        return
    if method == "DELETE" and str(query.get("permanent")).lower() in _YES:
        _erased.add(str(case.path_parameters.get("connection_id")))
    GARDEN.tend()
