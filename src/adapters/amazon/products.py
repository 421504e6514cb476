"""The product questions in SP-API's vocabulary, through the gateway. Somebody waits for every answer.

Source: SP-API documentation and Amazon's models; the operations' parameters are theirs.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.amazon.wire import products as wire
from domain.connections.model import Connection
from domain.errors import InvalidInput, NotFound, PortsideError, StalePage, UpstreamRefused
from domain.gateway import operations
from domain.gateway.call import Gateway
from domain.gateway.model import Call, Patience
from domain.money import Money
from domain.products.model import (
    Eligibility,
    FeeEstimate,
    FeeQuestion,
    IdKind,
    ItemPage,
    ListingQuestion,
    ShipmentPage,
    ShipmentSearch,
)


@dataclass(frozen=True)
class AmazonRestrictions:
    """Restrictions through ``getListingsRestrictions`` (2021-08-01)."""

    gateway: Gateway

    def eligibility(self, connection: Connection, question: ListingQuestion) -> Eligibility:
        """One product; see ``domain.products.ports.Restrictions``."""
        query = {
            "asin": question.asin,
            "sellerId": connection.seller_id,
            "marketplaceIds": question.marketplace_id,
            "conditionType": question.condition.value,
        }
        call = Call(operations.GET_LISTINGS_RESTRICTIONS, query)
        try:
            return self.gateway.call(
                connection, call, lambda body: wire.eligibility(body, question), Patience.INTERACTIVE
            )
        except UpstreamRefused as error:
            if "'asin'" in str(error):  # nothing that Amazon's catalogue could have
                raise NotFound(f"Amazon knows no ASIN {question.asin} ({error})") from error
            if "marketplaceId" in str(error):  # of the region, but not one that this seller sells in
                raise InvalidInput({"marketplace_id": f"Amazon does not take it ({error})"}) from error
            raise


@dataclass(frozen=True)
class AmazonFees:
    """Fee estimates through the Product Fees API v0."""

    gateway: Gateway

    def one(self, connection: Connection, question: FeeQuestion) -> FeeEstimate:
        """One product; see ``domain.products.ports.FeeSchedule``."""
        body = json.dumps({"FeesEstimateRequest": _request(question, "0")}).encode()
        if question.kind is IdKind.ASIN:
            call = Call(operations.FEES_FOR_ASIN, values={"Asin": question.product_id}, body=body)
        else:
            call = Call(operations.FEES_FOR_SKU, values={"SellerSKU": question.product_id}, body=body)
        return self.gateway.call(
            connection, call, lambda answer: wire.fee_estimate(answer, question), Patience.INTERACTIVE
        )

    def many(
        self, connection: Connection, questions: Sequence[FeeQuestion]
    ) -> list[FeeEstimate | PortsideError]:
        """Up to twenty; see ``domain.products.ports.FeeSchedule``."""
        body = [
            {
                "FeesEstimateRequest": _request(question, str(number)),
                "IdType": question.kind.value,
                "IdValue": question.product_id,
            }
            for number, question in enumerate(questions)
        ]
        call = Call(operations.FEES_BATCH, body=json.dumps(body).encode())
        return self.gateway.call(
            connection, call, lambda answer: wire.fee_estimates(answer, questions), Patience.INTERACTIVE
        )


@dataclass(frozen=True)
class AmazonInbound:
    """Shipments to Amazon through the Fulfillment Inbound API v0."""

    gateway: Gateway

    def shipments(
        self, connection: Connection, search: ShipmentSearch, now: datetime, token: str | None
    ) -> ShipmentPage:
        """One page; see ``domain.products.ports.InboundFeed``."""
        query = {"MarketplaceId": search.marketplace_id}
        if token is not None:
            query |= {"QueryType": "NEXT_TOKEN", "NextToken": token}
        elif search.updated_after is not None:
            query |= {
                "QueryType": "DATE_RANGE",
                "LastUpdatedAfter": _z(search.updated_after),
                "LastUpdatedBefore": _z(now),
            }
        else:
            query |= {
                "QueryType": "SHIPMENT",
                "ShipmentStatusList": ",".join(status.value for status in search.statuses),
            }
        call = Call(operations.INBOUND_SHIPMENTS, query)
        try:
            return self.gateway.call(connection, call, wire.shipment_page, Patience.INTERACTIVE)
        except UpstreamRefused as error:
            raise _stale(error, token) from error

    def items(
        self, connection: Connection, marketplace_id: str, shipment_id: str, token: str | None
    ) -> ItemPage:
        """One page; see ``domain.products.ports.InboundFeed``."""
        if token is None:
            call = Call(
                operations.INBOUND_SHIPMENT_ITEMS,
                {"MarketplaceId": marketplace_id},
                {"shipmentId": shipment_id},
            )
        else:
            query = {"QueryType": "NEXT_TOKEN", "MarketplaceId": marketplace_id, "NextToken": token}
            call = Call(operations.INBOUND_ITEMS, query)
        try:
            return self.gateway.call(
                connection, call, lambda body: wire.item_page(body, shipment_id), Patience.INTERACTIVE
            )
        except UpstreamRefused as error:
            raise _stale(error, token) from error


def _request(question: FeeQuestion, identifier: str) -> dict[str, object]:
    return {
        "MarketplaceId": question.marketplace_id,
        "IsAmazonFulfilled": question.fulfilled_by_amazon,
        "PriceToEstimateFees": {
            "ListingPrice": _amount(question.price),
            "Shipping": _amount(question.shipping),
        },
        "Identifier": identifier,
    }


def _amount(money: Money) -> dict[str, object]:
    """A JSON number: a float has digits enough for every price, and is written with no more than it needs."""
    return {"CurrencyCode": money.currency, "Amount": float(money.amount)}


def _stale(error: UpstreamRefused, token: str | None) -> UpstreamRefused | StalePage:
    return error if token is None else StalePage(str(error), request_id=error.request_id)


def _z(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
