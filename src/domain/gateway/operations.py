"""The operations of SP-API that Portside calls, with their usage plans.

Source: the usage plan tables in Amazon's models (``amzn/selling-partner-api-models``).
"""

from domain.gateway.model import Operation
from domain.gateway.usage_plans import UsagePlan

MARKETPLACE_PARTICIPATIONS = Operation(
    "getMarketplaceParticipations",
    "/sellers/v1/marketplaceParticipations",
    UsagePlan(0.016, 15),
    "Selling Partner Insights",
)
SEARCH_ORDERS = Operation(
    "searchOrders", "/orders/2026-01-01/orders", UsagePlan(0.0056, 20), "Inventory and Order Tracking"
)
INVENTORY_SUMMARIES = Operation(
    "getInventorySummaries", "/fba/inventory/v1/summaries", UsagePlan(2.0, 2), "Amazon Fulfillment"
)
ORDER_METRICS = Operation(
    "getOrderMetrics", "/sales/v1/orderMetrics", UsagePlan(0.5, 15), "Inventory and Order Tracking"
)
