"""Shopify's signatures: on the queries that it sends browsers with, and on the bodies of its webhooks.

Source: shopify.dev, "Implement authorization code grant manually" and "Verify webhooks"; the rules for odd characters
are those of Shopify's own Python library.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field

from domain.channels.model import Parameters

_SIGNATURE = "hmac"
#: A signature of older days, over the same query.
_LEGACY = "signature"
_LIST = "[]"


@dataclass(frozen=True)
class Signatures:
    """Tells what Shopify has signed for our application. Without a ``secret`` nothing is signed well."""

    secret: str | None = field(repr=False)

    def of_query(self, parameters: Parameters) -> bool:
        """Whether Shopify has signed just these parameters, and each of them comes once, unless it is a list."""
        given = [value for name, value in parameters if name == _SIGNATURE]
        names = [name for name, _value in parameters if not name.endswith(_LIST)]
        if self.secret is None or len(given) != 1 or len(set(names)) < len(names):
            return False
        return _same(given[0], signed(parameters, self.secret))

    def of_body(self, body: bytes, given: str) -> bool:
        """Whether Shopify has signed just this body."""
        if self.secret is None:
            return False
        made = hmac.new(self.secret.encode(), body, hashlib.sha256)
        return _same(given, base64.b64encode(made.digest()).decode())


def signed(parameters: Parameters, secret: str) -> str:
    """The signature that Shopify puts under these parameters."""
    return hmac.new(secret.encode(), _signed_text(parameters).encode(), hashlib.sha256).hexdigest()


def _signed_text(parameters: Parameters) -> str:
    """The parameters but the signature, sorted, with what would let one pass for another written otherwise."""
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        if name not in (_SIGNATURE, _LEGACY):
            values.setdefault(name, []).append(value)
    return "&".join(sorted(_pair(name, each) for name, each in values.items()))


def _pair(name: str, values: list[str]) -> str:
    if name.endswith(_LIST):
        name, value = name.removesuffix(_LIST), json.dumps(values, ensure_ascii=False)
    else:
        value = values[0]
    plain_name = name.replace("%", "%25").replace("&", "%26").replace("=", "%3D")
    return f"{plain_name}={value.replace('%', '%25').replace('&', '%26')}"


def _same(given: str, made: str) -> bool:
    """Compared in a time that tells nothing; as bytes, since what is given may be anything."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), made.encode())
