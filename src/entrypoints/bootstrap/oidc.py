"""Tokens of an identity provider, where one is set."""

from adapters.http import Outbound
from adapters.oidc.claims import Expectations
from adapters.oidc.keys import ProviderKeys
from adapters.oidc.provider import Provider
from adapters.oidc.tokens import OidcTokens
from domain.users.identities import Identities
from entrypoints.bootstrap.ground import Ground

#: People wait for it at log-in: less patience than with Amazon, in seconds.
_PATIENCE = 5.0


def provider_keys_on(ground: Ground) -> ProviderKeys | None:
    """The provider's keys; ``None`` where no provider is set. Asks for nothing yet."""
    settings = ground.settings
    if settings.oidc_issuer is None:
        return None
    outbound = Outbound.with_pool(min(_PATIENCE, settings.http_timeout_seconds), 2)
    return ProviderKeys(Provider(outbound, settings.oidc_issuer, settings.oidc_jwks_url), ground.stopwatch)


def identities_on(ground: Ground, keys: ProviderKeys | None) -> Identities | None:
    """Who comes with the provider's tokens."""
    issuer, audience = ground.settings.oidc_issuer, ground.settings.oidc_audience
    if keys is None or issuer is None or audience is None:
        return None
    tokens = OidcTokens(keys, Expectations(issuer, audience), ground.clock)
    return Identities(ground.work, ground.look, tokens, ground.clock)
