"""Where a question is asked."""

from domain.connections.model import Connection
from domain.errors import InvalidInput
from domain.marketplaces import MARKETPLACES, Marketplace, find


def marketplace_of(connection: Connection, marketplace_id: str) -> Marketplace:
    """The marketplace, which has to be one of the connection's region.

    Raises:
        InvalidInput: it is not.
    """
    marketplace = find(marketplace_id)
    if marketplace is None or marketplace.region is not connection.region:
        known = ", ".join(one.id for one in MARKETPLACES.values() if one.region is connection.region)
        raise InvalidInput(
            {"marketplace_id": f"not a marketplace of this connection's region; those are {known}"}
        )
    return marketplace
