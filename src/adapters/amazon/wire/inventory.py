"""FBA Inventory v1, as Amazon sends it, in our words.

Source: ``fbaInventory.json`` in Amazon's models.
"""

from adapters.amazon.wire.reading import child, count, moment, required_list, required_text, text
from domain.gateway.ports import Json
from domain.inventory.model import StockLevel, StockPage


def stock_page(body: Json) -> StockPage:
    """A page of ``getInventorySummaries``.

    Raises:
        UpstreamFailed: the list of summaries is missing, or something in it is not as promised.
    """
    summaries = required_list(child(body, "payload"), "inventorySummaries")
    return StockPage(tuple(_level(node) for node in summaries), text(child(body, "pagination"), "nextToken"))


def _level(node: Json) -> StockLevel:
    details = child(node, "inventoryDetails")
    inbound = ("inboundWorkingQuantity", "inboundShippedQuantity", "inboundReceivingQuantity")
    return StockLevel(
        sku=required_text(node, "sellerSku"),
        asin=text(node, "asin"),
        fnsku=text(node, "fnSku"),
        title=text(node, "productName"),
        condition=text(node, "condition"),
        total=count(node, "totalQuantity"),
        fulfillable=count(details, "fulfillableQuantity"),
        inbound=sum(count(details, name) for name in inbound),
        reserved=count(child(details, "reservedQuantity"), "totalReservedQuantity"),
        unfulfillable=count(child(details, "unfulfillableQuantity"), "totalUnfulfillableQuantity"),
        researching=count(child(details, "researchingQuantity"), "totalResearchingQuantity"),
        updated_at=moment(node, "lastUpdatedTime"),
    )
