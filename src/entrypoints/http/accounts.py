"""Advertising accounts: list them anew, look, change one or many, and see how they do."""

from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, Field, model_validator

from domain.ads.accounts import Account, AccountId, AccountType
from domain.ads.batch import MOST_ACCOUNTS, Operation, Outcome
from domain.ads.desk import UNSAID, Change, Shelf
from domain.ads.directory import Part
from domain.ads.health import AccountHealth, standing
from domain.errors import InvalidInput
from entrypoints.http import paging
from entrypoints.http.context import services, user, visitor
from entrypoints.http.errors import row_error
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Body, Named, body, query
from entrypoints.http.shapes import Json, failure_json, moment

bp = Blueprint("accounts", __name__, url_prefix="/api/v1/accounts")

_LONGEST_NAME = 200
_IDS = {
    AccountType.ADS_ACCOUNT: "ads_account_id",
    AccountType.PROFILE: "profile_id",
    AccountType.DSP_ADVERTISER: "dsp_advertiser_id",
}


def _readable(name: str | None) -> str | None:
    if name is not None and not name.isprintable():
        raise ValueError("has characters that can't be printed")
    return name.strip() if name is not None else None


AccountName = Annotated[str, Field(max_length=_LONGEST_NAME), AfterValidator(_readable)]


class AccountsQuery(PageQuery):
    """Which accounts to list."""

    type: AccountType | None = None


class AdvertisersQuery(PageQuery):
    """Whose advertisers: those that the profile of an agency sees."""

    profile_id: Named | None = None


class ChangeBody(Body):
    """What to change: only what is sent. A name of ``null`` is Amazon's own again."""

    is_default: bool = False
    account_name: AccountName | None = None
    status: Literal["connected", "active", "disconnected"] = "connected"

    @model_validator(mode="after")
    def _something(self) -> "ChangeBody":
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


class BatchBody(Body):
    """One deed on many accounts."""

    operation: Literal["sync", "disconnect", "update"]
    account_ids: Annotated[list[Any], Field(min_length=1, max_length=MOST_ACCOUNTS)]
    updates: ChangeBody | None = None

    @model_validator(mode="after")
    def _fit(self) -> "BatchBody":
        if self.operation == "update" and self.updates is None:
            raise ValueError("updates are missing: say what to change")
        return self


@bp.get("/amazon-ads-accounts")
def ads_accounts() -> ResponseReturnValue:
    """The global accounts, fetched from Amazon with the first page of the answer."""
    return _listed_anew(AccountType.ADS_ACCOUNT, query(PageQuery))


@bp.get("/amazon-profiles")
def profiles() -> ResponseReturnValue:
    """The profiles of all regions, likewise."""
    return _listed_anew(AccountType.PROFILE, query(PageQuery))


@bp.get("/amazon-dsp-accounts")
def dsp_accounts() -> ResponseReturnValue:
    """The advertisers of DSP, likewise."""
    asked = query(AdvertisersQuery)
    return _listed_anew(AccountType.DSP_ADVERTISER, asked, asked.profile_id)


@bp.get("")
def accounts() -> ResponseReturnValue:
    """What is kept."""
    asked = query(AccountsQuery)
    return _page(asked, asked.type)


@bp.get("/health")
def health() -> ResponseReturnValue:
    """How the accounts do."""
    found = services().ads_accounts.health.of(user().id)
    return {
        "status": found.verdict.value,
        "reason": found.reason,
        "accounts": [_health_json(each) for each in found.accounts],
    }


@bp.post("/batch")
def batch() -> ResponseReturnValue:
    """One deed on up to two hundred accounts, each with an outcome of its own."""
    asked = body(BatchBody)
    change = asked.updates.change() if asked.updates is not None else Change()
    outcomes = services().ads_accounts.batch.carry_out(
        user(), visitor(), Operation(asked.operation), [_id(each) for each in asked.account_ids], change
    )
    results = [_outcome(given, each) for given, each in zip(asked.account_ids, outcomes, strict=True)]
    failed = sum(each.error is not None for each in outcomes)
    return {"results": results, "succeeded": len(results) - failed, "failed": failed}


@bp.get("/<uuid:account_id>")
def account(account_id: UUID) -> ResponseReturnValue:
    """One account."""
    shelf = services().ads_accounts.desk.one(user().id, AccountId(account_id))
    return account_json(shelf.accounts[0], shelf)


@bp.patch("/<uuid:account_id>")
def change(account_id: UUID) -> ResponseReturnValue:
    """Change what was sent, as a whole or not at all."""
    desk = services().ads_accounts.desk
    mine = desk.one(user().id, AccountId(account_id)).accounts[0]
    shelf = desk.change(user(), visitor(), mine.id, body(ChangeBody).change())
    return account_json(shelf.accounts[0], shelf)


def account_json(account: Account, shelf: Shelf) -> Json:
    """An account as Amazon tells it, and as the user has it."""
    found = account.found
    return {
        "id": str(account.id),
        "type": found.type.value,
        "account_name": account.name,
        _IDS[found.type]: found.amazon_id,
        "region": found.region.value,
        "country_code": found.country_code,
        "country_codes": list(found.countries),
        "currency_code": found.currency_code,
        "time_zone": found.time_zone,
        "marketplace_id": found.marketplace_id,
        "account_type": found.owner.value if found.owner else None,
        "account_sub_type": found.sub_type,
        "agency_profile_id": found.agency_profile_id,
        "status": standing(account, shelf.connection_of(account)),
        "amazon_status": found.amazon_status,
        "problems": dict(found.problems),
        "is_default": account.is_default,
        "linked_profiles": [
            {"country_code": each.country_code, "profile_id": each.profile_id, "entity_id": each.entity_id}
            for each in found.linked
        ],
        "created_at": moment(account.created_at),
        "gone_since": moment(account.gone_since),
        "last_synced_at": moment(shelf.synced_at(account)),
        "last_error": failure_json(account.last_error),
    }


def _listed_anew(kind: AccountType, asked: PageQuery, profile_id: str | None = None) -> Json:
    """Fetched to the last page and kept, then listed; a cursor goes on in what is kept."""
    troubles: list[Part] = []
    if asked.cursor is None:
        troubles = services().ads_accounts.desk.list_anew(user().id, kind, profile_id)
    listed = _page(asked, kind, profile_id)
    told = [
        {"region": each.region.value, **row_error(each.trouble)}
        for each in troubles
        if each.trouble is not None
    ]
    return {**listed, "problems": told}


def _page(asked: PageQuery, kind: AccountType | None, agency: str | None = None) -> Json:
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
    try:
        return name, AccountId(UUID(identity))
    except ValueError as error:
        raise InvalidInput({"cursor": "not a cursor of this list"}) from error


def _id(given: object) -> AccountId | None:
    """The id that was given; ``None`` for what is none."""
    try:
        return (
            AccountId(UUID(given)) if isinstance(given, str) and len(given) == len(str(UUID(int=0))) else None
        )
    except ValueError:
        return None


def _outcome(given: object, outcome: Outcome) -> Json:
    row: Json = {"account_id": given, "ok": outcome.error is None}
    return row if outcome.error is None else {**row, "error": row_error(outcome.error)}


def _health_json(health: AccountHealth) -> Json:
    found = health.account.found
    return {
        "id": str(health.account.id),
        "type": found.type.value,
        "account_name": health.account.name,
        "status": health.status,
        "token": {"valid": health.token.valid, "expires_at": moment(health.token.expires_at)},
        "last_synced_at": moment(health.last_synced_at),
        "reauthorization_required": health.reauthorization_required,
        "reason": health.reason,
    }
