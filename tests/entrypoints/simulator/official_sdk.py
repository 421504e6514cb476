"""Amazon's own SDK, imported with care.

Its modules contain invalid escape sequences (a warning, hence an error here) and configure the root logger when
they are imported (every later test would notice).
"""

from __future__ import annotations

import logging
import warnings

_root = logging.getLogger()
_before = (_root.level, list(_root.handlers))

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from spapi import ApiClient, Configuration, SPAPIClient, SPAPIConfig
    from spapi.api.catalogitems_v2022_04_01.catalog_api import CatalogApi
    from spapi.api.fba_inventory_v1.fba_inventory_api import FbaInventoryApi
    from spapi.api.fulfillment_inbound_v0.fba_inbound_v0_api import FbaInboundV0Api
    from spapi.api.listings_restrictions_v2021_08_01.listings_restrictions_api import ListingsRestrictionsApi
    from spapi.api.orders_v2026_01_01.get_order_api import GetOrderApi
    from spapi.api.orders_v2026_01_01.search_orders_api import SearchOrdersApi
    from spapi.api.product_fees_v0.fees_api import FeesApi
    from spapi.api.reports_v2021_06_30.reports_api import ReportsApi
    from spapi.api.sales_v1.sales_api import SalesApi
    from spapi.api.sellers_v1.sellers_api import SellersApi
    from spapi.rest import ApiException

_root.setLevel(_before[0])
_root.handlers[:] = _before[1]

__all__ = [
    "ApiClient",
    "ApiException",
    "CatalogApi",
    "Configuration",
    "FbaInboundV0Api",
    "FbaInventoryApi",
    "FeesApi",
    "GetOrderApi",
    "ListingsRestrictionsApi",
    "ReportsApi",
    "SPAPIClient",
    "SPAPIConfig",
    "SalesApi",
    "SearchOrdersApi",
    "SellersApi",
]
