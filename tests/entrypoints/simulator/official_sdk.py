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
    from spapi import Configuration, SPAPIClient, SPAPIConfig
    from spapi.api.fba_inventory_v1.fba_inventory_api import FbaInventoryApi
    from spapi.api.orders_v2026_01_01.get_order_api import GetOrderApi
    from spapi.api.orders_v2026_01_01.search_orders_api import SearchOrdersApi
    from spapi.api.sales_v1.sales_api import SalesApi
    from spapi.api.sellers_v1.sellers_api import SellersApi
    from spapi.rest import ApiException

_root.setLevel(_before[0])
_root.handlers[:] = _before[1]

__all__ = [
    "ApiException",
    "Configuration",
    "FbaInventoryApi",
    "GetOrderApi",
    "SPAPIClient",
    "SPAPIConfig",
    "SalesApi",
    "SearchOrdersApi",
    "SellersApi",
]
