"""Amazon seller connections: bring one along, look, change, leave."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic.config import JsonDict

from domain.connections import selection
from domain.connections.changes import UNCHANGED, Wish
from domain.connections.model import ConnectionId, Provider
from domain.connections.self_authorised import Brought
from domain.marketplaces import Region
from domain.tokens.model import LwaClient, RefreshToken
from entrypoints import setting_values
from entrypoints.http.coming_and_going import CONNECTION, MARKETPLACE, LeaveQuery
from entrypoints.http.connection_lists import page_of_connections
from entrypoints.http.connection_shapes import (
    DISCONNECTED,
    UNCONNECTED,
    ConnectionAnswer,
    DisconnectedAnswer,
    UnconnectedAnswer,
    connection_json,
)
from entrypoints.http.context import services, user, visitor
from entrypoints.http.described import described, gives, listed, nothing
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Body, body, query, without_defaults

bp = Blueprint("connections", __name__)

_TAG = "Amazon connections"

#: More than any token of Amazon's, and few enough for a sealed column.
_LONGEST = 8192


def _visible(value: str | SecretStr) -> str | SecretStr:
    """What LWA and AWS issue is made of visible ASCII characters, and not of thousands of them."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not text:
        raise ValueError("is empty")
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("holds characters that don't belong there; copy it again, in one piece")
    if len(text) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} characters; copy it alone")
    return value


def _seller_id(text: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{3,32}", text):
        raise ValueError(
            "is not a seller id; it is made of capital letters and digits, such as A3TH9S8BH6GOGM"
        )
    return text


_Visible = AfterValidator(_visible)
#: The same, as the document has it.
_SHOWN: JsonDict = {"pattern": "^[!-~]+$", "maxLength": _LONGEST}
SellerId = Annotated[
    str, AfterValidator(_seller_id), Field(json_schema_extra={"pattern": "^[A-Z0-9]{3,32}$"})
]
ClientId = Annotated[setting_values.ClientId, _Visible, Field(json_schema_extra=_SHOWN)]
ClientSecret = Annotated[setting_values.ClientSecret, _Visible, Field(json_schema_extra=_SHOWN)]
RefreshTokenText = Annotated[setting_values.RefreshToken, _Visible, Field(json_schema_extra=_SHOWN)]
RoleArn = Annotated[
    setting_values.RoleArn,
    _Visible,
    Field(
        json_schema_extra={
            "pattern": "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]+$",
            "maxLength": _LONGEST,
        }
    ),
]
MarketplaceId = Annotated[str, Field(json_schema_extra=MARKETPLACE)]
MarketplaceIds = Annotated[list[MarketplaceId], Field(max_length=100, json_schema_extra={"minItems": 1})]


#: What the document says of a client: its id and its secret, or neither.
_BOTH_OR_NEITHER: JsonDict = {
    "anyOf": [
        {
            "required": ["lwa_client_id", "lwa_client_secret"],
            "properties": {
                "lwa_client_id": {"type": "string"},
                "lwa_client_secret": {"type": "string"},
            },
        },
        {"properties": {"lwa_client_id": {"type": "null"}, "lwa_client_secret": {"type": "null"}}},
    ]
}


class BroughtSellerBody(Body):
    """A self-authorised connection."""

    model_config = ConfigDict(json_schema_extra=_BOTH_OR_NEITHER)

    seller_id: SellerId
    refresh_token: RefreshTokenText = Field(description="Begins with `Atzr|`.")
    region: Literal["na", "eu", "fe"] | None = Field(
        default=None, description="By default that of the marketplaces."
    )
    marketplace_ids: MarketplaceIds = Field(
        description="Of one region. These are synced, and the first one is the default."
    )
    lwa_client_id: ClientId | None = Field(
        default=None,
        description="The client that the token was issued to, together with its secret; by default the installation's.",
    )
    lwa_client_secret: Annotated[ClientSecret | None, Field(validate_default=True)] = None
    iam_role_arn: RoleArn | None = Field(
        default=None, description="A role that is assumed for this connection."
    )

    @field_validator("marketplace_ids")
    @classmethod
    def _fit(cls, ids: list[str], info: ValidationInfo) -> list[str]:
        region = info.data.get("region")
        problem = selection.unfit(ids, Region(region) if region else None)
        if problem is not None:
            raise ValueError(problem)
        return ids

    @field_validator("lwa_client_secret")
    @classmethod
    def _paired(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if "lwa_client_id" in info.data and (info.data["lwa_client_id"] is None) != (secret is None):
            raise ValueError("goes together with lwa_client_id: send both or neither")
        return secret

    def client(self) -> LwaClient | None:
        """The user's own LWA client, where one was sent."""
        if self.lwa_client_id is None or self.lwa_client_secret is None:
            return None
        return LwaClient(self.lwa_client_id, self.lwa_client_secret.get_secret_value())


class ConnectionChangeBody(Body):
    """What to change: only what is sent. ``null`` takes a choice of one's own back."""

    model_config = ConfigDict(json_schema_extra=without_defaults)

    is_default: bool = Field(
        default=False,
        description="`true`: this one is the default from now on. `false` is refused for the default one.",
    )
    marketplace_ids: MarketplaceIds | None = Field(
        default=None,
        description="Only these are synced, of `participating_marketplace_ids`; `null`: all of them.",
    )
    marketplace_id: MarketplaceId = Field(
        default="", description="The default one among those that are synced."
    )
    iam_role_arn: RoleArn | None = Field(
        default=None,
        description="A role that is assumed for this connection; `null`: the installation's, if it has one.",
    )
    lwa_client_id: ClientId | None = Field(
        default=None,
        description="A client of your own, together with its secret; both `null`: the installation's again.",
    )
    lwa_client_secret: ClientSecret | None = Field(
        default=None, description="Its secret; a new one of the same client may come alone."
    )

    def wish(self) -> Wish:
        """The same for the domain, which tells what was sent from what was not."""
        sent = self.model_fields_set
        ids, secret = self.marketplace_ids, self.lwa_client_secret
        return Wish(
            is_default=self.is_default if "is_default" in sent else UNCHANGED,
            marketplace_ids=_tuple(ids) if "marketplace_ids" in sent else UNCHANGED,
            marketplace_id=self.marketplace_id if "marketplace_id" in sent else UNCHANGED,
            iam_role_arn=self.iam_role_arn if "iam_role_arn" in sent else UNCHANGED,
            client_id=self.lwa_client_id if "lwa_client_id" in sent else UNCHANGED,
            client_secret=_plain(secret) if "lwa_client_secret" in sent else UNCHANGED,
        )


@bp.get("/api/v1/amazon/connection")
@described(
    _TAG, gives(ConnectionAnswer, "The connection, or that there never was one.", other=UnconnectedAnswer)
)
def default_connection() -> ResponseReturnValue:
    """The default connection."""
    connection = services().connections.default(user().id)
    return connection_json(connection, _now()) if connection else UNCONNECTED


@bp.get("/api/v1/amazon/connections")
@described(
    _TAG, listed(ConnectionAnswer, "A page of them, the default one first, then the oldest."), query=PageQuery
)
def connections() -> ResponseReturnValue:
    """The user's connections."""
    now = _now()
    return page_of_connections(
        Provider.AMAZON_SP, query(PageQuery), lambda connection: connection_json(connection, now)
    )


@bp.post("/api/v1/amazon/connections")
@described(
    _TAG,
    gives(ConnectionAnswer, "The connection.", 201),
    gives(ConnectionAnswer, "The connection, which was there before and is renewed."),
    body=BroughtSellerBody,
    example={"seller_id": "A1EXAMPLE", "refresh_token": "Atzr|me", "marketplace_ids": ["ATVPDKIKX0DER"]},
    errors=(
        *("amazon_error", "amazon_timeout", "configuration_error", "conflict"),
        *("not_found", "rate_limited"),
    ),
)
def bring() -> ResponseReturnValue:
    """Connect a seller who has authorized an application themselves.

    What is sent is tried at Amazon before anything is kept: 400 names the fields that Amazon refuses.
    """
    sent = body(BroughtSellerBody)
    brought = Brought(
        seller_id=sent.seller_id,
        refresh_token=RefreshToken(sent.refresh_token.get_secret_value()),
        marketplace_ids=tuple(sent.marketplace_ids),
        region=Region(sent.region) if sent.region else None,
        client=sent.client(),
        iam_role_arn=sent.iam_role_arn,
    )
    accepted = services().self_authorised.connect(user(), visitor(), brought)
    return connection_json(accepted.connection, _now()), 200 if accepted.renewed else 201


@bp.get("/api/v1/amazon/connections/<uuid:connection_id>")
@described(_TAG, gives(ConnectionAnswer, "The connection."), path=CONNECTION)
def show(connection_id: UUID) -> ResponseReturnValue:
    """One connection."""
    return connection_json(services().connections.get(user().id, ConnectionId(connection_id)), _now())


@bp.patch("/api/v1/amazon/connections/<uuid:connection_id>")
@described(
    _TAG,
    gives(ConnectionAnswer, "The connection as it is now."),
    body=ConnectionChangeBody,
    example={"marketplace_ids": ["ATVPDKIKX0DER"], "marketplace_id": "ATVPDKIKX0DER"},
    errors=("amazon_error", "amazon_timeout", "configuration_error", "conflict", "rate_limited"),
    path=CONNECTION,
)
def change(connection_id: UUID) -> ResponseReturnValue:
    """Change what was sent, as a whole or not at all.

    Marketplaces that are left out keep their orders; their stock is listed no more. A client is tried at Amazon with the
    stored token before it is kept.
    """
    mine = services().connections.get(user().id, ConnectionId(connection_id))
    changed = services().changes.make(user(), visitor(), mine.id, body(ConnectionChangeBody).wish())
    return connection_json(changed, _now())


@bp.delete("/api/v1/amazon/connections/<uuid:connection_id>")
@described(_TAG, nothing("It is done, or begun."), query=LeaveQuery, path=CONNECTION)
def leave(connection_id: UUID) -> ResponseReturnValue:
    """Erase the connection's secrets; with `permanent`, the connection and all its data.

    Its syncs stop. Without `permanent` its data stays for a later consent. With it, nobody sees the connection any more; a
    large one goes in the background, and the event `connection.changed` says when it is gone.
    """
    mine = services().connections.get(user().id, ConnectionId(connection_id))
    if query(LeaveQuery).permanent:
        services().erasures.request(user(), visitor(), mine.id)
    else:
        services().connections.disconnect(user(), visitor(), mine.id)
    return "", 204


@bp.delete("/api/v1/amazon/disconnect")
@described(_TAG, gives(DisconnectedAnswer, "It is disconnected."), errors=("amazon_not_connected",))
def disconnect() -> ResponseReturnValue:
    """Erase the default connection's secrets."""
    services().connections.disconnect(user(), visitor())
    return DISCONNECTED


def _now() -> datetime:
    return services().connections.clock.now()


def _tuple(ids: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if ids is None else tuple(ids)


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
