"""Amazon seller connections: bring one along, look, change, leave."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from domain.connections import selection
from domain.connections.changes import UNCHANGED, Wish
from domain.connections.model import ConnectionId
from domain.connections.self_authorised import Brought
from domain.marketplaces import Region
from domain.tokens.model import LwaClient, RefreshToken
from entrypoints import setting_values
from entrypoints.http.context import services, user, visitor
from entrypoints.http.reading import Body, Query, body, query
from entrypoints.http.shapes import connection_json

bp = Blueprint("connections", __name__)

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
SellerId = Annotated[str, AfterValidator(_seller_id)]
ClientId = Annotated[setting_values.ClientId, _Visible]
ClientSecret = Annotated[setting_values.ClientSecret, _Visible]
RefreshTokenText = Annotated[setting_values.RefreshToken, _Visible]
RoleArn = Annotated[setting_values.RoleArn, _Visible]
MarketplaceIds = Annotated[list[str], Field(max_length=100)]


class BroughtBody(Body):
    """A self-authorised connection."""

    seller_id: SellerId
    refresh_token: RefreshTokenText
    region: Literal["na", "eu", "fe"] | None = None
    marketplace_ids: MarketplaceIds
    lwa_client_id: ClientId | None = None
    lwa_client_secret: Annotated[ClientSecret | None, Field(validate_default=True)] = None
    iam_role_arn: RoleArn | None = None

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


class ChangeBody(Body):
    """What to change: only what is sent. ``null`` takes a choice of one's own back."""

    is_default: bool = False
    marketplace_ids: MarketplaceIds | None = None
    marketplace_id: str = ""
    iam_role_arn: RoleArn | None = None
    lwa_client_id: ClientId | None = None
    lwa_client_secret: ClientSecret | None = None

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
def default_connection() -> ResponseReturnValue:
    """The default connection."""
    connection = services().connections.default(user().id)
    return connection_json(connection, _now()) if connection else {"connected": False}


@bp.get("/api/v1/amazon/connections")
def connections() -> ResponseReturnValue:
    """All of the user's connections; there are never many."""
    now = _now()
    items = [connection_json(connection, now) for connection in services().connections.of(user().id)]
    return {"items": items, "next_cursor": None}


@bp.post("/api/v1/amazon/connections")
def bring() -> ResponseReturnValue:
    """Connect a seller who has authorized an application themselves: kept once LWA has honoured what was sent."""
    sent = body(BroughtBody)
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
def show(connection_id: UUID) -> ResponseReturnValue:
    """One connection."""
    return connection_json(services().connections.get(user().id, ConnectionId(connection_id)), _now())


@bp.patch("/api/v1/amazon/connections/<uuid:connection_id>")
def change(connection_id: UUID) -> ResponseReturnValue:
    """Change what was sent, as a whole or not at all."""
    mine = services().connections.get(user().id, ConnectionId(connection_id))
    changed = services().changes.make(user(), visitor(), mine.id, body(ChangeBody).wish())
    return connection_json(changed, _now())


class LeaveQuery(Query):
    """How thoroughly to leave."""

    permanent: bool = False


@bp.delete("/api/v1/amazon/connections/<uuid:connection_id>")
def leave(connection_id: UUID) -> ResponseReturnValue:
    """Erase the connection's secrets; with ``permanent``, the connection and all its data."""
    mine = services().connections.get(user().id, ConnectionId(connection_id))
    if query(LeaveQuery).permanent:
        services().erasures.request(user(), visitor(), mine.id)
    else:
        services().connections.disconnect(user(), visitor(), mine.id)
    return "", 204


@bp.delete("/api/v1/amazon/disconnect")
def disconnect() -> ResponseReturnValue:
    """Erase the default connection's secrets."""
    services().connections.disconnect(user(), visitor())
    return {"message": "Disconnected"}


def _now() -> datetime:
    return services().connections.clock.now()


def _tuple(ids: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if ids is None else tuple(ids)


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
