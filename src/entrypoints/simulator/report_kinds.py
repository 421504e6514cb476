"""The types of reports: what each tells, and who may ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from entrypoints.simulator.report_columns import LISTINGS_COLUMNS, STOCK_COLUMNS
from entrypoints.simulator.report_desk import ReportOrder
from entrypoints.simulator.report_files import (
    Row,
    listings,
    orders_placed,
    orders_updated,
    stock,
    table,
)
from entrypoints.simulator.roles import BRAND_ANALYTICS, FINANCE, FULFILLMENT, INVENTORY_AND_ORDERS, LISTING
from entrypoints.simulator.settlements import SETTLEMENT, settlement
from entrypoints.simulator.store import Store
from entrypoints.simulator.traffic import ASIN_GRANULARITIES, DATE_GRANULARITIES, sales_and_traffic

Pieces = Callable[[Store, ReportOrder, int], Iterator[str]]
Rows = Callable[[Store, ReportOrder, int], Iterator[Row]]


@dataclass(frozen=True)
class Kind:
    """A type of report.

    Attributes:
        pieces: its text as of a moment, piece by piece; none when there is nothing to tell.
        roles: the application needs one of them.
        snapshot: it is not made anew within half an hour.
        unasked: Amazon makes it by itself, and nobody can ask for it.
        single: it tells one marketplace.
        options: the reportOptions it knows and their values, the default first.
    """

    pieces: Pieces
    roles: tuple[str, ...]
    snapshot: bool = False
    unasked: bool = False
    single: bool = False
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    content_type: str = "text/plain"


def _tabular(columns: Sequence[str], rows: Rows) -> Pieces:
    return lambda store, order, at_ms: table(columns, rows(store, order, at_ms))


_SELLING = (INVENTORY_AND_ORDERS, FULFILLMENT, LISTING)
KINDS = {
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": Kind(orders_placed, _SELLING),
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": Kind(orders_updated, _SELLING),
    "GET_MERCHANT_LISTINGS_ALL_DATA": Kind(_tabular(LISTINGS_COLUMNS, listings), _SELLING),
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": Kind(_tabular(STOCK_COLUMNS, stock), _SELLING, snapshot=True),
    "GET_SALES_AND_TRAFFIC_REPORT": Kind(
        sales_and_traffic,
        (BRAND_ANALYTICS,),
        single=True,
        options={"dateGranularity": DATE_GRANULARITIES, "asinGranularity": ASIN_GRANULARITIES},
        content_type="application/json",
    ),
    SETTLEMENT: Kind(settlement, (FINANCE,), unasked=True),
}
#: Reports of buyers' data; they need a restricted role.
RESTRICTED = frozenset(
    {
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_INVOICING",
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_TAX",
        "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING",
        "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING",
        "GET_FLAT_FILE_ORDER_REPORT_DATA_INVOICING",
        "GET_FLAT_FILE_ORDER_REPORT_DATA_TAX",
        "GET_FLAT_FILE_ORDERS_RECONCILIATION_DATA_SHIPPING",
        "GET_FLAT_FILE_ORDERS_RECONCILIATION_DATA_INVOICING",
        "GET_FLAT_FILE_ORDERS_RECONCILIATION_DATA_TAX",
        "GET_ORDER_REPORT_DATA_SHIPPING",
        "GET_ORDER_REPORT_DATA_INVOICING",
        "GET_ORDER_REPORT_DATA_TAX",
        "GET_VAT_TRANSACTION_DATA",
    }
)
