"""What the product questions ask of Amazon."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.connections.model import Connection
from domain.errors import PortsideError
from domain.products.model import (
    Eligibility,
    FeeEstimate,
    FeeQuestion,
    ItemPage,
    ListingQuestion,
    ShipmentPage,
    ShipmentSearch,
)

#: How many products one call of ``FeeSchedule.many`` may name. Source: ``productFeesV0.json``, "getMyFeesEstimates".
FEES_A_CALL = 20


class Restrictions(Protocol):
    """The Listings Restrictions API, for the connection's own seller."""

    def eligibility(self, connection: Connection, question: ListingQuestion) -> Eligibility:
        """Whether the seller may list it: one call.

        Raises:
            NotFound: Amazon knows no such ASIN in this marketplace.
            InvalidInput: the seller does not sell in this marketplace.
            ChannelError, RateLimited, NotConfigured: any of the gateway's.
        """


class FeeSchedule(Protocol):
    """The Product Fees API."""

    def one(self, connection: Connection, question: FeeQuestion) -> FeeEstimate:
        """The fees of one product: one call.

        Raises:
            NotFound: Amazon knows no such product, or not enough about it for an estimate.
            InvalidInput: Amazon does not take the question.
            ChannelError, RateLimited, NotConfigured: any of the gateway's.
        """

    def many(
        self, connection: Connection, questions: Sequence[FeeQuestion]
    ) -> list[FeeEstimate | PortsideError]:
        """The fees of up to FEES_A_CALL products in one call, or why there are none, in the order asked.

        Raises:
            ChannelError, RateLimited, NotConfigured: the call failed as a whole.
        """


class InboundFeed(Protocol):
    """The Fulfillment Inbound API v0, the only one that tells received quantities."""

    def shipments(
        self, connection: Connection, search: ShipmentSearch, now: datetime, token: str | None
    ) -> ShipmentPage:
        """One page of shipments: those changed since ``updated_after`` until ``now``, else those of the statuses.

        Raises:
            StalePage: the token has run out.
            ChannelError, RateLimited, NotConfigured: any of the gateway's.
        """

    def items(
        self, connection: Connection, marketplace_id: str, shipment_id: str, token: str | None
    ) -> ItemPage:
        """One page of a shipment's items. Raises as ``shipments``."""
