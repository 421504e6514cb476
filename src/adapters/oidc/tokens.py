"""Tokens of an identity provider: signed by one of its keys, for us, and good at this moment.

joserfc does the cryptography. What is asked of a token is asked here, in the order of RFC 8725: its size and form, the
algorithm, the key, the signature, and only then what it says.

Source: RFC 7519 (JSON Web Token), RFC 8725 (best practices), RFC 9068 (access tokens), OpenID Connect Core 1.0.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from adapters.oidc.claims import Expectations, Refused, verified
from adapters.oidc.jwks import ALGORITHMS, SigningKey
from adapters.oidc.keys import ProviderKeys
from domain.clock import Clock
from domain.errors import TokenRefused
from domain.users.ports import Verified

log = logging.getLogger(__name__)

_LONGEST_TOKEN = 16 * 2**10
_LONGEST_HEADER = 2 * 2**10
_LONGEST_KID = 256
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
#: What a token that lets somebody in may call itself; RFC 9068, 2.1. Others mean something else: ``logout+jwt``.
_TYPES = frozenset({"jwt", "at+jwt"})
#: The one answer to whoever shows what is not ours: what exactly is wrong stands in the log.
_NOT_OURS = "This token is not good here: get a new one from the identity provider, or log in."


class _Registry(JWSRegistry):
    """joserfc's checks, with our list of algorithms, and room for headers that carry certificates' hashes."""

    max_header_length = _LONGEST_HEADER
    max_payload_length = _LONGEST_TOKEN

    def __init__(self) -> None:
        super().__init__(algorithms=tuple(ALGORITHMS), strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        """The algorithm. joserfc itself would allow some that it warns of at every use, EdDSA among them."""
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        return self.algorithms[name]


_REGISTRY = _Registry()


@dataclass(frozen=True)
class OidcTokens:
    """Reads tokens. See ``domain.users.ports.BearerTokens``."""

    keys: ProviderKeys
    expectations: Expectations
    clock: Clock

    def verify(self, text: str) -> Verified:
        """What the token says of who shows it.

        Raises:
            TokenRefused: it is no good.
            Unavailable: the provider's keys can't be had.
        """
        try:
            key = self._key_for(_header(text))
            return verified(_opened(text, key), self.expectations, self.clock.now())
        except Refused as refused:
            log.info("a bearer token was refused: %s", refused)
            raise TokenRefused(refused.told or _NOT_OURS) from None

    def _key_for(self, header: Mapping[str, object]) -> SigningKey:
        kid = header.get("kid")
        if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= _LONGEST_KID):
            raise Refused("its kid is none")
        found = self.keys.signing(kid, str(header["alg"]))
        if not found:
            raise Refused("the provider has no such key")
        if len(found) > 1:
            raise Refused("it does not say which of the provider's keys has signed it")
        return found[0]


def _header(text: str) -> Mapping[str, object]:
    """What the token says about itself: believed only as far as it narrows down what is looked for."""
    if len(text) > _LONGEST_TOKEN:
        raise Refused("it is too long")
    parts = _COMPACT.fullmatch(text)
    if parts is None or len(parts[1]) > _LONGEST_HEADER:
        raise Refused("it is no signed token")
    try:
        header = json.loads(urlsafe_b64decode(parts[1].encode()).decode())
    except (ValueError, RecursionError) as error:
        raise Refused("its header can't be read") from error
    if not isinstance(header, dict) or not isinstance(header.get("alg"), str):
        raise Refused("its header can't be read")
    if header["alg"] not in ALGORITHMS:
        raise Refused("its algorithm is not allowed")
    if "crit" in header:
        raise Refused("it wants something understood that we don't know (crit)")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in _TYPES:
        raise Refused("it is a token of another kind (typ)")
    return header


def _opened(text: str, signing: SigningKey) -> Mapping[str, object]:
    """The claims, once the signature has proven to be the key's."""
    try:
        return jwt.decode(text, signing.key, registry=_REGISTRY).claims
    except JoseError as error:
        raise Refused(f"its signature is not the provider's, or it can't be read ({error.error})") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused("it can't be read") from error
