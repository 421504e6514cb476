"""The operations of SP-API that Portside asks for by itself, and how any of them is found by its path.

Source: the usage plan tables in Amazon's models (``amzn/selling-partner-api-models``).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from domain.gateway.model import Operation
from domain.gateway.others import OTHERS
from domain.gateway.roots import ROOTS, UNKNOWN, Root
from domain.gateway.usage_plans import UsagePlan

_TRACKING = "Inventory and Order Tracking"
_FULFILMENT = "Amazon Fulfillment"
_LISTING = "Product Listing"
_PRICING = "Pricing"
_INBOUND_V0 = UsagePlan(2.0, 30)
_REPORTS = "/reports/2021-06-30"
#: More segments than any path of SP-API has: deeper ones share their bucket.
_DEEPEST = 8
#: Escapes of letters, digits and ``-._~``, which mean the same without: no spelling may lead to a bucket of its own.
_NEEDLESS = re.compile(r"%(?:2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])")

MARKETPLACE_PARTICIPATIONS = Operation(
    "getMarketplaceParticipations",
    "/sellers/v1/marketplaceParticipations",
    UsagePlan(0.016, 15),
    "Selling Partner Insights",
)
SEARCH_ORDERS = Operation("searchOrders", "/orders/2026-01-01/orders", UsagePlan(0.0056, 20), _TRACKING)
GET_ORDER = Operation("getOrder", "/orders/2026-01-01/orders/{orderId}", UsagePlan(0.5, 30), _TRACKING)
INVENTORY_SUMMARIES = Operation(
    "getInventorySummaries", "/fba/inventory/v1/summaries", UsagePlan(2.0, 2), _FULFILMENT
)
ORDER_METRICS = Operation("getOrderMetrics", "/sales/v1/orderMetrics", UsagePlan(0.5, 15), _TRACKING)
INBOUND_SHIPMENTS = Operation("getShipments", "/fba/inbound/v0/shipments", _INBOUND_V0, _FULFILMENT)
INBOUND_ITEMS = Operation("getShipmentItems", "/fba/inbound/v0/shipmentItems", _INBOUND_V0, _FULFILMENT)
INBOUND_SHIPMENT_ITEMS = Operation(
    "getShipmentItemsByShipmentId", "/fba/inbound/v0/shipments/{shipmentId}/items", _INBOUND_V0, _FULFILMENT
)
GET_LISTINGS_RESTRICTIONS = Operation(
    "getListingsRestrictions",
    "/listings/2021-08-01/restrictions",
    UsagePlan(5.0, 10),
    _LISTING,
    application_plan=UsagePlan(100.0, 100),
)
#: Estimates are asked for by POST, yet nothing changes at Amazon however often they are.
FEES_FOR_ASIN = Operation(
    "getMyFeesEstimateForASIN",
    "/products/fees/v0/items/{Asin}/feesEstimate",
    UsagePlan(1.0, 2),
    _PRICING,
    method="POST",
)
FEES_FOR_SKU = Operation(
    "getMyFeesEstimateForSKU",
    "/products/fees/v0/listings/{SellerSKU}/feesEstimate",
    UsagePlan(1.0, 2),
    _PRICING,
    method="POST",
)
FEES_BATCH = Operation(
    "getMyFeesEstimates",
    "/products/fees/v0/feesEstimate",
    UsagePlan(0.5, 1),
    _PRICING,
    method="POST",
    bare_list=True,
)
#: Sent twice, it makes two reports.
CREATE_REPORT = Operation(
    "createReport",
    f"{_REPORTS}/reports",
    UsagePlan(0.0167, 15),
    _TRACKING,
    method="POST",
    repeatable=False,
)
GET_REPORTS = Operation("getReports", f"{_REPORTS}/reports", UsagePlan(0.0222, 10), _TRACKING)
GET_REPORT = Operation("getReport", f"{_REPORTS}/reports/{{reportId}}", UsagePlan(2.0, 15), _TRACKING)
GET_REPORT_DOCUMENT = Operation(
    "getReportDocument",
    f"{_REPORTS}/documents/{{reportDocumentId}}",
    UsagePlan(0.0167, 15),
    _TRACKING,
)

#: Every operation whose usage plan is known.
OPERATIONS: Sequence[Operation] = (
    MARKETPLACE_PARTICIPATIONS,
    SEARCH_ORDERS,
    GET_ORDER,
    INVENTORY_SUMMARIES,
    ORDER_METRICS,
    INBOUND_SHIPMENTS,
    INBOUND_ITEMS,
    INBOUND_SHIPMENT_ITEMS,
    GET_LISTINGS_RESTRICTIONS,
    FEES_FOR_ASIN,
    FEES_FOR_SKU,
    FEES_BATCH,
    CREATE_REPORT,
    GET_REPORTS,
    GET_REPORT,
    GET_REPORT_DOCUMENT,
    *OTHERS,
)


@dataclass(frozen=True)
class _Pattern:
    """A path with holes, as an expression over the path as it is sent."""

    operation: Operation
    expression: re.Pattern[str]


def find(method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
    """The operation that a request asks for, and the parameters of its path, decoded.

    What is in no table gets the plan of its API, and shares a bucket with everything of the same method, API and
    depth: too slow rather than too fast, and as many buckets as there are shapes, not as there are ids.

    Args:
        method: In capitals.
        path: As it is sent: encoded, without a query.
    """
    path = _NEEDLESS.sub(lambda escape: unquote(escape[0]), path)
    segments = path.split("/")
    for pattern in _patterns().get((method, len(segments)), ()):
        found = pattern.expression.fullmatch(path)
        if found is not None:
            return pattern.operation, {name: unquote(value) for name, value in found.groupdict().items()}
    return _by_root(method, path), {}


def plan_called(name: str) -> UsagePlan | None:
    """The usage plan behind an operation's name, as it stands in buckets and counts; ``None``: not one of ours."""
    known = _by_name().get(name)
    if known is not None:
        return known.plan
    method, _, path = name.partition(" ")
    return _by_root(method, path).plan if path else None


def _by_root(method: str, path: str) -> Operation:
    root = next((each for each in ROOTS if path == each.path or path.startswith(f"{each.path}/")), UNKNOWN)
    deep = 0 if root is UNKNOWN else path[len(root.path) :].count("/")
    template = (root.path + "/{}" * min(deep, _DEEPEST)) or "/"
    return _default(method, template, root)


def _default(method: str, template: str, root: Root) -> Operation:
    return Operation(
        f"{method} {template}", template, root.plan, root.role, method=method, repeatable=method == "GET"
    )


@cache
def _patterns() -> Mapping[tuple[str, int], Sequence[_Pattern]]:
    """By method and number of segments; what has fewer holes comes first."""
    table: dict[tuple[str, int], list[_Pattern]] = {}
    for operation in sorted(OPERATIONS, key=lambda each: each.path.count("{")):
        text = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
        key = (operation.method, operation.path.count("/") + 1)
        table.setdefault(key, []).append(_Pattern(operation, re.compile(text)))
    return table


@cache
def _by_name() -> Mapping[str, Operation]:
    return {operation.name: operation for operation in OPERATIONS}
