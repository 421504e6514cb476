"""Every table, column by column. The migrations build the same; a test compares the two.

Moments are aware and in UTC, ids are UUIDs, money is in minor units with its currency beside it. Tables with a
tenant's data name the user (the lines of an order are their order's), so that rows can be guarded by user as well.
"""

from adapters.sql.tables.ads import (
    ads_accounts,
    ads_coverage,
    ads_daily,
    ads_listings,
    ads_product_daily,
    ads_registrations,
    ads_report_parts,
    ads_reports,
    ads_schedules,
)
from adapters.sql.tables.base import metadata
from adapters.sql.tables.figures import figures_versions, recounts
from adapters.sql.tables.grants import client_secrets, connections, consent_states, tokens
from adapters.sql.tables.people import api_keys, audit_log, identities, login_attempts, sessions, users
from adapters.sql.tables.reports import ledger_days, report_parts, reports
from adapters.sql.tables.sales import (
    daily_sales,
    daily_sku_sales,
    daily_statuses,
    order_items,
    orders,
    sku_month_spans,
    sku_months,
    sku_stretches,
)
from adapters.sql.tables.stock import inventory_items, stock_days
from adapters.sql.tables.sync import sync_resources, sync_runs
from adapters.sql.tables.traffic import api_usage, events, usage_buckets

__all__ = [
    "ads_accounts",
    "ads_coverage",
    "ads_daily",
    "ads_listings",
    "ads_product_daily",
    "ads_registrations",
    "ads_report_parts",
    "ads_reports",
    "ads_schedules",
    "api_keys",
    "api_usage",
    "audit_log",
    "client_secrets",
    "connections",
    "consent_states",
    "daily_sales",
    "daily_sku_sales",
    "daily_statuses",
    "events",
    "figures_versions",
    "identities",
    "inventory_items",
    "ledger_days",
    "login_attempts",
    "metadata",
    "order_items",
    "orders",
    "recounts",
    "report_parts",
    "reports",
    "sessions",
    "sku_month_spans",
    "sku_months",
    "sku_stretches",
    "stock_days",
    "sync_resources",
    "sync_runs",
    "tokens",
    "usage_buckets",
    "users",
]
