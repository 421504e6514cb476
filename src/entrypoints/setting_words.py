"""What each setting means, in words: docs/reference/settings.md is made of them and of ``Settings`` itself."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Of one setting. Links lead from ``docs/``. ``default`` is said where the field does not tell it."""

    meaning: str
    default: str = ""


@dataclass(frozen=True)
class Group:
    """Settings that are about the same, by their names as fields."""

    title: str
    words: Mapping[str, Words]
    about: str = ""


_INSTALLATION = {
    "portside_env": Words(
        "Production insists on its own secrets and on https, and refuses the embedded Amazon.",
    ),
    "portside_instance": Words(
        "The folder for what this installation keeps: the SQLite file and, outside production, generated "
        "secrets. Only its owner may enter.",
        default="`./instance`",
    ),
    "database_url": Words(
        "`sqlite:///path` or `postgresql://user:password@host/name`. PostgreSQL is spoken to by psycopg "
        "3; `postgres://` is understood. More than one web process needs PostgreSQL, and its login [two "
        "roles](operations.md#postgresqls-roles).",
        default="`portside.db` in the instance folder",
    ),
    "redis_url": Words(
        "`redis://`, `rediss://` or `unix://`, of Redis or Valkey. When set, all processes share usage "
        "plans and answers about products through it; otherwise the database shares the plans, and each "
        "process keeps answers in its own memory. It may be lost at any time "
        "([operations](operations.md#redis)). Needs `portside[redis]`.",
    ),
    "secret_key": Words(
        "Signs session cookies. In production it is required, with 32 characters or more.",
        default="generated once",
    ),
    "token_encryption_keys": Words(
        "The key ring for stored tokens and secrets: `kid:base64(32 bytes)`, separated by commas. The "
        "first key encrypts, all of them decrypt. Required in production; `portside keys generate` "
        "prints a new entry. Unset, the ring is the file `token_keys` in the instance folder, and the "
        "only setting that may change [while Portside runs](operations.md#keys).",
        default="generated once",
    ),
    "public_url": Words(
        "Where browsers reach this backend. Redirect URIs are built from it, so it must be what you "
        "registered with Amazon and Shopify.",
    ),
    "trusted_proxies": Words(
        "How many reverse proxies stand in front: as many addresses at the end of `X-Forwarded-For` are "
        "believed, and `X-Forwarded-Proto`; with 0, neither is ([deploying.md](deploying.md#proxies)).",
    ),
    "frontend_url": Words(
        "Where a browser goes after it has given its consent. Its origin is the only one that may call "
        "Portside from another site's page.",
        default="as `PUBLIC_URL`",
    ),
    "log_level": Words(
        "How much is logged on stderr. Commands say their result or their failure, and log with `DEBUG` "
        "only.",
    ),
    "log_format": Words(
        "How lines on stderr look.",
        default="`text` on a terminal, else `json`",
    ),
    "otel_exporter_otlp_endpoint": Words(
        "A collector of OpenTelemetry's, such as `http://127.0.0.1:4318`: spans go to `/v1/traces` "
        "there, and log lines carry `trace_id` ([deploying.md](deploying.md#opentelemetry)). Needs "
        "`portside[otel]`.",
    ),
}

_AMAZON = {
    "amazon_app_id": Words(
        "The SP-API application's id, `amzn1.sp.solution.…`; the consent page asks for it.",
    ),
    "amazon_app_draft": Words(
        "The application is still a draft: the consent page is asked for its beta version.",
    ),
    "amazon_lwa_app_id": Words(
        "The application's Login with Amazon client id. Goes together with its secret.",
    ),
    "amazon_lwa_client_secret": Words(
        "The client secret to it. Amazon wants a new one every 180 days; while it accepts two of them, "
        "both may stand here, separated by a comma, the new one first "
        "([operations](operations.md#the-client-secret)).",
    ),
    "amazon_refresh_token": Words(
        "A self-authorised connection: the token that Seller Central shows. Goes together with the "
        "seller id.",
    ),
    "amazon_seller_id": Words(
        "The seller whom that token belongs to.",
    ),
    "amazon_owner_email": Words(
        "The user who gets the connections from the environment.",
        default="the first user",
    ),
    "amazon_sp_role_arn": Words(
        "An IAM role, `arn:aws:iam::…:role/…`. When set, Portside assumes it at AWS, with the seller's "
        "id as external id, and signs every SP-API request with it (Signature Version 4); a connection's "
        "own role comes first. Amazon has not asked for signatures since October 2023: set it only where "
        "a proxy on the way wants them. Needs `portside[aws]` and AWS credentials, which come the usual "
        "way (`AWS_ACCESS_KEY_ID` and its kin).",
    ),
    "amazon_region": Words(
        "The AWS region for assuming that role, and of the queue where its address does not say it. "
        "Requests are signed for the AWS region that the seller's region lives in, whatever this says.",
    ),
    "amazon_notifications_queue_url": Words(
        "An SQS queue, for Portside alone, that Amazon sends its notifications to: new client secrets "
        "are taken from it, and orders that have changed are synced soon ([operations](operations.md#the-notifications-queue)). Needs `portside[aws]` "
        "and AWS credentials.",
    ),
    "amazon_simulator": Words(
        "The embedded Amazon answers in place of the real one. It is `on` in development as long as "
        "neither `AMAZON_LWA_APP_ID` nor `AMAZON_ADS_CLIENT_ID` is set, and `off` otherwise. The Ads API "
        "is a part of it, unless `ADS_API_URL`, `ADS_CONSENT_URL` or `ADS_TOKEN_URL` is set. A Shopify "
        "answers beside it, unless `SHOPIFY_CLIENT_ID`, `SHOPIFY_SHOP` or `SHOPIFY_URL` is set. Refused "
        "in production.",
        default="`on` while nothing real is set",
    ),
}

_OTHERS = {
    "amazon_ads_client_id": Words(
        "The Login with Amazon client id of the security profile that Amazon has given access to the Ads "
        "API ([advertising.md](advertising.md)). Goes together with its secret.",
    ),
    "amazon_ads_client_secret": Words(
        "The client secret to it. Amazon has no end for it, unlike for a seller's application.",
    ),
    "shopify_client_id": Words(
        "The Shopify application's client id. Goes together with its secret.",
    ),
    "shopify_client_secret": Words(
        "The client secret to it; Shopify also signs its webhooks with it.",
    ),
    "shopify_shop": Words(
        "One store, `your-store.myshopify.com`, connected for `AMAZON_OWNER_EMAIL` or the first user "
        "([stores.md](stores.md#the-environment)). It needs the access token, or the client id and "
        "secret.",
    ),
    "shopify_access_token": Words(
        "An older, permanent access token of that store.",
    ),
    "shopify_scopes": Words(
        "What stores' owners are asked for. Shopify refuses a consent that asks for a scope which the "
        "application was not granted: take `read_all_orders` away until it was "
        "([stores.md](stores.md#the-consent-page)).",
    ),
    "oidc_issuer": Words(
        "An OpenID Connect issuer whose tokens log users in "
        "([operations](operations.md#log-in-by-your-identity-provider)). To the letter, closing slash "
        "included: what it calls itself in its tokens. Goes together with the audience.",
    ),
    "oidc_audience": Words(
        "Whom those tokens must be made for: what stands in their `aud`, or in their `azp` where they "
        "have no `aud` (Clerk). Without it, a token for any other application of the same issuer would "
        "be let in.",
    ),
    "oidc_jwks_url": Words(
        "Where the issuer's public keys are (JWKS). Set it where the issuer has no "
        "`/.well-known/openid-configuration`.",
        default="asked from the issuer",
    ),
}

_WORK = {
    "backfill_days": Words(
        "How much history is fetched after a first connection, in days; one at least, by which it is known "
        "since when the orders of each marketplace are here.",
        default="`90`, or `RETENTION_DAYS` if that is less",
    ),
    "retention_days": Words(
        "The age, in days, at which synced rows are purged "
        "([operations.md](operations.md#how-long-data-is-kept)). Daily sums stay.",
    ),
    "sync_interval_minutes": Words(
        "How often a connection is synced in the background, in minutes; below 10 only with "
        "`SYNC_ALLOW_FAST`.",
    ),
    "sync_allow_fast": Words(
        "Allows an interval below 10 minutes, at the risk of running into Amazon's rate limits.",
    ),
    "cache_ttl_seconds": Words(
        "How long answers are kept: Amazon's to product questions (eligibility, fees, inbound "
        "shipments), and [dashboards'](operations.md#what-a-dashboard-costs), which a change of the "
        "figures outdates at once. 0 keeps none.",
    ),
    "scheduler": Words(
        "`off` means that this process does no background work: a server then leaves it to [`portside "
        "worker`](deploying.md#the-processes).",
    ),
    "event_streams": Words(
        "How many [event streams](operations.md#event-streams) this process carries at once. `portside "
        "serve` has a thread for each, and 64 more.",
    ),
    "worker_threads": Words(
        "How many syncs this process does at once.",
    ),
    "ads_reports_per_minute": Words(
        "How many reports a minute are asked for of Amazon Ads, for each consent and region. Thirty more "
        "may be asked for at once. Amazon publishes no limit, and its refusals are obeyed with [growing "
        "waits](operations.md#calls-to-the-ads-api); it lets those ask for more who spend more on ads "
        "([advertising.md](advertising.md)).",
    ),
    "report_poll_seconds": Words(
        "The first wait for a report that was asked for; later waits grow to fifteen times that. "
        "Advertising reports are looked at after three times that, and at most every fifteen times. "
        "After a failure the first wait is three times as long, and doubles.",
    ),
    "http_timeout_seconds": Words(
        "How long Portside waits for others to answer, in seconds.",
    ),
}

_ADDRESSES = {
    "lwa_token_url": Words(
        "Login with Amazon's token endpoint for selling partners (…`/auth/o2/token`).",
    ),
    "sp_api_url": Words(
        "The Selling Partner API.",
    ),
    "ads_api_url": Words(
        "The Amazon Ads API.",
    ),
    "ads_token_url": Words(
        "Login with Amazon's token endpoint for advertisers.",
    ),
    "sts_url": Words(
        "AWS's Security Token Service, for `AMAZON_SP_ROLE_ARN`.",
    ),
    "shopify_url": Words(
        "Shopify, in place of all stores' own addresses: a store's paths begin with its name then "
        "(`…/your-store.myshopify.com/admin/…`).",
    ),
    "seller_central_url": Words(
        "The consent page for sellers.",
    ),
    "ads_consent_url": Words(
        "The consent page for advertisers (…`/ap/oa`).",
    ),
}

#: All settings, in the order in which they are explained.
GROUPS = (
    Group(
        "The installation",
        _INSTALLATION,
    ),
    Group(
        "Amazon, as a selling partner",
        _AMAZON,
    ),
    Group(
        "Amazon Ads, Shopify and other people's logins",
        _OTHERS,
    ),
    Group(
        "Work",
        _WORK,
    ),
    Group(
        "Addresses",
        _ADDRESSES,
        "Normally unset: then the real ones are used, by region or marketplace. Set them for a "
        "simulator, a proxy or a test double. Any of them may hold `{region}`, which becomes `na`, `eu` "
        "or `fe`; an address without it stands for all regions. Plain http is accepted for this machine "
        "only (`localhost`, `127.0.0.0/8`, `::1`), and user names, passwords, queries and fragments are "
        "refused.",
    ),
)
