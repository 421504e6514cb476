"""What operators get wrong before anything runs: settings that can't be used, and variables under another name."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic_settings import DotEnvSettingsSource

from domain.hosts import is_loopback
from domain.operations.model import Finding
from entrypoints.settings import Problem, Settings, SettingsError

#: What other programs and older instructions call our settings.
OTHER_NAMES = {
    "LWA_APP_ID": "AMAZON_LWA_APP_ID",
    "LWA_CLIENT_ID": "AMAZON_LWA_APP_ID",
    "LWA_CLIENT_SECRET": "AMAZON_LWA_CLIENT_SECRET",
    "AMAZON_CLIENT_ID": "AMAZON_LWA_APP_ID",
    "AMAZON_CLIENT_SECRET": "AMAZON_LWA_CLIENT_SECRET",
    "AMAZON_LWA_CLIENT_ID": "AMAZON_LWA_APP_ID",
    "AMAZON_LWA_SECRET": "AMAZON_LWA_CLIENT_SECRET",
    "SP_API_CLIENT_ID": "AMAZON_LWA_APP_ID",
    "SP_API_CLIENT_SECRET": "AMAZON_LWA_CLIENT_SECRET",
    "SELLING_PARTNER_APP_ID": "AMAZON_APP_ID",
    "AMAZON_APPLICATION_ID": "AMAZON_APP_ID",
    "AMAZON_SP_APP_ID": "AMAZON_APP_ID",
    "SP_API_APP_ID": "AMAZON_APP_ID",
    "ADS_CLIENT_ID": "AMAZON_ADS_CLIENT_ID",
    "ADS_CLIENT_SECRET": "AMAZON_ADS_CLIENT_SECRET",
    "AMAZON_ADVERTISING_CLIENT_ID": "AMAZON_ADS_CLIENT_ID",
    "AMAZON_ADVERTISING_CLIENT_SECRET": "AMAZON_ADS_CLIENT_SECRET",
    "SP_API_REFRESH_TOKEN": "AMAZON_REFRESH_TOKEN",
    "LWA_REFRESH_TOKEN": "AMAZON_REFRESH_TOKEN",
    "REFRESH_TOKEN": "AMAZON_REFRESH_TOKEN",
    "AMAZON_REFRESH_TOKENS": "AMAZON_REFRESH_TOKEN",
    "SELLER_ID": "AMAZON_SELLER_ID",
    "SELLING_PARTNER_ID": "AMAZON_SELLER_ID",
    "AMAZON_MERCHANT_ID": "AMAZON_SELLER_ID",
    "SP_API_ROLE_ARN": "AMAZON_SP_ROLE_ARN",
    "AMAZON_ROLE_ARN": "AMAZON_SP_ROLE_ARN",
    "ROLE_ARN": "AMAZON_SP_ROLE_ARN",
    "AMAZON_REDIRECT_URI": "PUBLIC_URL",
    "ENCRYPTION_KEY": "TOKEN_ENCRYPTION_KEYS",
    "TOKEN_ENCRYPTION_KEY": "TOKEN_ENCRYPTION_KEYS",
    "FLASK_SECRET_KEY": "SECRET_KEY",
    "SQLALCHEMY_DATABASE_URI": "DATABASE_URL",
    "DATABASE_URI": "DATABASE_URL",
}
#: Variables that begin like these are meant for us; a near miss among them is a slip of the pen.
_PREFIXES = (
    "AMAZON_",
    "ADS_",
    "SHOPIFY_",
    "PORTSIDE_",
    "LWA_",
    "OIDC_",
    "SYNC_",
    "SP_API_",
    "SELLER_CENTRAL_",
    "TOKEN_ENCRYPTION_",
    "BACKFILL_",
    "RETENTION_",
)
#: Ours as well, though no settings.
_NO_SETTINGS = {"PORTSIDE_PASSWORD", "PORTSIDE_TEST_DATABASE_URL", "PORTSIDE_TEST_REDIS_URL"}
_NEAR = 0.85
_OURS = tuple(name.upper() for name in Settings.model_fields)


def unusable(error: SettingsError) -> list[Finding]:
    """A finding for every setting that can't be used, in the words in which a start refuses it."""
    return [_problem(problem) for problem in error.problems]


def unseen_visitors(settings: Settings) -> list[Finding]:
    """A warning where a proxy must stand in front, since browsers come by https, and nobody has said so."""
    public = urlsplit(settings.public_url)
    if public.scheme != "https" or is_loopback(public.hostname) or settings.trusted_proxies:
        return []
    return [
        Finding(
            "settings TRUSTED_PROXIES",
            True,
            "TRUSTED_PROXIES is 0, but PUBLIC_URL begins with https://, so a proxy stands in front: all visitors seem to"
            " come from there, and ten wrong passwords of one of them shut the door for all",
            "set TRUSTED_PROXIES to the number of proxies in front",
        )
    ]


def misnamed(environ: Mapping[str, str], folder: Path) -> list[Finding]:
    """A warning for every variable that seems to be one of ours under another name, while ours is not set.

    Args:
        environ: The variables of the process.
        folder: Where ``.env`` is looked for.
    """
    names = _set(environ) | _in_file(folder)
    # An environment's names are taken to the letter.
    heard = {name for name in names if name in _OURS}
    meant = ((name, _meant(name)) for name in sorted(names - heard))
    return [_misnomer(name, ours) for name, ours in meant if ours is not None and ours not in heard]


def _problem(problem: Problem) -> Finding:
    cause, _, mend = problem.message.partition("; ")
    return Finding(
        f"settings {problem.variable}",
        False,
        f"{problem.variable} {cause}",
        mend or f"correct {problem.variable} in the environment or in .env",
    )


def _misnomer(name: str, ours: str) -> Finding:
    cause = f"{name} is not a setting of Portside; did you mean {ours}?"
    return Finding(f"settings {name}", True, cause, f"call it {ours}, in the environment or in .env")


def _set(environ: Mapping[str, str]) -> set[str]:
    return {name for name, value in environ.items() if value.strip()}


def _in_file(folder: Path) -> set[str]:
    """The names in ``.env``, where case does not matter. A file that can't be read is a finding of the settings'."""
    try:
        found = DotEnvSettingsSource(Settings, env_file=folder / ".env", env_file_encoding="utf-8").env_vars
    except (OSError, UnicodeDecodeError):
        return set()
    return {name.upper() for name, value in found.items() if value and value.strip()}


def _meant(name: str) -> str | None:
    """Which setting somebody had in mind who wrote this; ``None`` when it has nothing to do with us."""
    upper = name.upper()
    if upper in _NO_SETTINGS:
        return None
    if upper in _OURS:
        return upper
    if upper in OTHER_NAMES:
        return OTHER_NAMES[upper]
    bare = upper.removeprefix("PORTSIDE_")
    if bare in _OURS:
        return bare
    return next(_near_misses(upper), None) if upper.startswith(_PREFIXES) else None


def _near_misses(name: str) -> Iterator[str]:
    for ours in difflib.get_close_matches(name, _OURS, cutoff=_NEAR):
        if ("ADS" in name) == ("ADS" in ours):  # another account altogether, however alike the names are
            yield ours
