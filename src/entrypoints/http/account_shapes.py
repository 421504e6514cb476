"""Advertising accounts as JSON: what they are, how they do, and what became of a deed on many."""

from collections.abc import Sequence
from typing import NotRequired

from domain.ads.accounts import Account, AccountType, FoundAccount, Owner
from domain.ads.batch import Outcome
from domain.ads.desk import Shelf
from domain.ads.health import AccountHealth, AccountStanding, AdsHealth, AdsVerdict, standing
from domain.errors import PortsideError
from domain.marketplaces import Region
from entrypoints.http.answer_types import Answer, Anything, RowError, Uuid, When
from entrypoints.http.errors import row_error
from entrypoints.http.shapes import FailureAnswer, failure_json, moment


class LinkedProfileAnswer(Answer):
    """One country of a global account."""

    country_code: str
    profile_id: str | None
    entity_id: str | None


class AmazonIdAnswer(Answer):
    """Amazon's id, by the type of the account. It is a text: some are numbers too large for a browser."""

    ads_account_id: NotRequired[str]
    profile_id: NotRequired[str]
    dsp_advertiser_id: NotRequired[str]


class AccountAnswer(AmazonIdAnswer):
    """An account as Amazon tells it, and as the user has it. Countries have their ISO codes."""

    id: Uuid
    type: AccountType
    account_name: str
    """The user's name for it, else Amazon's, else its id."""
    region: Region
    """`world` for a global account."""
    country_code: str | None
    country_codes: list[str]
    currency_code: str | None
    time_zone: str | None
    marketplace_id: str | None
    account_type: Owner | None
    """Whose a profile is."""
    account_sub_type: str | None
    agency_profile_id: str | None
    """The profile through which an advertiser of DSP is seen."""
    status: AccountStanding
    amazon_status: str
    """Amazon's own word; of a profile, whether the user may `edit` or only `view` it."""
    problems: dict[str, str]
    """Amazon's words to each country that can't be used."""
    is_default: bool
    """Whether it is the one of its type that is meant when none is named."""
    linked_profiles: list[LinkedProfileAnswer]
    """Of a global account."""
    created_at: When
    gone_since: When | None
    """Amazon has not named it since then; its data stays."""
    last_synced_at: When | None
    """As of when its figures are here; of what has none, when Amazon last listed it."""
    last_error: FailureAnswer | None


class AccountsAnswer(Answer):
    """A page of accounts."""

    items: list[AccountAnswer]
    next_cursor: str | None


class ListingErrorAnswer(RowError):
    """A listing that could not be read to its last page; what came is kept."""

    region: Region


class ListedAccountsAnswer(AccountsAnswer):
    """The same, and what could not be read."""

    problems: list[ListingErrorAnswer]


class TokenAnswer(Answer):
    """The grant, and the access token, which is renewed unasked when it expires."""

    valid: bool
    """Whether Amazon honours the grant, as far as is known."""
    expires_at: When | None


class AccountHealthAnswer(Answer):
    """How one account does."""

    id: Uuid
    type: AccountType
    account_name: str
    status: AccountStanding
    token: TokenAnswer
    last_synced_at: When | None
    reauthorization_required: bool
    reason: str


class AccountsHealthAnswer(Answer):
    """How all of them do."""

    status: AdsVerdict
    """`degraded`: something needs a look. `error`: nothing can be fetched."""
    reason: str
    accounts: list[AccountHealthAnswer]


class OutcomeAnswer(Answer):
    """What became of one account."""

    account_id: Anything
    """As it was given."""
    ok: bool
    error: NotRequired[RowError]


class BatchAnswer(Answer):
    """What became of each account, in the order asked."""

    results: list[OutcomeAnswer]
    succeeded: int
    failed: int


def account_json(account: Account, shelf: Shelf) -> AccountAnswer:
    """An account as Amazon tells it, and as the user has it."""
    found = account.found
    return {
        "id": str(account.id),
        "type": found.type,
        "account_name": account.name,
        **_amazon_id(found),
        "region": found.region,
        "country_code": found.country_code,
        "country_codes": list(found.countries),
        "currency_code": found.currency_code,
        "time_zone": found.time_zone,
        "marketplace_id": found.marketplace_id,
        "account_type": found.owner,
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


def listing_error(region: Region, error: PortsideError) -> ListingErrorAnswer:
    """Why a listing came to nothing."""
    return {"region": region, **row_error(error)}


def health_json(health: AdsHealth) -> AccountsHealthAnswer:
    """How all accounts do."""
    return {
        "status": health.verdict,
        "reason": health.reason,
        "accounts": [_health(each) for each in health.accounts],
    }


def batch_json(given: Sequence[object], outcomes: Sequence[Outcome]) -> BatchAnswer:
    """What became of each account, named as it was given."""
    failed = sum(each.error is not None for each in outcomes)
    return {
        "results": [_outcome(name, each) for name, each in zip(given, outcomes, strict=True)],
        "succeeded": len(outcomes) - failed,
        "failed": failed,
    }


def _amazon_id(found: FoundAccount) -> AmazonIdAnswer:
    match found.type:
        case AccountType.ADS_ACCOUNT:
            return {"ads_account_id": found.amazon_id}
        case AccountType.PROFILE:
            return {"profile_id": found.amazon_id}
        case AccountType.DSP_ADVERTISER:
            return {"dsp_advertiser_id": found.amazon_id}


def _outcome(given: object, outcome: Outcome) -> OutcomeAnswer:
    if outcome.error is None:
        return {"account_id": given, "ok": True}
    return {"account_id": given, "ok": False, "error": row_error(outcome.error)}


def _health(health: AccountHealth) -> AccountHealthAnswer:
    found = health.account.found
    return {
        "id": str(health.account.id),
        "type": found.type,
        "account_name": health.account.name,
        "status": health.status,
        "token": {"valid": health.token.valid, "expires_at": moment(health.token.expires_at)},
        "last_synced_at": moment(health.last_synced_at),
        "reauthorization_required": health.reauthorization_required,
        "reason": health.reason,
    }
