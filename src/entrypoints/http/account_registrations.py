"""Having an ads account registered with Amazon, and seeing how that gets on."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator

from domain.ads.registration import Registration, RegistrationId, RegistrationStatus, RegistrationWish
from entrypoints.http.accounts import PRINTABLE, AccountName, printable
from entrypoints.http.answer_types import Answer, Url, Uuid, When
from entrypoints.http.context import services, user, visitor
from entrypoints.http.described import described, gives
from entrypoints.http.reading import Body, body
from entrypoints.http.shapes import FailureAnswer, failure_json, moment

bp = Blueprint("account_registrations", __name__, url_prefix="/api/v1/accounts")

Words = Annotated[
    str, Field(min_length=1, max_length=200, json_schema_extra=PRINTABLE), AfterValidator(printable)
]


class SellerBody(Body):
    """A seller's own account."""

    sellerCentralAccount: Words


class VendorBody(Body):
    """A vendor's."""

    vendorGroup: Words


class AuthorBody(Body):
    """An author's."""

    email: Words


class BusinessBody(Body):
    """A business in the United States that does not sell on Amazon."""

    name: Words
    phone: Words | None = None
    websiteUrl: Words | None = None
    addressLine1: Words | None = None
    addressLine2: Words | None = None
    city: Words | None = None
    state: Words | None = None
    zipCode: Words | None = None
    countryCode: Words | None = None


class AssociationBody(Body):
    """For whom the account is: one of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [name], "properties": {name: {"not": {"type": "null"}}}}
                for name in ("amazonSeller", "amazonVendor", "amazonAuthor", "business")
            ]
        }
    )

    amazonSeller: SellerBody | None = None
    amazonVendor: VendorBody | None = None
    amazonAuthor: AuthorBody | None = None
    business: BusinessBody | None = None

    @model_validator(mode="after")
    def _one(self) -> "AssociationBody":
        if len([each for each in self.__dict__.values() if each is not None]) != 1:
            raise ValueError("names one of amazonSeller, amazonVendor, amazonAuthor and business")
        return self


class RegisterAccountBody(Body):
    """What to register. For a seller's own account, either ``seller_id`` or ``associations``."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "required": ["seller_id", "associations"],
                "properties": {"seller_id": {"type": "string"}, "associations": {"minItems": 1}},
            }
        }
    )

    account_name: Annotated[AccountName, Field(min_length=1)]
    country_codes: Annotated[tuple[str, ...], Field(min_length=1, max_length=1, strict=False)] = Field(
        description="Amazon registers for one country at a time.",
        json_schema_extra={"items": {"type": "string", "pattern": "^[A-Za-z]{2}$"}},
    )
    seller_id: Words | None = Field(default=None, description="The merchant of a seller's own account.")
    associations: Annotated[tuple[AssociationBody, ...], Field(max_length=1, strict=False)] = Field(
        default=(), description="For whom the account is, where it is not the seller's own."
    )
    terms_token: Words | None = Field(
        default=None, description="Of an answer before: Amazon's terms are accepted."
    )
    terms_accepted: bool = Field(
        default=False,
        description="No terms are needed, since they were accepted before; Amazon may still want them.",
    )

    @field_validator("country_codes")
    @classmethod
    def _countries(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if not all(len(code) == 2 and code.isascii() and code.isalpha() for code in codes):
            raise ValueError("are not codes of countries, such as US")
        return tuple(code.upper() for code in codes)

    @model_validator(mode="after")
    def _one_association(self) -> "RegisterAccountBody":
        if self.seller_id is not None and self.associations:
            raise ValueError("give either seller_id or associations")
        return self

    def wish(self) -> RegistrationWish:
        """The same for the domain."""
        one = self.associations[0] if self.associations else AssociationBody.model_construct()
        seller = one.amazonSeller.sellerCentralAccount if one.amazonSeller else self.seller_id
        return RegistrationWish(
            account_name=self.account_name,
            country_codes=self.country_codes,
            seller_id=seller,
            vendor_group=one.amazonVendor.vendorGroup if one.amazonVendor else None,
            author_email=one.amazonAuthor.email if one.amazonAuthor else None,
            business=one.business.model_dump(exclude_none=True) if one.business else None,
            terms_token=self.terms_token,
        )


class RegistrationAnswer(Answer):
    """A registration and where it stands."""

    id: Uuid
    account_name: str
    country_codes: list[str]
    ads_account_id: str | None
    """Amazon's, as soon as there is one."""
    status: RegistrationStatus
    """`terms_required`: send the user to `terms_url`. `partially_created`: some countries can be used."""
    terms_token: str | None
    terms_url: Url | None
    created_at: When
    next_look_at: When | None
    """When it goes on by itself; null when it has ended."""
    finished_at: When | None
    error: FailureAnswer | None


@bp.post("/register")
@described(
    "Advertising accounts",
    gives(RegistrationAnswer, "The registration, as far as it came at once.", 202),
    body=RegisterAccountBody,
    example={"account_name": "Harbour Goods", "country_codes": ["US"], "seller_id": "A1EXAMPLE"},
    errors=("conflict", "ads_not_connected", "ads_reauthorization_required", "configuration_error"),
)
def register() -> ResponseReturnValue:
    """Have an ads account registered with Amazon; what is under way already goes on instead of beginning anew.

    Once the user has accepted Amazon's terms, the account is asked for in the background; whoever sends the same body
    again, with its ``terms_token``, need not wait for that. No account is asked for twice.
    """
    asked = body(RegisterAccountBody)
    desk = services().ads_accounts.registrations
    return registration_json(desk.ask(user(), visitor(), asked.wish(), asked.terms_accepted)), 202


@bp.get("/registrations/<uuid:registration_id>")
@described(
    "Advertising accounts",
    gives(RegistrationAnswer, "The registration."),
    path={"registration_id": "The registration's id."},
)
def registration(registration_id: UUID) -> ResponseReturnValue:
    """How a registration gets on."""
    desk = services().ads_accounts.registrations
    return registration_json(desk.registration(user().id, RegistrationId(registration_id)))


def registration_json(registration: Registration) -> RegistrationAnswer:
    """A registration and where it stands."""
    return {
        "id": str(registration.id),
        "account_name": registration.wish.account_name,
        "country_codes": list(registration.wish.country_codes),
        "ads_account_id": registration.ads_account_id,
        "status": registration.status,
        "terms_token": registration.terms_token,
        "terms_url": registration.terms_url,
        "created_at": moment(registration.created_at),
        "next_look_at": moment(registration.next_look_at),
        "finished_at": moment(registration.finished_at),
        "error": failure_json(registration.error),
    }
