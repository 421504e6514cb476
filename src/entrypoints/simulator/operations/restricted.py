"""Operations of buyers' data: a plain access token does not open them, and nobody here gets another.

The application of the simulator has none of the restricted roles, so no restricted data token is issued.

Source: https://developer-docs.amazon.com/sp-api/docs/authorization-with-the-restricted-data-token
"""

from __future__ import annotations

from entrypoints.simulator.errors import denied
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.usage_plans import UsagePlan


def refuse(_: Call) -> Body:
    """Raises:
    SpApiError: 403 with empty details.
    """
    raise denied()


_PLAN = UsagePlan(0.5, 30)
OPERATIONS = (
    Operation("getOrderBuyerInfo", "/orders/v0/orders/{orderId}/buyerInfo", _PLAN, refuse),
    Operation("getOrderAddress", "/orders/v0/orders/{orderId}/address", _PLAN, refuse),
    Operation("getOrderItemsBuyerInfo", "/orders/v0/orders/{orderId}/orderItems/buyerInfo", _PLAN, refuse),
    Operation(
        "createRestrictedDataToken",
        "/tokens/2021-03-01/restrictedDataToken",
        UsagePlan(1, 10),
        refuse,
        method="POST",
    ),
)
