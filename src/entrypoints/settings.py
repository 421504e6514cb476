"""Settings: read once from the environment and ``.env``, checked as a whole, every fault named at once."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict
from pydantic_settings.sources import PydanticBaseSettingsSource

from domain.hosts import is_loopback
from entrypoints.setting_values import (
    ApplicationId,
    AwsRegion,
    ClientId,
    ClientSecret,
    ClientSecrets,
    DatabaseUrl,
    Email,
    KeyRingText,
    OutboundUrl,
    PublicUrl,
    RedisUrl,
    RefreshToken,
    RegionalBaseUrl,
    RoleArn,
    Secret,
    ShopifyScopes,
    WholeRegionalUrl,
    Word,
    lower,
    shop_domain,
    upper,
)

#: Below this many minutes, a seller with a few marketplaces asks faster than Amazon's usage plans refill.
SAFE_SYNC_MINUTES = 10
#: As many characters as a signing key needs so that nobody guesses it.
SECRET_KEY_CHARACTERS = 32


@dataclass(frozen=True)
class Problem:
    """One variable and what to do about it. The value is never repeated: it may be a secret."""

    variable: str
    message: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.message}"


class SettingsError(Exception):
    """The settings can't be used; only the operator can mend that. ``problems`` has one entry per variable."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def _tries_out(data: dict[str, Any]) -> bool:
    """Whether nobody has brought an Amazon client along: then the embedded Amazon answers."""
    clients = (data.get("amazon_lwa_app_id"), data.get("amazon_ads_client_id"))
    return data.get("portside_env") == "development" and not any(clients)


class Settings(BaseSettings):
    """Every setting under its variable's name in lower case, units in the names. Made by :func:`load_settings`.

    Defaults that follow from another setting are worked out from the fields above them.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    portside_env: Annotated[Literal["development", "production", "test"], lower] = "development"
    portside_instance: Path = Path("instance")
    database_url: DatabaseUrl = Field(
        default_factory=lambda data: SecretStr(f"sqlite:///{data['portside_instance'] / 'portside.db'}")
    )
    redis_url: RedisUrl | None = None
    secret_key: Secret | None = None
    token_encryption_keys: KeyRingText | None = None
    public_url: PublicUrl = "http://127.0.0.1:5000"
    frontend_url: PublicUrl = Field(default_factory=lambda data: data["public_url"])
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0

    amazon_app_id: ApplicationId | None = None
    amazon_app_draft: bool = False
    amazon_lwa_app_id: ClientId | None = None
    amazon_lwa_client_secret: ClientSecrets | None = None
    amazon_refresh_token: RefreshToken | None = None
    amazon_seller_id: Word | None = None
    amazon_owner_email: Email | None = None
    amazon_sp_role_arn: RoleArn | None = None
    amazon_region: AwsRegion = "us-east-1"
    amazon_ads_client_id: ClientId | None = None
    amazon_ads_client_secret: ClientSecret | None = None
    amazon_notifications_queue_url: OutboundUrl | None = None
    amazon_simulator: bool = Field(default_factory=_tries_out)

    shopify_client_id: Word | None = None
    shopify_client_secret: Secret | None = None
    shopify_shop: Annotated[str, AfterValidator(shop_domain)] | None = None
    shopify_access_token: Secret | None = None
    shopify_scopes: ShopifyScopes = "read_orders,read_all_orders,read_products"

    # Kept to the letter: an issuer with a closing slash is another issuer.
    oidc_issuer: OutboundUrl | None = None
    oidc_audience: Word | None = None
    oidc_jwks_url: OutboundUrl | None = None

    retention_days: Annotated[int, Field(ge=1, le=3660)] = 548
    backfill_days: int = Field(default_factory=lambda data: min(90, data["retention_days"]), ge=1, le=730)
    sync_interval_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    sync_allow_fast: bool = False
    cache_ttl_seconds: Annotated[int, Field(ge=0, le=86_400)] = 300
    scheduler: bool = True
    worker_threads: Annotated[int, Field(ge=1, le=128)] = 8
    event_streams: Annotated[int, Field(ge=0, le=10_000)] = 200
    ads_reports_per_minute: Annotated[int, Field(ge=1, le=6000)] = 120
    report_poll_seconds: Annotated[float, Field(ge=0.01, le=3600, allow_inf_nan=False)] = 20
    http_timeout_seconds: Annotated[float, Field(ge=0.1, le=600, allow_inf_nan=False)] = 30

    lwa_token_url: WholeRegionalUrl | None = None
    ads_token_url: WholeRegionalUrl | None = None
    ads_consent_url: WholeRegionalUrl | None = None
    sp_api_url: RegionalBaseUrl | None = None
    ads_api_url: RegionalBaseUrl | None = None
    sts_url: RegionalBaseUrl | None = None
    shopify_url: RegionalBaseUrl | None = None
    seller_central_url: RegionalBaseUrl | None = None

    log_format: Annotated[Literal["text", "json"], lower] | None = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], upper] = "INFO"
    otel_exporter_otlp_endpoint: PublicUrl | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in: load_settings says which environment and which file, tests say their own."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def is_production(self) -> bool:
        """Whether real sellers depend on this process."""
        return self.portside_env == "production"

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is a file, for one process that serves."""
        return self.database_url.get_secret_value().startswith("sqlite")

    @property
    def amazon_lwa_client_secrets(self) -> tuple[str, ...]:
        """AMAZON_LWA_CLIENT_SECRET, part by part: the new one first."""
        given = self.amazon_lwa_client_secret
        return tuple(given.get_secret_value().split(",")) if given else ()

    @property
    def missing_lwa_client(self) -> tuple[str, ...]:
        """The variables without which there is no LWA client of this installation."""
        pair = ("amazon_lwa_app_id", "amazon_lwa_client_secret")
        return tuple(name.upper() for name in pair if getattr(self, name) is None)

    @property
    def missing_ads_client(self) -> tuple[str, ...]:
        """The variables without which no advertiser can be asked for consent."""
        pair = ("amazon_ads_client_id", "amazon_ads_client_secret")
        return tuple(name.upper() for name in pair if getattr(self, name) is None)

    @property
    def shopify_scope_list(self) -> tuple[str, ...]:
        """SHOPIFY_SCOPES, one by one."""
        return tuple(self.shopify_scopes.split(","))

    @property
    def missing_shopify_client(self) -> tuple[str, ...]:
        """The variables without which no store's owner can be asked for consent."""
        pair = ("shopify_client_id", "shopify_client_secret")
        return tuple(name.upper() for name in pair if getattr(self, name) is None)

    def redirect_uri(self, channel: Literal["amazon", "ads", "shopify"]) -> str:
        """Where a channel's consent page sends the browser back to; it is registered with the channel's application."""
        return f"{self.public_url}/api/v1/{channel}/oauth/callback"

    @property
    def frontend_origin(self) -> str:
        """The one origin that may call us from a browser: FRONTEND_URL without its path."""
        parts = urlsplit(self.frontend_url)
        return f"{parts.scheme}://{parts.netloc}"


def load_settings(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings of this process. The environment wins over ``.env`` in the folder; an empty value counts as unset.

    Args:
        environ: Variables; those of the process by default.
        folder: Where ``.env`` is looked for and relative instance folders begin; the working directory by default.

    Raises:
        SettingsError: some variables are wrong or missing; all of them are listed, for the operator to mend.
    """
    home = (folder or Path.cwd()).absolute()
    given = _given(os.environ if environ is None else environ, home)
    given["portside_instance"] = str(home / Path(given.get("portside_instance", "instance")).expanduser())
    faults: dict[str, str] = {}
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        faults = _own_faults(error)
        # The rest is still looked at as a whole, so that one start tells everything there is to mend.
        sound = {name: value for name, value in given.items() if name.upper() not in faults}
        settings = Settings.model_validate(sound)
    for problem in _contradictions(settings):
        faults.setdefault(problem.variable, problem.message)
    if faults:
        raise SettingsError(tuple(Problem(variable, faults[variable]) for variable in sorted(faults)))
    return settings


def _given(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What is set, by field name. Secrets as issued keep the blanks around them, to be pointed out."""
    try:
        values = dict(DotEnvSettingsSource(Settings, env_file=folder / ".env", env_file_encoding="utf-8")())
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(".env", "can't be read; it must be a UTF-8 text file that this user may read")
        raise SettingsError((problem,)) from error
    for name in Settings.model_fields:
        if environ.get(name.upper(), "").strip():
            values[name] = environ[name.upper()]
    given = {name: value for name, value in values.items() if value and value.strip()}
    issued = ("_secret", "_token", "secret_key")
    return {name: value if name.endswith(issued) else value.strip() for name, value in given.items()}


#: What pydantic finds, in our words: short, with the mend, without the value.
_MENDS = {
    "value_error": "{error}",
    "literal_error": "must be {expected}",
    "bool_parsing": "must be true or false (on and off do as well)",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
}


def _own_faults(error: ValidationError) -> dict[str, str]:
    """What is wrong with each variable itself: not the defaults that could not be worked out because of it."""
    return {
        str(detail["loc"][0]).upper(): _MENDS.get(detail["type"], "is not valid").format(
            **detail.get("ctx", {})
        )
        for detail in error.errors(include_input=False, include_url=False)
        if detail["type"] != "default_factory_not_called"
    }


#: variable, and the one that it is worth nothing without
_NEEDS = (
    ("amazon_lwa_app_id", "amazon_lwa_client_secret"),
    ("amazon_lwa_client_secret", "amazon_lwa_app_id"),
    ("amazon_ads_client_id", "amazon_ads_client_secret"),
    ("amazon_ads_client_secret", "amazon_ads_client_id"),
    ("amazon_refresh_token", "amazon_seller_id"),
    ("amazon_seller_id", "amazon_refresh_token"),
    ("shopify_client_id", "shopify_client_secret"),
    ("shopify_client_secret", "shopify_client_id"),
    ("shopify_access_token", "shopify_shop"),
    # Without an audience, a token made for any other application of the same issuer would open this one.
    ("oidc_issuer", "oidc_audience"),
    ("oidc_audience", "oidc_issuer"),
    ("oidc_jwks_url", "oidc_issuer"),
)


def _contradictions(settings: Settings) -> Iterator[Problem]:
    """What is wrong between variables that are fine one by one."""
    for name, partner in _NEEDS:
        if getattr(settings, name) is not None and getattr(settings, partner) is None:
            yield Problem(partner.upper(), f"is missing: {name.upper()} is set and needs it")
    if settings.shopify_shop and not settings.shopify_access_token and not settings.shopify_client_id:
        yield Problem("SHOPIFY_ACCESS_TOKEN", "is missing: SHOPIFY_SHOP needs it, or a client id and secret")
    if settings.sync_interval_minutes < SAFE_SYNC_MINUTES and not settings.sync_allow_fast:
        reason = "Amazon's rate limits refill too slowly for less; SYNC_ALLOW_FAST=true takes that risk"
        yield Problem("SYNC_INTERVAL_MINUTES", f"must be at least {SAFE_SYNC_MINUTES}: {reason}")
    if "backfill_days" in settings.model_fields_set and settings.backfill_days > settings.retention_days:
        yield Problem("BACKFILL_DAYS", "must not exceed RETENTION_DAYS: the rest would be purged at once")
    if settings.is_production:
        yield from _not_fit_for_production(settings)


def _not_fit_for_production(settings: Settings) -> Iterator[Problem]:
    required = "is required in production; `portside keys generate` prints a good one"
    if settings.secret_key is None:
        yield Problem("SECRET_KEY", required)
    elif len(settings.secret_key.get_secret_value()) < SECRET_KEY_CHARACTERS:
        yield Problem("SECRET_KEY", f"must have at least {SECRET_KEY_CHARACTERS} characters in production")
    if settings.token_encryption_keys is None:
        yield Problem("TOKEN_ENCRYPTION_KEYS", required)
    if settings.amazon_simulator:
        yield Problem("AMAZON_SIMULATOR", "is refused in production, where sellers are real; set it to off")
    for name, url in (("PUBLIC_URL", settings.public_url), ("FRONTEND_URL", settings.frontend_url)):
        if urlsplit(url).scheme == "http" and not is_loopback(urlsplit(url).hostname):
            yield Problem(name, "must begin with https:// in production, except on a loopback host")
