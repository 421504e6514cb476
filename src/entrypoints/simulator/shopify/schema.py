"""The part of Shopify's Admin API that is played: types, fields, and who answers them.

Source: https://shopify.dev/docs/api/admin-graphql/2026-10
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from entrypoints.simulator.shopify import listing
from entrypoints.simulator.shopify.execution import FieldType, GraphqlError, Json, Schema, error
from entrypoints.simulator.shopify.order_json import order_json
from entrypoints.simulator.shopify.shops import Shops, sixty_days_before
from entrypoints.simulator.shopify.stores import ShopifyStore
from entrypoints.simulator.shopify.switches import Switches

if TYPE_CHECKING:
    from entrypoints.simulator.shopify.bulk import BulkDesk

_DENIED = "https://shopify.dev/api/usage/access-scopes"


@dataclass(frozen=True)
class Asking:
    """Who asks, and when; ``search`` collects the warnings about dropped filters."""

    store: ShopifyStore
    client_id: str
    scopes: frozenset[str]
    at: datetime
    shops: Shops
    switches: Switches
    bulks: BulkDesk
    base_url: str
    bulk: bool = False
    search: list[Json] = field(default_factory=list)

    def insist_on(self, scope: str, name: str) -> None:
        """Raises:
        GraphqlError: the scope was not granted.
        """
        if scope not in self.scopes:
            required = f"`{scope}` access scope."
            message = f"Access denied for {name} field. Required access: {required}"
            more = {"documentation": _DENIED, "requiredAccess": required}
            raise GraphqlError(error(message, "ACCESS_DENIED", [name], **more))


def _shop(_source: Any, _arguments: Mapping[str, Any], asking: Asking) -> Json:
    store = asking.store
    return {
        "id": f"gid://shopify/Shop/{sum(map(ord, store.shop)) * 1009}",
        "name": store.name,
        "myshopifyDomain": store.shop,
        "ianaTimezone": store.time_zone,
        "currencyCode": store.currency,
        "url": f"https://{store.shop}",
        "plan": {"displayName": "Basic", "partnerDevelopment": False, "shopifyPlus": False},
    }


def _installation(_source: Any, _arguments: Mapping[str, Any], asking: Asking) -> Json:
    handles = [{"handle": scope, "description": scope.replace("_", " ")} for scope in sorted(asking.scopes)]
    return {"id": "gid://shopify/AppInstallation/1", "accessScopes": handles}


def _order(_source: Any, arguments: Mapping[str, Any], asking: Asking) -> Json | None:
    asking.insist_on("read_orders", "order")
    text = str(arguments["id"]).removeprefix("gid://shopify/Order/")
    order = asking.shops.order(asking.store, int(text), asking.at) if text.isdigit() else None
    hidden = "read_all_orders" not in asking.scopes and (
        order is not None and order.plan.created_ms < sixty_days_before(asking.at)
    )
    return None if order is None or hidden else order_json(order)


def _node(source: Any, arguments: Mapping[str, Any], asking: Asking) -> Json | None:
    gid = str(arguments["id"])
    if gid.startswith("gid://shopify/BulkOperation/"):
        return asking.bulks.told(asking, gid)
    if gid.startswith("gid://shopify/Order/"):
        return _order(source, arguments, asking)
    raise GraphqlError(error(f"Invalid global id '{gid}'", "RESOURCE_NOT_FOUND", ["node"]))


def _not_approved(name: str) -> FieldType:
    """A field of protected customer data, which no application here is approved for."""

    def refuse(_source: Any, _arguments: Mapping[str, Any], _asking: Asking) -> Any:
        message = f"This app is not approved to use the {name} field."
        raise GraphqlError(error(message, "ACCESS_DENIED", ["orders", name], documentation=_DENIED))

    return FieldType("String", resolve=refuse)


_PAGE_ARGUMENTS = {"first": "Int", "after": "String", "last": "Int", "before": "String"}
_PLAIN = {name: FieldType("String") for name in ("id", "name", "title", "sku")}
_BAG = FieldType("MoneyBag", weight=0)


def _connection(of: str) -> dict[str, Mapping[str, FieldType]]:
    return {
        f"{of}Connection": {
            "edges": FieldType(f"{of}Edge", weight=0),
            "nodes": FieldType(of),
            "pageInfo": FieldType("PageInfo", weight=0),
        },
        f"{of}Edge": {"cursor": FieldType("String"), "node": FieldType(of)},
    }


_ORDER: dict[str, FieldType] = {
    **dict.fromkeys(("id", "legacyResourceId"), FieldType("ID")),
    "name": FieldType("String"),
    **dict.fromkeys(
        ("createdAt", "processedAt", "updatedAt", "cancelledAt", "closedAt"), FieldType("DateTime")
    ),
    **dict.fromkeys(("closed", "test", "taxesIncluded"), FieldType("Boolean")),
    **dict.fromkeys(
        ("displayFinancialStatus", "displayFulfillmentStatus", "cancelReason"), FieldType("String")
    ),
    **dict.fromkeys(("currencyCode", "presentmentCurrencyCode"), FieldType("CurrencyCode")),
    **dict.fromkeys(
        (
            "totalPriceSet",
            "currentTotalPriceSet",
            "subtotalPriceSet",
            "totalDiscountsSet",
            "totalShippingPriceSet",
            "totalTaxSet",
            "totalRefundedSet",
            "totalReceivedSet",
            "netPaymentSet",
        ),
        _BAG,
    ),
    **dict.fromkeys(("subtotalLineItemsQuantity", "currentSubtotalLineItemsQuantity"), FieldType("Int")),
    "lineItems": FieldType("LineItemConnection", _PAGE_ARGUMENTS, listing.lines),
    "email": _not_approved("email"),
    "phone": _not_approved("phone"),
}
_BULK_OPERATION: dict[str, FieldType] = {
    "id": FieldType("ID"),
    **dict.fromkeys(("status", "errorCode", "query", "type"), FieldType("String")),
    **dict.fromkeys(("createdAt", "completedAt"), FieldType("DateTime")),
    **dict.fromkeys(("objectCount", "rootObjectCount", "fileSize"), FieldType("UnsignedInt64")),
    **dict.fromkeys(("url", "partialDataUrl"), FieldType("URL")),
}
_USER_ERROR = {
    "field": FieldType("String"),
    "message": FieldType("String"),
    "code": FieldType("String"),
}

SCHEMA = Schema(
    types={
        "QueryRoot": {
            "shop": FieldType("Shop", resolve=_shop),
            "currentAppInstallation": FieldType("AppInstallation", resolve=_installation),
            "orders": FieldType(
                "OrderConnection",
                {**_PAGE_ARGUMENTS, "query": "String", "sortKey": "OrderSortKeys", "reverse": "Boolean"},
                listing.connection,
            ),
            "ordersCount": FieldType("Count", {"query": "String", "limit": "Int"}, listing.count),
            "order": FieldType("Order", {"id": "ID!"}, _order),
            "node": FieldType("Node", {"id": "ID!"}, _node),
            "currentBulkOperation": FieldType(
                "BulkOperation",
                {"type": "BulkOperationType"},
                lambda _source, _arguments, asking: asking.bulks.current(asking),
            ),
            "bulkOperation": FieldType(
                "BulkOperation",
                {"id": "ID!"},
                lambda _source, arguments, asking: asking.bulks.told(asking, str(arguments["id"])),
            ),
            "bulkOperations": FieldType(
                "BulkOperationConnection",
                {
                    **_PAGE_ARGUMENTS,
                    "query": "String",
                    "sortKey": "BulkOperationsSortKeys",
                    "reverse": "Boolean",
                },
                lambda _source, arguments, asking: asking.bulks.listed(asking, arguments),
            ),
        },
        "Mutation": {
            "bulkOperationRunQuery": FieldType(
                "BulkOperationRunQueryPayload",
                {"query": "String!", "groupObjects": "Boolean"},
                lambda _source, arguments, asking: asking.bulks.run(asking, arguments),
                weight=0,
            ),
            "bulkOperationCancel": FieldType(
                "BulkOperationCancelPayload",
                {"id": "ID!"},
                lambda _source, arguments, asking: asking.bulks.cancel(asking, str(arguments["id"])),
                weight=0,
            ),
        },
        "Shop": {
            **dict.fromkeys(("id", "name", "myshopifyDomain", "ianaTimezone", "url"), FieldType("String")),
            "currencyCode": FieldType("CurrencyCode"),
            "plan": FieldType("ShopPlan"),
        },
        "ShopPlan": {
            "displayName": FieldType("String"),
            **dict.fromkeys(("partnerDevelopment", "shopifyPlus"), FieldType("Boolean")),
        },
        "AppInstallation": {"id": FieldType("ID"), "accessScopes": FieldType("AccessScope")},
        "AccessScope": {"handle": FieldType("String"), "description": FieldType("String")},
        "Node": {"id": FieldType("ID")},
        "Count": {"count": FieldType("Int"), "precision": FieldType("String")},
        "Order": _ORDER,
        **_connection("Order"),
        "LineItem": {**_PLAIN, **dict.fromkeys(("quantity", "currentQuantity"), FieldType("Int"))},
        **_connection("LineItem"),
        "MoneyBag": dict.fromkeys(("shopMoney", "presentmentMoney"), FieldType("MoneyV2", weight=0)),
        "MoneyV2": {"amount": FieldType("Decimal"), "currencyCode": FieldType("CurrencyCode")},
        "PageInfo": {
            **dict.fromkeys(("hasNextPage", "hasPreviousPage"), FieldType("Boolean")),
            **dict.fromkeys(("startCursor", "endCursor"), FieldType("String")),
        },
        "BulkOperation": _BULK_OPERATION,
        **_connection("BulkOperation"),
        "BulkOperationRunQueryPayload": {
            "bulkOperation": FieldType("BulkOperation", weight=0),
            "userErrors": FieldType("BulkOperationUserError", weight=0),
        },
        "BulkOperationCancelPayload": {
            "bulkOperation": FieldType("BulkOperation", weight=0),
            "userErrors": FieldType("UserError", weight=0),
        },
        "BulkOperationUserError": _USER_ERROR,
        "UserError": _USER_ERROR,
    },
    enums={
        "OrderSortKeys": listing.SORT_KEYS,
        "BulkOperationType": frozenset({"QUERY", "MUTATION"}),
        "BulkOperationsSortKeys": frozenset({"CREATED_AT", "COMPLETED_AT", "ID"}),
    },
    interfaces={"Node": frozenset({"Order", "BulkOperation"})},
)
