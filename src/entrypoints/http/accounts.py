"""Advertising accounts: list them anew, look, change one or many, and see how they do."""

from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, ConfigDict, Field, model_validator

from domain.ads.accounts import AccountId, AccountType
from domain.ads.batch import MOST_ACCOUNTS, Operation
from domain.ads.desk import UNSAID, Change
from domain.ads.listings import Part
from entrypoints.http import paging
from entrypoints.http.account_shapes import (
    AccountAnswer,
    AccountsAnswer,
    AccountsHealthAnswer,
    BatchAnswer,
    ListedAccountsAnswer,
    account_json,
    batch_json,
    health_json,
    listing_error,
)
from entrypoints.http.context import services, user, visitor
from entrypoints.http.described import described, gives, listed, of_channel
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import ALL_PRINTED, Body, Named, body, query

bp = Blueprint("accounts", __name__, url_prefix="/api/v1/accounts")

_LONGEST_NAME = 200
_ACCOUNT = {"account_id": "Our id of the account."}


def printable(text: str) -> str:
    """The text, if it has nothing in it that can't be shown."""
    if not text.isprintable():
        raise ValueError("has characters that can't be printed")
    return text


#: The same for the document.
PRINTABLE = {"pattern": ALL_PRINTED}


AccountName = Annotated[
    str,
    Field(max_length=_LONGEST_NAME, json_schema_extra=PRINTABLE),
    AfterValidator(printable),
    AfterValidator(str.strip),
]


class AccountsQuery(PageQuery):
    """Which accounts to list."""

    type: AccountType | None = Field(default=None, description="Only those of this type.")


class AdvertisersQuery(PageQuery):
    """Whose advertisers: those that the profile of an agency sees."""

    profile_id: Named | None = Field(
        default=None, description="Amazon's id of the profile; those of all agencies by default."
    )


class AccountChangeBody(Body):
    """What to change: only what is sent."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    is_default: bool = Field(
        default=False, description="`true`: of its type, this one. It can't be taken away from an account."
    )
    account_name: AccountName | None = Field(default=None, description="`null`: Amazon's own again.")
    status: Literal["connected", "active", "disconnected"] = Field(
        default="connected",
        description="`disconnected`: it is not synced any more. `active`: as `connected`.",
    )

    @model_validator(mode="after")
    def _something(self) -> "AccountChangeBody":
        if not self.model_fields_set:
            raise ValueError("says nothing to change: send is_default, account_name or status")
        return self

    def change(self) -> Change:
        """The same for the domain."""
        sent = self.model_fields_set
        return Change(
            is_default=self.is_default if "is_default" in sent else UNSAID,
            name=self.account_name if "account_name" in sent else UNSAID,
            is_connected=self.status != "disconnected" if "status" in sent else UNSAID,
        )


class AccountBatchBody(Body):
    """One deed on many accounts."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"operation": {"const": "update"}}},
            "then": {"required": ["updates"], "properties": {"updates": {"type": "object"}}},
        }
    )

    operation: Literal["sync", "disconnect", "update"]
    account_ids: list[Any] = Field(
        min_length=1,
        max_length=MOST_ACCOUNTS,
        description="Our ids. What is none has an error in its row, and does not stop the others.",
    )
    updates: AccountChangeBody | None = Field(default=None, description="What to change, with `update`.")

    @model_validator(mode="after")
    def _fit(self) -> "AccountBatchBody":
        if self.operation == "update" and self.updates is None:
            raise ValueError("updates are missing: say what to change")
        return self


@bp.get("/amazon-ads-accounts")
@described(
    "Advertising accounts",
    gives(ListedAccountsAnswer, "A page of them, and what could not be read."),
    query=PageQuery,
    errors=("not_found", *of_channel("ads")),
)
def ads_accounts() -> ResponseReturnValue:
    """The global accounts, fetched from Amazon with the first page of the answer.

    Without a cursor they are fetched to the last page, and kept; a cursor goes on in what is kept.
    """
    return _listed_anew(AccountType.ADS_ACCOUNT, query(PageQuery))


@bp.get("/amazon-profiles")
@described(
    "Advertising accounts",
    gives(ListedAccountsAnswer, "A page of them, and what could not be read."),
    query=PageQuery,
    errors=("not_found", *of_channel("ads")),
)
def profiles() -> ResponseReturnValue:
    """The profiles of all regions, fetched from Amazon with the first page of the answer."""
    return _listed_anew(AccountType.PROFILE, query(PageQuery))


@bp.get("/amazon-dsp-accounts")
@described(
    "Advertising accounts",
    gives(ListedAccountsAnswer, "A page of them, and what could not be read."),
    query=AdvertisersQuery,
    errors=("not_found", *of_channel("ads")),
)
def dsp_accounts() -> ResponseReturnValue:
    """The advertisers of DSP, fetched from Amazon with the first page of the answer.

    Of one agency's profile or of all: 404 for a profile that is not there, 400 for one that is no agency's.
    """
    asked = query(AdvertisersQuery)
    return _listed_anew(AccountType.DSP_ADVERTISER, asked, asked.profile_id)


@bp.get("")
@described("Advertising accounts", listed(AccountAnswer, "A page of them, by name."), query=AccountsQuery)
def accounts() -> ResponseReturnValue:
    """The accounts that are kept. Asks nobody."""
    asked = query(AccountsQuery)
    return _page(asked, asked.type)


@bp.get("/health")
@described("Advertising accounts", gives(AccountsHealthAnswer, "In all, and each by itself."))
def health() -> ResponseReturnValue:
    """How the accounts do. Asks nobody; up to 5,000 of them are shown."""
    found = services().ads_accounts.health.of(user().id)
    return health_json(found)


@bp.post("/batch")
@described(
    "Advertising accounts",
    gives(BatchAnswer, "An outcome for each, in the order asked."),
    body=AccountBatchBody,
    example={"operation": "sync", "account_ids": ["7c1e4b0a-52d1-4d0e-9f55-0c8f1a6f2b11"]},
)
def batch() -> ResponseReturnValue:
    """One deed on up to two hundred accounts, each with an outcome of its own.

    What was done stays done, and it can be sent again. ``sync`` has the accounts listed again, and what is due of
    theirs fetched.
    """
    asked = body(AccountBatchBody)
    change = asked.updates.change() if asked.updates is not None else Change()
    outcomes = services().ads_accounts.batch.carry_out(
        user(), visitor(), Operation(asked.operation), [_id(each) for each in asked.account_ids], change
    )
    return batch_json(asked.account_ids, outcomes)


@bp.get("/<uuid:account_id>")
@described("Advertising accounts", gives(AccountAnswer, "The account."), path=_ACCOUNT)
def account(account_id: UUID) -> ResponseReturnValue:
    """One account."""
    shelf = services().ads_accounts.desk.one(user().id, AccountId(account_id))
    return account_json(shelf.accounts[0], shelf)


@bp.patch("/<uuid:account_id>")
@described(
    "Advertising accounts",
    gives(AccountAnswer, "The account as it is now."),
    body=AccountChangeBody,
    example={"account_name": "Harbour Goods, Europe"},
    path=_ACCOUNT,
)
def change(account_id: UUID) -> ResponseReturnValue:
    """Change what was sent of an account, as a whole or not at all."""
    desk = services().ads_accounts.desk
    mine = desk.one(user().id, AccountId(account_id)).accounts[0]
    shelf = desk.change(user(), visitor(), mine.id, body(AccountChangeBody).change())
    return account_json(shelf.accounts[0], shelf)


def _listed_anew(kind: AccountType, asked: PageQuery, profile_id: str | None = None) -> ListedAccountsAnswer:
    """Fetched to the last page and kept, then listed; a cursor goes on in what is kept."""
    troubles: list[Part] = []
    if asked.cursor is None:
        troubles = services().ads_accounts.desk.list_anew(user().id, kind, profile_id)
    kept = _page(asked, kind, profile_id)
    told = [listing_error(each.region, each.trouble) for each in troubles if each.trouble is not None]
    return {**kept, "problems": told}


def _page(asked: PageQuery, kind: AccountType | None, agency: str | None = None) -> AccountsAnswer:
    after = _mark(asked.cursor)
    shelf = services().ads_accounts.desk.shelf(
        user().id, kind=kind, agency=agency, after=after, limit=asked.limit + 1
    )
    page = shelf.accounts[: asked.limit]
    more = len(shelf.accounts) > asked.limit
    return {
        "items": [account_json(each, shelf) for each in page],
        "next_cursor": paging.encode(page[-1].name, str(page[-1].id)) if more else None,
    }


def _mark(cursor: str | None) -> tuple[str, AccountId] | None:
    if cursor is None:
        return None
    name, identity = paging.decode(cursor, 2)
    return name, AccountId(paging.as_id(identity))


def _id(given: object) -> AccountId | None:
    """The id that was given; ``None`` for what is none."""
    try:
        return (
            AccountId(UUID(given)) if isinstance(given, str) and len(given) == len(str(UUID(int=0))) else None
        )
    except ValueError:
        return None
