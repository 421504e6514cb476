"""Listings Restrictions API 2021-08-01: may this seller list that.

Source: https://github.com/amzn/selling-partner-api-models,
models/listings-restrictions-api-model/listingsRestrictions_2021-08-01.json
"""

from __future__ import annotations

import re

from entrypoints.simulator.errors import BareListError, SpApiError, denied, invalid_input
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.operations.parameters import check_marketplaces, items, required_text, text
from entrypoints.simulator.roles import LISTING
from entrypoints.simulator.shelf import fails, well_formed
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.usage_plans import UsagePlan

CONDITIONS = (
    "new_new",
    "new_open_box",
    "new_oem",
    "refurbished_refurbished",
    "used_like_new",
    "used_very_good",
    "used_good",
    "used_acceptable",
    "collectible_like_new",
    "collectible_very_good",
    "collectible_good",
    "collectible_acceptable",
    "club_club",
)
#: Nobody here may sell in these.
_CLOSED_CONDITIONS = ("collectible", "club")
_LOCALE = re.compile(r"[a-z]{2}_[A-Z]{2}\Z")
_MESSAGES = {
    "APPROVAL_REQUIRED": "You need approval to list in this brand.",
    "NOT_ELIGIBLE": "You are not approved to list this product and we are not accepting applications at this time.",
    "ASIN_NOT_FOUND": "We could not find this ASIN in our catalog.",
}


def get_listings_restrictions(call: Call) -> Body:
    """What stands in the way of an offer, marketplace by marketplace; an empty list when nothing does."""
    asin = required_text(call, "asin")
    condition = text(call, "conditionType")
    seller_id = required_text(call, "sellerId")
    marketplace_ids = items(call, "marketplaceIds")
    locale = text(call, "reasonLocale")
    if not marketplace_ids:
        raise invalid_input("Missing required parameter: marketplaceIds.")
    if not well_formed(asin):
        raise BareListError(400, "BAD_REQUEST", "Invalid 'asin' provided.")
    if condition is not None and condition not in CONDITIONS:
        raise BareListError(400, "BAD_REQUEST", "Invalid 'conditionType' provided.")
    if locale is not None and not _LOCALE.match(locale):
        raise BareListError(400, "BAD_REQUEST", "Invalid 'reasonLocale' provided.")
    check_marketplaces(call, marketplace_ids)
    if seller_id != call.seller_id:
        raise denied()
    if fails(asin):
        raise SpApiError(500, "InternalFailure", "We encountered an internal error. Please try again.")
    found = (_restriction(call, asin, each, condition) for each in marketplace_ids)
    return {"restrictions": [each for each in found if each is not None]}


def _restriction(call: Call, asin: str, marketplace_id: str, condition: str | None) -> Body | None:
    if call.store.shelf.find(asin) is None:
        code: str | None = "ASIN_NOT_FOUND"
    elif condition is not None and condition.startswith(_CLOSED_CONDITIONS):
        code = "NOT_ELIGIBLE"
    else:
        code = call.store.shelf.gate(call.seller_id, asin, marketplace_id)
    if code is None:
        return None
    reason: Body = {"message": _MESSAGES[code], "reasonCode": code, "links": []}
    if code == "APPROVAL_REQUIRED":
        reason["links"] = [_link(asin, marketplace_id, condition)]
    restriction: Body = {"marketplaceId": marketplace_id, "reasons": [reason]}
    return restriction if condition is None else restriction | {"conditionType": condition}


def _link(asin: str, marketplace_id: str, condition: str | None) -> Body:
    host = BY_ID[marketplace_id].domain.replace("www.", "sellercentral.", 1)
    kind = (condition or "new_new").partition("_")[0]
    query = f"asin={asin}&itemcondition={kind}"
    return {
        "resource": f"https://{host}/hz/approvalrequest/restrictions/approve?{query}",
        "verb": "GET",
        "title": "Request Approval via Seller Central.",
        "type": "text/html",
    }


OPERATIONS = (
    Operation(
        "getListingsRestrictions",
        "/listings/2021-08-01/restrictions",
        UsagePlan(5, 10),
        get_listings_restrictions,
        roles=(LISTING,),
        application_plan=UsagePlan(100, 100),
    ),
)
