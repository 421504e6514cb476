"""The Sellers and Sales APIs, as Amazon sends them, in our words.

Source: ``sellers.json`` and ``sales.json`` in Amazon's models.
"""

from adapters.amazon.wire.reading import child, count, required_list, required_text, text
from domain.connections.model import Participation
from domain.gateway.ports import Json


def participations(body: Json) -> list[Participation]:
    """The answer of ``getMarketplaceParticipations``.

    Raises:
        UpstreamFailed: the list is missing, or something in it is not as promised.
    """
    return [_participation(node) for node in required_list(body, "payload")]


def ordered(body: Json) -> int:
    """How many orders an answer of ``getOrderMetrics`` counts.

    Raises:
        UpstreamFailed: the list is missing, or something in it is not as promised.
    """
    return sum(count(node, "orderCount") for node in required_list(body, "payload"))


def _participation(node: Json) -> Participation:
    marketplace, participation = child(node, "marketplace"), child(node, "participation")
    return Participation(
        marketplace_id=required_text(marketplace, "id"),
        country_code=text(marketplace, "countryCode") or "",
        currency=text(marketplace, "defaultCurrencyCode") or "",
        participating=participation.get("isParticipating") is True,
        suspended=participation.get("hasSuspendedListings") is True,
    )
