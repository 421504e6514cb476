"""Shopify's two signatures: hexadecimal over a query, base64 over a body.

Source: https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant and
https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import new as hmac


def query_signature(secret: str, parameters: Mapping[str, str]) -> str:
    """``hmac`` of a query with these decoded parameters, itself not among them."""

    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace("&", "%26")

    pairs = sorted((escaped(name).replace("=", "%3D"), escaped(value)) for name, value in parameters.items())
    message = "&".join(f"{name}={value}" for name, value in pairs)
    return hmac(secret.encode(), message.encode(), sha256).hexdigest()


def body_signature(secret: str, body: bytes) -> str:
    """``X-Shopify-Hmac-SHA256`` of a webhook."""
    return b64encode(hmac(secret.encode(), body, sha256).digest()).decode()
