"""Sellers API v1.

Source: https://github.com/amzn/selling-partner-api-models, models/sellers-api-model/Sellers.json
"""

from __future__ import annotations

from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.operations.parameters import check_marketplaces
from entrypoints.simulator.roles import INSIGHTS
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.usage_plans import UsagePlan


def get_marketplace_participations(call: Call) -> Body:
    """Where the seller sells."""
    check_marketplaces(call, ())
    seller = next(each for each in call.store.sellers if each.id == call.seller_id)
    return {
        "payload": [_participation(marketplace_id, seller.name) for marketplace_id in seller.marketplace_ids]
    }


def get_account(call: Call) -> Body:
    """The participations again, and what kind of business the seller is; no address, no contact."""
    participations = get_marketplace_participations(call)["payload"]
    account = {"businessType": "PRIVATE_LIMITED", "sellingPlan": "PROFESSIONAL"}
    return {"payload": {"marketplaceParticipationList": participations, **account}}


def _participation(marketplace_id: str, store_name: str) -> Body:
    marketplace = BY_ID[marketplace_id]
    return {
        "marketplace": {
            "id": marketplace.id,
            "countryCode": marketplace.country_code,
            "name": marketplace.name,
            "defaultCurrencyCode": marketplace.currency,
            "defaultLanguageCode": marketplace.language,
            "domainName": marketplace.domain,
        },
        "participation": {"isParticipating": True, "hasSuspendedListings": False},
        "storeName": store_name,
    }


OPERATIONS = (
    Operation(
        "getMarketplaceParticipations",
        "/sellers/v1/marketplaceParticipations",
        UsagePlan(0.016, 15),
        get_marketplace_participations,
        roles=(INSIGHTS,),
    ),
    Operation("getAccount", "/sellers/v1/account", UsagePlan(0.016, 15), get_account, roles=(INSIGHTS,)),
)
