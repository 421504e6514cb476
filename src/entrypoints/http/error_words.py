"""What each error code means, and what whoever gets it may do: docs/reference/errors.md is made of it."""

from dataclasses import dataclass

from domain.channels.table import STORE_CHANNELS
from domain.connections.model import Provider


@dataclass(frozen=True)
class ErrorWords:
    """Of one code."""

    meaning: str
    mend: str


def _of_stores(provider: Provider) -> dict[str, ErrorWords]:
    """Those of a channel whose connections are stores of the seller's own."""
    name, label = provider.channel, provider.label
    return {
        f"{name}_not_connected": ErrorWords(
            "no store is connected that could be used",
            f"connect a store (`GET /api/v1/{name}/oauth/authorize`)",
        ),
        f"{name}_reauthorization_required": ErrorWords(
            "the application was uninstalled, or its access has run out: only a new consent helps",
            "the store's owner connects it again",
        ),
        f"{name}_access_denied": ErrorWords(
            f"{label} refused; `details.role` names the missing scope where that is known",
            "the operator adds the scope to the application, then the owner connects the store again",
        ),
        f"{name}_error": ErrorWords(
            f"the store's {label} failed or refused, or its answer can't be right; "
            f"`details.channel_request_id` is {label}'s own",
            f"send it again in a minute; {label}'s support wants its request id",
        ),
        f"{name}_timeout": ErrorWords(
            "the store did not answer in time",
            "send it again in a minute",
        ),
    }


ERROR_WORDS = {
    "invalid_request": ErrorWords(
        "`details.fields` names each bad field and what is wrong with it",
        "correct what is named, and send it again",
    ),
    "unauthenticated": ErrorWords(
        "nobody is logged in, the session has ended, or the API key or token is no good",
        "log in, or show a good key or token",
    ),
    "invalid_credentials": ErrorWords(
        "e-mail or password is wrong; which of them is never said",
        "try again with the right ones; ten failures in a quarter of an hour shut the door",
    ),
    "forbidden": ErrorWords(
        "logged in, but not entitled to this",
        "let somebody do it who may: a person in place of a program, for one",
    ),
    "cross_site_request": ErrorWords(
        "another site made the browser send this",
        "call from `FRONTEND_URL`'s origin, or with an API key",
    ),
    "amazon_not_connected": ErrorWords(
        "no seller account is connected that could be used",
        "connect a seller (`GET /api/v1/amazon/oauth/authorize`)",
    ),
    "amazon_reauthorization_required": ErrorWords(
        "the seller has revoked the consent, or it has run out: only a new one helps",
        "the seller connects again",
    ),
    "amazon_access_denied": ErrorWords(
        "Amazon refused; `details.role` names the missing role where that is known",
        "the operator gives the application that role, then the seller connects again",
    ),
    "ads_not_connected": ErrorWords(
        "Amazon Ads is not connected, or can't be used",
        "connect Amazon Ads (`GET /api/v1/ads/oauth/authorize`)",
    ),
    "ads_reauthorization_required": ErrorWords(
        "the user has revoked the consent to advertising: only a new one helps",
        "the user connects Amazon Ads again",
    ),
    "ads_access_denied": ErrorWords(
        "Amazon Ads refused: the user who gave the consent may not do this, or not with this profile",
        "have that user given access in the advertising console",
    ),
    "not_found": ErrorWords(
        "it does not exist, or it is somebody else's",
        "look at the id or the address",
    ),
    "method_not_allowed": ErrorWords(
        "the `Allow` header lists what is",
        "use one of those",
    ),
    "conflict": ErrorWords(
        "it contradicts what is there, such as an e-mail that is taken",
        "read what is there, and decide anew",
    ),
    "payload_too_large": ErrorWords(
        "more than 1 MiB",
        "send less at once",
    ),
    "unsupported_media_type": ErrorWords(
        "the body is not called JSON",
        "send `Content-Type: application/json`",
    ),
    "rate_limited": ErrorWords(
        "ours or Amazon's; come back after `Retry-After` seconds",
        "wait for so long, then send it again",
    ),
    "internal_error": ErrorWords(
        "our fault; the log has the cause under this `request_id`",
        "send it again once; if it stays, report it with its `request_id`",
    ),
    "amazon_error": ErrorWords(
        "Amazon failed, or its answer can't be right; `details.channel_request_id` is Amazon's own",
        "send it again in a minute; Amazon's support wants its request id",
    ),
    "ads_error": ErrorWords(
        "Amazon Ads failed or refused, or its answer can't be right; `details.channel_request_id` is "
        "Amazon's own",
        "send it again in a minute; Amazon's support wants its request id",
    ),
    "configuration_error": ErrorWords(
        "the operator has to set something; `details.missing` names the variables",
        "the operator sets what is named; nobody has to connect again",
    ),
    "unavailable": ErrorWords(
        "not at the moment: the database is away, the process is stopping, or the identity provider "
        "can't be asked for its keys",
        "send it again in a moment, or after `Retry-After` seconds where it is there",
    ),
    "amazon_timeout": ErrorWords(
        "Amazon did not answer in time",
        "send it again in a minute",
    ),
    "ads_timeout": ErrorWords(
        "Amazon Ads did not answer in time",
        "send it again in a minute",
    ),
} | {code: words for provider in STORE_CHANNELS for code, words in _of_stores(provider).items()}
