"""An identity provider's keys: which of them sign tokens, and which may have signed this one.

Source: RFC 7517 (JSON Web Key), RFC 7518 section 3.1 and RFC 8037 section 3.1 (which algorithm goes with which key).
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.util import urlsafe_b64decode

log = logging.getLogger(__name__)

#: What a token may be signed with, and what key that takes. Whatever needs a shared secret is not among it, nor "none".
ALGORITHMS: Mapping[str, tuple[str, frozenset[str]]] = {
    **{name: ("RSA", frozenset()) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")},
    "ES256": ("EC", frozenset({"P-256"})),
    "ES384": ("EC", frozenset({"P-384"})),
    "ES512": ("EC", frozenset({"P-521"})),
    "EdDSA": ("OKP", frozenset({"Ed25519", "Ed448"})),
    "Ed25519": ("OKP", frozenset({"Ed25519"})),
}
#: What makes up a public key of each type. Nothing else is taken from the provider: a private part is none of our business.
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
#: RFC 7518, 3.3: shorter ones must not be used.
_SHORTEST_RSA_BITS = 2048
_LONGEST_RSA_BITS = 8192
#: No provider has that many.
_MOST_KEYS = 100


@dataclass(frozen=True)
class SigningKey:
    """A key that tokens are checked with. ``kid`` and ``algorithm`` are the provider's own words for it, where it has any."""

    key: Key
    kid: str | None
    algorithm: str | None

    def fits(self, algorithm: str) -> bool:
        """Whether something signed with this algorithm may have been signed with this key."""
        if self.algorithm is not None and self.algorithm != algorithm:
            return False
        kind, curves = ALGORITHMS[algorithm]
        return self.key.key_type == kind and (not curves or self.key.get("crv") in curves)


def keys_in(document: object) -> tuple[SigningKey, ...]:
    """The usable keys of a JWKS document; what is meant for something else, or can't be read, is left out.

    Raises:
        ValueError: it is no such document, or has no usable key.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    found = tuple(_usable(listed[:_MOST_KEYS])) if isinstance(listed, list) else ()
    if not found:
        raise ValueError("has no key that tokens could be signed with")
    return found


def _usable(listed: Iterable[object]) -> Iterable[SigningKey]:
    for one in listed:
        if not isinstance(one, dict) or not _is_for_signing(one):
            continue
        try:
            if one["kty"] == "RSA":
                _insist_on_a_good_size(one["n"])
            key = jwk.import_key({name: one[name] for name in ("kty", *_PUBLIC[one["kty"]])})
        except (JoseError, AttributeError, LookupError, TypeError, ValueError) as error:
            log.debug("a key of the identity provider's is passed over: %s", type(error).__name__)
            continue
        kid, algorithm = one.get("kid"), one.get("alg")
        yield SigningKey(
            key, kid if isinstance(kid, str) else None, algorithm if isinstance(algorithm, str) else None
        )


def _is_for_signing(one: Mapping[str, object]) -> bool:
    uses = one.get("key_ops")
    return one.get("use") in (None, "sig") and (uses is None or (isinstance(uses, list) and "verify" in uses))


def _insist_on_a_good_size(modulus: str) -> None:
    bits = int.from_bytes(urlsafe_b64decode(modulus.encode())).bit_length()
    if not _SHORTEST_RSA_BITS <= bits <= _LONGEST_RSA_BITS:
        raise ValueError("a key of this size is not used")
