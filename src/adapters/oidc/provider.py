"""One identity provider: where its keys are, asked from itself, and the keys, asked from there.

Source: OpenID Connect Discovery 1.0, sections 3 and 4.
"""

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.http import Outbound, RawAnswer
from adapters.oidc.jwks import SigningKey, keys_in
from domain.errors import ChannelError, PortsideError
from domain.hosts import is_loopback

_FAR_SIDE = "The identity provider"
_WELL_KNOWN = "/.well-known/openid-configuration"
#: Both documents have a few kilobytes.
_LARGEST = 2**20
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?([0-9]{1,9})\"?(?:$|[\s,;])", re.IGNORECASE)


class ProviderFailed(PortsideError):
    """The provider can't be reached, or its answer can't be right; ``mend`` says what to do about it."""

    def __init__(self, cause: str, mend: str) -> None:
        super().__init__(cause)
        self.mend = mend


@dataclass(frozen=True)
class Fetched:
    """Keys as they came. ``max_age`` is in seconds; ``None``: the provider does not say."""

    keys: tuple[SigningKey, ...]
    max_age: float | None


@dataclass(frozen=True)
class Provider:
    """Asks, and keeps nothing. Only the issuer's own host is asked, and the one that it names for its keys."""

    outbound: Outbound
    issuer: str
    jwks_url: str | None = None  # asked from the issuer when None

    def fetch(self) -> Fetched:
        """The keys as they are now: one or two requests, no repeat, no redirect.

        Raises:
            ProviderFailed: says the cause and the mend.
        """
        answer = self._get(
            self.jwks_url or self._discovered(), "OIDC_JWKS_URL" if self.jwks_url else "its keys"
        )
        document = _json(answer, "its keys")
        try:
            keys = keys_in(document)
        except ValueError as error:
            mend = "see that OIDC_JWKS_URL, or the jwks_uri that the issuer names, is the address of its public keys"
            raise ProviderFailed(f"what the identity provider gives as its keys {error}", mend) from error
        return Fetched(keys, _max_age(answer))

    def _discovered(self) -> str:
        """Where the issuer says that its keys are."""
        where = self.issuer.rstrip("/") + _WELL_KNOWN
        document = _json(self._get(where, where), where)
        named = document.get("issuer") if isinstance(document, dict) else None
        if named != self.issuer:
            theirs = (
                named if isinstance(named, str) and len(named) < 200 and named.isprintable() else "nobody"
            )
            raise ProviderFailed(
                f"{where} is the document of the issuer {theirs}, and OIDC_ISSUER is {self.issuer}",
                "set OIDC_ISSUER to the issuer to the letter, closing slash included",
            )
        address = document.get("jwks_uri") if isinstance(document, dict) else None
        if not isinstance(address, str) or not may_be_asked(address, self.issuer):
            raise ProviderFailed(
                f"{where} names no address for the keys (jwks_uri) that may be asked", "set OIDC_JWKS_URL"
            )
        return address

    def _get(self, address: str, what: str) -> RawAnswer:
        try:
            answer = self.outbound.send("GET", address, None, {"Accept": "application/json"}, None, _FAR_SIDE)
        except ChannelError as error:
            mend = "see that the identity provider is up, that OIDC_ISSUER is right, and that this machine may reach it"
            raise ProviderFailed(f"{error} ({urlsplit(address).hostname})", mend) from error
        if answer.status != 200:
            raise ProviderFailed(
                f"the identity provider answers {answer.status} when it is asked for {what}",
                "see that OIDC_ISSUER (and OIDC_JWKS_URL, where it is set) is right; redirects are not followed",
            )
        return answer


def may_be_asked(address: str, issuer: str) -> bool:
    """Whether an address that the issuer names is encrypted and not this machine; or the issuer is on this machine too."""
    try:
        parts, home = urlsplit(address), urlsplit(issuer)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or not address.isascii() or not address.isprintable():
        return False
    if is_loopback(host):
        return is_loopback(home.hostname) and parts.scheme in ("http", "https")
    return parts.scheme == "https"


def _json(answer: RawAnswer, what: str) -> object:
    mend = "see that OIDC_ISSUER (and OIDC_JWKS_URL, where it is set) is right"
    if len(answer.body) > _LARGEST:
        raise ProviderFailed(f"the answer of the identity provider is too large, asked for {what}", mend)
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise ProviderFailed(
            f"the answer of the identity provider is no JSON, asked for {what}", mend
        ) from error


def _max_age(answer: RawAnswer) -> float | None:
    found = _MAX_AGE.search(answer.headers.get("cache-control", ""))
    return float(found[1]) if found else None
