"""Operations of SP-API that Portside itself does not ask for, with their usage plans: the proxy passes them on.

Source: the usage plan tables in Amazon's models (``amzn/selling-partner-api-models``).
"""

from collections.abc import Sequence

from domain.gateway.model import Operation
from domain.gateway.usage_plans import UsagePlan

_TRACKING = "Inventory and Order Tracking"
_FULFILMENT = "Amazon Fulfillment"
_LISTING = "Product Listing"
_FINANCE = "Finance and Accounting"
_ORDER_V0 = UsagePlan(0.5, 30)
_INBOUND_PLAN = UsagePlan(2.0, 6)
_INBOUND_LIST = UsagePlan(2.0, 30)
_SCHEDULES = UsagePlan(0.0222, 10)
_FINANCES = UsagePlan(0.5, 10)
_FINANCES_V0 = UsagePlan(0.5, 30)
_CATALOG = UsagePlan(2.0, 2)
_NOTIFICATIONS = UsagePlan(1.0, 5)
_REPORTS = "/reports/2021-06-30"
_INBOUND = "/inbound/fba/2024-03-20/inboundPlans"
_ORDERS_V0 = "/orders/v0/orders"
_SUBSCRIPTION = "/notifications/v1/subscriptions/{notificationType}"
_ANY = ""  # whoever may call at all, may call these


def _writes(name: str, method: str, path: str, plan: UsagePlan, role: str) -> Operation:
    """An operation that changes something: sent twice, it may be done twice."""
    return Operation(name, path, plan, role, method=method, repeatable=False)


OTHERS: Sequence[Operation] = (
    Operation("getOrders", _ORDERS_V0, UsagePlan(0.0167, 20), _TRACKING),
    Operation("getOrderV0", f"{_ORDERS_V0}/{{orderId}}", _ORDER_V0, _TRACKING),
    Operation("getOrderItems", f"{_ORDERS_V0}/{{orderId}}/orderItems", _ORDER_V0, _TRACKING),
    Operation("getOrderBuyerInfo", f"{_ORDERS_V0}/{{orderId}}/buyerInfo", _ORDER_V0, _TRACKING),
    Operation("getOrderAddress", f"{_ORDERS_V0}/{{orderId}}/address", _ORDER_V0, _TRACKING),
    Operation(
        "getOrderItemsBuyerInfo", f"{_ORDERS_V0}/{{orderId}}/orderItems/buyerInfo", _ORDER_V0, _TRACKING
    ),
    Operation("listInboundPlans", _INBOUND, _INBOUND_PLAN, _FULFILMENT),
    Operation("getInboundPlan", f"{_INBOUND}/{{inboundPlanId}}", _INBOUND_PLAN, _FULFILMENT),
    Operation(
        "getShipment", f"{_INBOUND}/{{inboundPlanId}}/shipments/{{shipmentId}}", _INBOUND_PLAN, _FULFILMENT
    ),
    Operation(
        "listShipmentItems",
        f"{_INBOUND}/{{inboundPlanId}}/shipments/{{shipmentId}}/items",
        _INBOUND_LIST,
        _FULFILMENT,
    ),
    Operation(
        "listShipmentBoxes",
        f"{_INBOUND}/{{inboundPlanId}}/shipments/{{shipmentId}}/boxes",
        _INBOUND_LIST,
        _FULFILMENT,
    ),
    _writes("cancelReport", "DELETE", f"{_REPORTS}/reports/{{reportId}}", _SCHEDULES, _TRACKING),
    Operation("getReportSchedules", f"{_REPORTS}/schedules", _SCHEDULES, _TRACKING),
    _writes("createReportSchedule", "POST", f"{_REPORTS}/schedules", _SCHEDULES, _TRACKING),
    Operation("getReportSchedule", f"{_REPORTS}/schedules/{{reportScheduleId}}", _SCHEDULES, _TRACKING),
    _writes(
        "cancelReportSchedule", "DELETE", f"{_REPORTS}/schedules/{{reportScheduleId}}", _SCHEDULES, _TRACKING
    ),
    Operation("getAccount", "/sellers/v1/account", UsagePlan(0.016, 15), "Selling Partner Insights"),
    Operation("listTransactions", "/finances/2024-06-19/transactions", _FINANCES, _FINANCE),
    Operation("listBalances", "/finances/2024-06-19/balances", _FINANCES, _FINANCE),
    Operation("listSummary", "/finances/2024-06-19/summary", _FINANCES, _FINANCE),
    Operation("listFinancialEventGroups", "/finances/v0/financialEventGroups", _FINANCES_V0, _FINANCE),
    Operation(
        "listFinancialEventsByGroupId",
        "/finances/v0/financialEventGroups/{eventGroupId}/financialEvents",
        _FINANCES_V0,
        _FINANCE,
    ),
    Operation(
        "listFinancialEventsByOrderId",
        "/finances/v0/orders/{orderId}/financialEvents",
        _FINANCES_V0,
        _FINANCE,
    ),
    Operation("listFinancialEvents", "/finances/v0/financialEvents", _FINANCES_V0, _FINANCE),
    Operation(
        "searchCatalogItems",
        "/catalog/2022-04-01/items",
        _CATALOG,
        _LISTING,
        application_plan=UsagePlan(500.0, 500),
    ),
    Operation(
        "getCatalogItem",
        "/catalog/2022-04-01/items/{asin}",
        _CATALOG,
        _LISTING,
        application_plan=UsagePlan(250.0, 250),
    ),
    Operation("getSubscriptions", "/notifications/v1/subscriptions", _NOTIFICATIONS, _ANY),
    Operation("getSubscription", _SUBSCRIPTION, _NOTIFICATIONS, _ANY),
    _writes("createSubscription", "POST", _SUBSCRIPTION, _NOTIFICATIONS, _ANY),
    Operation("getSubscriptionById", f"{_SUBSCRIPTION}/{{subscriptionId}}", _NOTIFICATIONS, _ANY),
    _writes("deleteSubscriptionById", "DELETE", f"{_SUBSCRIPTION}/{{subscriptionId}}", _NOTIFICATIONS, _ANY),
    Operation("getDestinations", "/notifications/v1/destinations", _NOTIFICATIONS, _ANY),
    _writes("createDestination", "POST", "/notifications/v1/destinations", _NOTIFICATIONS, _ANY),
    Operation("getDestination", "/notifications/v1/destinations/{destinationId}", _NOTIFICATIONS, _ANY),
    _writes(
        "deleteDestination",
        "DELETE",
        "/notifications/v1/destinations/{destinationId}",
        _NOTIFICATIONS,
        _ANY,
    ),
    Operation(
        "createRestrictedDataToken",
        "/tokens/2021-03-01/restrictedDataToken",
        UsagePlan(1.0, 10),
        _ANY,
        method="POST",
    ),
    _writes(
        "rotateApplicationClientSecret",
        "POST",
        "/applications/2023-11-30/clientSecret",
        UsagePlan(0.0167, 1),
        _ANY,
    ),
)
