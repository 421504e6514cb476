"""Invented buyers and their addresses; they exist only in answers that asked for them."""

from __future__ import annotations

from typing import Any

from entrypoints.simulator.dice import dice, pick
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.orders import StoreOrder

_FIRST = (
    "Robin",
    "Alex",
    "Sascha",
    "Noor",
    "Yuki",
    "Mika",
    "Jo",
    "Kim",
    "Charlie",
    "Renée",
    "Søren",
    "Łucja",
)
_LAST = ("Example", "Sample", "Muster", "Testoni", "Prøve", "Rei", "Specimen", "Ejemplo", "Exemple", "Próbka")
_STREETS = ("Sample Street", "Example Road", "Test Lane", "Placeholder Avenue")
_CITIES = ("Sampleton", "Exampleville", "Musterstadt", "Testford")


def _name(order: StoreOrder) -> str:
    random = dice(order.id, "buyer")
    return f"{pick(random, _FIRST)} {pick(random, _LAST)}"


def buyer_json(order: StoreOrder) -> dict[str, Any]:
    """The buyer; a company as well when the order is a business order."""
    body: dict[str, Any] = {
        "buyerName": _name(order),
        "buyerEmail": f"{order.id.replace('-', '')[-12:]}@marketplace.example",
    }
    if "AMAZON_BUSINESS" in order.programs:
        body["buyerCompanyName"] = f"{_name(order).split()[-1]} & Co."
        body["buyerPurchaseOrderNumber"] = f"PO-{order.id[-7:]}"
    return body


def recipient_json(order: StoreOrder) -> dict[str, Any]:
    """Where it goes."""
    random = dice(order.id, "recipient")
    return {
        "deliveryAddress": {
            "name": _name(order),
            "addressLine1": f"{1 + int(random.random() * 180)} {pick(random, _STREETS)}",
            "city": pick(random, _CITIES),
            "postalCode": f"{int(random.random() * 100_000):05d}",
            "countryCode": BY_ID[order.home_marketplace_id].country_code,
            "addressType": "COMMERCIAL" if "AMAZON_BUSINESS" in order.programs else "RESIDENTIAL",
        }
    }
