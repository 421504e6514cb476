"""The APIs of SP-API: under which path each one lies, and the plan of its operations that stand in no table.

Where the operations of an API differ, the plan is that of a slow one: the answers' header corrects it.

Source: the usage plan tables in Amazon's models (``amzn/selling-partner-api-models``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.gateway.usage_plans import UsagePlan


@dataclass(frozen=True)
class Root:
    """One version of one API. ``path`` is how all of its paths begin; ``role`` is the one most of it needs."""

    path: str
    plan: UsagePlan
    role: str


_TRACKING = "Inventory and Order Tracking"
_FULFILMENT = "Amazon Fulfillment"
_LISTING = "Product Listing"
_PRICING = "Pricing"
_FINANCE = "Finance and Accounting"
_INSIGHTS = "Selling Partner Insights"

#: The longest first, so that the first one that fits is the right one.
ROOTS: Sequence[Root] = tuple(
    sorted(
        (
            Root("/orders/2026-01-01", UsagePlan(0.5, 15), _TRACKING),
            Root("/orders/v0", UsagePlan(0.0167, 20), _TRACKING),
            Root("/fba/inventory/v1", UsagePlan(2.0, 2), _FULFILMENT),
            Root("/fba/inbound/v0", UsagePlan(2.0, 30), _FULFILMENT),
            Root("/fba/inbound/v1", UsagePlan(1.0, 1), _FULFILMENT),
            Root("/fba/outbound/2020-07-01", UsagePlan(2.0, 30), _FULFILMENT),
            Root("/inbound/fba/2024-03-20", UsagePlan(2.0, 2), _FULFILMENT),
            Root("/awd/2024-05-09", UsagePlan(1.0, 1), _FULFILMENT),
            Root("/reports/2021-06-30", UsagePlan(0.0167, 10), _TRACKING),
            Root("/dataKiosk/2023-11-15", UsagePlan(0.0167, 10), "Brand Analytics"),
            Root("/sales/v1", UsagePlan(0.5, 15), _TRACKING),
            Root("/products/fees/v0", UsagePlan(0.5, 1), _PRICING),
            Root("/products/pricing/v0", UsagePlan(0.5, 1), _PRICING),
            Root("/products/pricing/2022-05-01", UsagePlan(0.033, 1), _PRICING),
            Root("/batches/products/pricing", UsagePlan(0.033, 1), _PRICING),
            Root("/listings/2021-08-01", UsagePlan(5.0, 5), _LISTING),
            Root("/definitions/2020-09-01", UsagePlan(5.0, 5), _LISTING),
            Root("/catalog/2022-04-01", UsagePlan(2.0, 2), _LISTING),
            Root("/catalog/2020-12-01", UsagePlan(2.0, 2), _LISTING),
            Root("/catalog/v0", UsagePlan(1.0, 1), _LISTING),
            Root("/feeds/2021-06-30", UsagePlan(0.0083, 10), _LISTING),
            Root("/uploads/2020-11-01", UsagePlan(0.1, 5), _LISTING),
            Root("/aplus/2020-11-01", UsagePlan(10.0, 10), _LISTING),
            Root("/customerFeedback/2024-06-01", UsagePlan(0.02, 1), "Brand Analytics"),
            Root("/replenishment/2022-11-07", UsagePlan(1.0, 1), _PRICING),
            Root("/supplySources/2020-07-01", UsagePlan(1.0, 1), _LISTING),
            Root("/sellers/v1", UsagePlan(0.016, 15), _INSIGHTS),
            Root("/finances/2024-06-19", UsagePlan(0.5, 10), _FINANCE),
            Root("/finances/transfers/2024-06-01", UsagePlan(0.017, 1), _FINANCE),
            Root("/finances/v0", UsagePlan(0.5, 30), _FINANCE),
            Root("/notifications/v1", UsagePlan(1.0, 5), ""),
        ),
        key=lambda root: -len(root.path),
    )
)
#: Whatever has no root of its own.
UNKNOWN = Root("", UsagePlan(0.5, 1), "")
