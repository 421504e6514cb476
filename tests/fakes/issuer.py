"""An identity provider on a loopback address: its keys are made here, and served over real HTTP."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from adapters.http import Outbound
from adapters.oidc.claims import Expectations
from adapters.oidc.keys import ProviderKeys
from adapters.oidc.provider import Provider
from adapters.oidc.tokens import OidcTokens
from domain.clock import Clock
from tests.adapters.loopback import Loopback, Seen, http, listening
from tests.fakes.clock import HeldClock
from tests.fakes.stopwatch import HeldStopwatch

AUDIENCE = "portside"
DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/keys"


def a_key(name: str, algorithm: str = "ES256") -> Key:
    """A private key, the same one each time it is asked for."""
    return _made(name, algorithm)


@cache
def _made(name: str, algorithm: str) -> Key:
    match algorithm:
        case "ES256":
            return ECKey.generate_key("P-256")
        case "ES384":
            return ECKey.generate_key("P-384")
        case "ES512":
            return ECKey.generate_key("P-521")
        case "EdDSA" | "Ed25519":
            return OKPKey.generate_key("Ed25519")
        case _:
            bits = 1024 if name == "short" else 2048
            private = rsa.generate_private_key(65537, bits)
            return RSAKey(private, private)


def public(key: Key, **fields: object) -> dict[str, object]:
    """The key as its provider publishes it."""
    return {**key.as_dict(private=False), **fields}


def signed(header: Mapping[str, object], payload: bytes, key: Key) -> str:
    """A token, signed as its header says, whatever else the header says."""
    algorithm = JWSRegistry.algorithms[str(header["alg"])]
    start = urlsafe_b64encode(json.dumps(header).encode()) + b"." + urlsafe_b64encode(payload)
    return (start + b"." + urlsafe_b64encode(algorithm.sign(start, key))).decode()


@dataclass
class LoopbackIssuer:
    """The provider. ``published`` is what it gives as its keys; ``discovery`` changes what it says of itself."""

    clock: Clock
    loopback: Loopback = field(init=False)
    published: list[dict[str, object]] = field(default_factory=list)
    discovery: dict[str, object] = field(default_factory=dict)
    status: str = "200 OK"
    headers: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return self.loopback.url

    @property
    def asked(self) -> list[str]:
        """Every address that was asked for."""
        return [seen.target for seen in self.loopback.seen]

    def answer(self, connection: socket.socket, seen: Seen) -> bool:
        """What it says to a request."""
        documents: dict[str, object] = {
            DISCOVERY: {"issuer": self.url, "jwks_uri": self.url + JWKS, **self.discovery},
            JWKS: {"keys": self.published},
        }
        body = json.dumps(documents.get(seen.target, {})).encode()
        connection.sendall(http(body, *self.headers, status=self.status))
        return True

    def publish(self, kid: str | None = "first", algorithm: str = "ES256", **fields: object) -> Key:
        """A key that signs tokens from now on."""
        key = a_key(str(kid), algorithm)
        named = {"kid": kid, **fields} if kid is not None else fields
        self.published.append(public(key, **named))
        return key

    def claims(self, **claims: object) -> dict[str, object]:
        """What a good token says; ``None`` leaves a claim out."""
        now = int(self.clock.now().timestamp())
        good = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "user-1",
            "iat": now,
            "exp": now + 3600,
            "email": "new@example.com",
            "email_verified": True,
            "given_name": "Neu",
            "family_name": "Gier",
        }
        return {name: value for name, value in {**good, **claims}.items() if value is not None}

    def token(
        self,
        kid: str | None = "first",
        algorithm: str = "ES256",
        header: Mapping[str, object] | None = None,
        **claims: object,
    ) -> str:
        """A token signed with the key of this name; good, unless something is said otherwise."""
        named = {"alg": algorithm, **({"kid": kid} if kid is not None else {}), **(header or {})}
        payload = json.dumps(self.claims(**claims)).encode()
        return signed(named, payload, a_key(str(kid), algorithm))

    def reader(self, clock: HeldClock, jwks_url: str | None = None) -> OidcTokens:
        """What reads its tokens at our end."""
        provider = Provider(Outbound.with_pool(2.0, 2), self.url, jwks_url)
        keys = ProviderKeys(provider, HeldStopwatch(clock))
        return OidcTokens(keys, Expectations(self.url, AUDIENCE), clock)


@contextmanager
def issuing(clock: Clock) -> Iterator[LoopbackIssuer]:
    """A provider with one key, until the block ends."""
    issuer = LoopbackIssuer(clock)
    with listening(issuer.answer) as loopback:
        issuer.loopback = loopback
        issuer.publish()
        yield issuer
