"""What requests about Shopify stores have in them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from domain.channels.brought import BroughtStore
from domain.errors import InvalidInput
from domain.tokens.model import LwaClient
from entrypoints import setting_values
from entrypoints.http.reading import Body, Query

_LONGEST = 4096


def _short(value: str | SecretStr) -> str | SecretStr:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("is empty, or holds characters that don't belong there; copy it again, in one piece")
    if len(text) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} characters; copy it alone")
    return value


_Short = AfterValidator(_short)
#: The same, as the document has it: neither a secret nor a word has blanks in it.
_Shown = Field(json_schema_extra={"pattern": "^[!-~]+$", "maxLength": _LONGEST})
_SHOP = "Such as `your-store.myshopify.com`, or just `your-store`."
_SHOP_SHOWN: JsonDict = {"pattern": r"^[A-Za-z0-9][A-Za-z0-9-]{0,61}(\.myshopify\.com)?$"}


class StoreAuthorizeQuery(Query):
    """Which store. Shopify, when it opens this itself, signs what it sends along."""

    shop: str | None = Field(default=None, description=_SHOP, json_schema_extra=_SHOP_SHOWN)
    hmac: str | None = Field(default=None, description="Shopify's signature of all the others.")
    timestamp: str | None = Field(default=None, description="When Shopify signed it, in seconds since 1970.")


class StoreCallbackQuery(Query):
    """What Shopify sends the browser back with. Others may come along, and are signed as well."""

    state: str | None = Field(default=None, description="Ours, as it went out.")
    shop: str | None = None
    code: str | None = None
    timestamp: str | None = Field(default=None, description="When Shopify signed it, in seconds since 1970.")
    hmac: str | None = Field(default=None, description="Shopify's signature of all the others.")
    error: str | None = Field(default=None, description="The store's owner did not give consent.")


class WebhookHeaders(BaseModel):
    """What Shopify says beside the message, and does not sign."""

    id: str | None = Field(
        default=None, alias="X-Shopify-Webhook-Id", description="The same when the message is repeated."
    )
    triggered_at: str | None = Field(
        default=None,
        alias="X-Shopify-Triggered-At",
        description="When it happened; what can't be read counts as not said.",
    )


#: What the document says of the two ways to bring a store along.
_ONE_OF_TWO: JsonDict = {
    "oneOf": [
        {
            "required": ["access_token"],
            "properties": {
                "access_token": {"type": "string"},
                "client_id": {"type": "null"},
                "client_secret": {"type": "null"},
            },
        },
        {
            "required": ["client_id", "client_secret"],
            "properties": {
                "access_token": {"type": "null"},
                "client_id": {"type": "string"},
                "client_secret": {"type": "string"},
            },
        },
    ]
}


class BroughtStoreBody(Body):
    """A store, with a permanent token of it, or with a client of an application of its own."""

    model_config = ConfigDict(json_schema_extra=_ONE_OF_TWO)

    shop: str = Field(description=_SHOP, json_schema_extra=_SHOP_SHOWN)
    access_token: Annotated[setting_values.Secret, _Short, _Shown] | None = Field(
        default=None, description="A permanent one; send this, or a client, and not both."
    )
    client_id: Annotated[setting_values.Word, _Short, _Shown] | None = Field(
        default=None,
        description="Of an application of the store's own organization, together with its secret.",
    )
    client_secret: Annotated[setting_values.Secret, _Short, _Shown] | None = None

    def brought(self) -> BroughtStore:
        """The same for the domain.

        Raises:
            InvalidInput: half of a client.
        """
        if (self.client_id is None) != (self.client_secret is None):
            lacking = "client_id" if self.client_id is None else "client_secret"
            raise InvalidInput({lacking: "is missing: client_id and client_secret go together"})
        client = None
        if self.client_id is not None and self.client_secret is not None:
            client = LwaClient(self.client_id, self.client_secret.get_secret_value())
        token = self.access_token.get_secret_value() if self.access_token else None
        return BroughtStore(self.shop, token, client)


class StoreChangeBody(Body):
    """What can be changed of a store's connection."""

    is_default: Literal[True]
