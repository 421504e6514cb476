"""The roles of which an application needs one to call an operation; sellers grant them with their consent."""

from __future__ import annotations

INVENTORY_AND_ORDERS = "Inventory and Order Tracking"
FULFILLMENT = "Amazon Fulfillment"
LISTING = "Product Listing"
PRICING = "Pricing"
INSIGHTS = "Selling Partner Insights"
BRAND_ANALYTICS = "Brand Analytics"
FINANCE = "Finance and Accounting"
ROLES = (INVENTORY_AND_ORDERS, FULFILLMENT, LISTING, PRICING, INSIGHTS, BRAND_ANALYTICS, FINANCE)
