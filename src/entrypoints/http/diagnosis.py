"""Trying a connection out: which link of the chain holds, and what Amazon's orders look like. Nothing is kept."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, Field, WithJsonSchema

from domain.connections.model import Connection, ConnectionId
from entrypoints.http.coming_and_going import MARKETPLACE_OR_BLANK
from entrypoints.http.context import services, user
from entrypoints.http.described import described, enveloped, of_channel
from entrypoints.http.diagnosis_shapes import ChainAnswer, LiveOrdersAnswer, chain_json, live_orders_json
from entrypoints.http.reading import Query, query

bp = Blueprint("diagnosis", __name__, url_prefix="/api/amazon/test")

_TAG = "Amazon connections"

_unless_blank = BeforeValidator(lambda value: value or None)
_ID_OR_BLANK = WithJsonSchema({"anyOf": [{"type": "string", "format": "uuid"}, {"const": ""}]})


class ChainQuery(Query):
    """Which connection: the default one, unless said."""

    connection_id: Annotated[UUID | None, _unless_blank, _ID_OR_BLANK] = Field(
        default=None, alias="amazonAccountId", description="A connection's id; by default the default one's."
    )


class LiveOrdersQuery(ChainQuery):
    """Of which marketplace: the connection's own, unless said."""

    marketplace_id: Annotated[str | None, _unless_blank] = Field(
        default=None,
        alias="marketplaceId",
        description="One of the connection's region; by default its own.",
        json_schema_extra=MARKETPLACE_OR_BLANK,
    )


@bp.get("/status")
@described(
    _TAG,
    enveloped(ChainAnswer, "The links in their order, whether or not all is well."),
    query=ChainQuery,
    errors=("amazon_not_connected", "not_found", "rate_limited"),
)
def status() -> ResponseReturnValue:
    """Every link of the chain, tried out now. A broken one is an answer, not an error."""
    connection = _chosen(query(ChainQuery).connection_id)
    chain = services().diagnosis.check(connection)
    # What the exchange brought to light is in the connection's status by now.
    current = services().connections.get(connection.user_id, connection.id)
    return {"success": True, "data": chain_json(current, chain)}


@bp.get("/orders")
@described(
    _TAG,
    enveloped(LiveOrdersAnswer, "The page."),
    query=LiveOrdersQuery,
    errors=(*of_channel("amazon"), "not_found"),
)
def orders() -> ResponseReturnValue:
    """One page of orders as Amazon tells them now, without anything about the buyer."""
    asked = query(LiveOrdersQuery)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    page = services().diagnosis.latest_orders(connection, marketplace_id)
    return {"success": True, "data": live_orders_json(connection, marketplace_id, page)}


def _chosen(connection_id: UUID | None) -> Connection:
    wanted = ConnectionId(connection_id) if connection_id is not None else None
    return services().connections.chosen(user().id, wanted)
