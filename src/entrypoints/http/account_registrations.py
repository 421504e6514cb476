"""Having an ads account registered with Amazon, and seeing how that gets on."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, Field, field_validator, model_validator

from domain.ads.registration import Registration, RegistrationId, RegistrationWish
from entrypoints.http.accounts import AccountName
from entrypoints.http.context import services, user, visitor
from entrypoints.http.reading import Body, body
from entrypoints.http.shapes import Json, failure_json, moment

bp = Blueprint("account_registrations", __name__, url_prefix="/api/v1/accounts")

Words = Annotated[str, Field(min_length=1, max_length=200)]


class _Named(Body):
    """What Amazon writes in letters of either size."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SellerBody(_Named):
    """A seller's own account."""

    sellerCentralAccount: Words  # noqa: N815 - Amazon's name


class VendorBody(_Named):
    """A vendor's."""

    vendorGroup: Words  # noqa: N815 - Amazon's name


class AuthorBody(_Named):
    """An author's."""

    email: Words


class BusinessBody(_Named):
    """A business in the United States that does not sell on Amazon."""

    name: Words
    phone: Words | None = None
    websiteUrl: Words | None = None  # noqa: N815 - Amazon's names
    addressLine1: Words | None = None  # noqa: N815
    addressLine2: Words | None = None  # noqa: N815
    city: Words | None = None
    state: Words | None = None
    zipCode: Words | None = None  # noqa: N815
    countryCode: Words | None = None  # noqa: N815


class AssociationBody(_Named):
    """For whom the account is: one of them."""

    amazonSeller: SellerBody | None = None  # noqa: N815 - Amazon's names
    amazonVendor: VendorBody | None = None  # noqa: N815
    amazonAuthor: AuthorBody | None = None  # noqa: N815
    business: BusinessBody | None = None

    @model_validator(mode="after")
    def _one(self) -> "AssociationBody":
        if len([each for each in self.__dict__.values() if each is not None]) != 1:
            raise ValueError("names one of amazonSeller, amazonVendor, amazonAuthor and business")
        return self


class RegisterBody(Body):
    """What to register."""

    account_name: Annotated[AccountName, Field(min_length=1)]
    country_codes: Annotated[tuple[str, ...], Field(max_length=1, strict=False)] = ()
    seller_id: Words | None = None
    associations: Annotated[tuple[AssociationBody, ...], Field(max_length=1, strict=False)] = ()
    terms_token: Words | None = None
    terms_accepted: bool = False

    @field_validator("country_codes")
    @classmethod
    def _countries(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if not all(len(code) == 2 and code.isascii() and code.isalpha() for code in codes):
            raise ValueError("are not codes of countries, such as US")
        return tuple(code.upper() for code in codes)

    @model_validator(mode="after")
    def _one_association(self) -> "RegisterBody":
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


@bp.post("/register")
def register() -> ResponseReturnValue:
    """Have an account registered; what is under way already goes on instead of beginning anew."""
    asked = body(RegisterBody)
    desk = services().ads_accounts.registrations
    return registration_json(desk.ask(user(), visitor(), asked.wish(), asked.terms_accepted)), 202


@bp.get("/registrations/<uuid:registration_id>")
def registration(registration_id: UUID) -> ResponseReturnValue:
    """How a registration gets on."""
    desk = services().ads_accounts.registrations
    return registration_json(desk.registration(user().id, RegistrationId(registration_id)))


def registration_json(registration: Registration) -> Json:
    """A registration and where it stands."""
    return {
        "id": str(registration.id),
        "account_name": registration.wish.account_name,
        "country_codes": list(registration.wish.country_codes),
        "ads_account_id": registration.ads_account_id,
        "status": registration.status.value,
        "terms_token": registration.terms_token,
        "terms_url": registration.terms_url,
        "created_at": moment(registration.created_at),
        "next_look_at": moment(registration.next_look_at),
        "finished_at": moment(registration.finished_at),
        "error": failure_json(registration.error),
    }
