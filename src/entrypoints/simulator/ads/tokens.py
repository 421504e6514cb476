"""Login with Amazon for advertisers: codes and tokens of a person, at the token endpoint that sellers' clients use too.

Source: Amazon Ads API, "Authorization grants" and "Access tokens".
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from threading import Lock
from typing import Any

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.lwa import ACCESS_TOKEN_SECONDS, CODE_SECONDS, Fields, Grants, LwaRefusal
from entrypoints.simulator.tokens import Revocations, Signer

SCOPE = "advertising::campaign_management"
_CODE, _REFRESH, _ACCESS = "AN", "Atzr|", "Atza|"


@dataclass(frozen=True)
class AdsTokens:
    """Issues and reads the tokens of advertisers. Like a seller's they are signed, and outlive a restart."""

    config: SimulatorConfig
    signer: Signer
    revocations: Revocations = field(default_factory=Revocations)
    _used_codes: set[str] = field(default_factory=set, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def code(self, person_id: str, redirect_uri: str, challenge: str, method: str) -> str:
        """A code for a person who agreed, good for five minutes and once."""
        claims = self._claims(person_id) | {"u": redirect_uri, "ch": challenge, "m": method}
        return _CODE + self.signer.seal("ads code", claims)

    def refresh_token(self, person_id: str) -> str:
        return _REFRESH + self.signer.seal("ads refresh", self._claims(person_id))

    def person_of(self, access_token: str) -> str | None:
        """Whose access token it is; None for one that is not good, or is not of an advertiser."""
        claims = self._opened("ads access", _ACCESS, access_token)
        if claims is None or claims["e"] <= self._now():
            return None
        return None if self.revocations.revoked(claims["p"], claims["g"]) else str(claims["p"])

    def for_code(self, fields: Fields) -> dict[str, Any]:
        """Raises LwaRefusal."""
        claims = self._opened("ads code", _CODE, _required(fields, "code"))
        if claims is None or self._now() > claims["i"] + CODE_SECONDS or self._is_revoked(claims):
            raise _invalid_grant("code")
        if _required(fields, "redirect_uri") != claims["u"]:
            raise _invalid_grant("redirect_uri")
        if claims["ch"] and not _verifies(claims, fields.get("code_verifier", "")):
            raise _invalid_grant("code_verifier")
        with self._lock:
            if claims["n"] in self._used_codes:
                raise _invalid_grant("code")
            self._used_codes.add(claims["n"])
        return self._lent(claims, self.refresh_token(claims["p"]))

    def for_refresh_token(self, fields: Fields) -> dict[str, Any]:
        """The refresh token comes back as it is, and never ends. Raises LwaRefusal."""
        token = _required(fields, "refresh_token")
        claims = self._opened("ads refresh", _REFRESH, token)
        if claims is None or self._is_revoked(claims):
            raise _invalid_grant("refresh_token")
        return self._lent(claims, token)

    def _lent(self, claims: Mapping[str, Any], refresh_token: str) -> dict[str, Any]:
        access = self._claims(claims["p"]) | {"e": self._now() + ACCESS_TOKEN_SECONDS, "g": claims["g"]}
        return {
            "access_token": _ACCESS + self.signer.seal("ads access", access),
            "refresh_token": refresh_token,
            "token_type": "bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
        }

    def _claims(self, person_id: str) -> dict[str, Any]:
        return {
            "p": person_id,
            "c": self.config.ads.client_id,
            "i": self._now(),
            "g": self.revocations.generation(person_id),
            "n": token_hex(6),
        }

    def _opened(self, purpose: str, prefix: str, text: str) -> dict[str, Any] | None:
        claims = self.signer.open(purpose, text.removeprefix(prefix)) if text.startswith(prefix) else None
        return claims if claims is not None and claims["c"] == self.config.ads.client_id else None

    def _is_revoked(self, claims: Mapping[str, Any]) -> bool:
        return self.revocations.revoked(claims["p"], claims["g"])

    def _now(self) -> int:
        return int(self.config.now().timestamp())


@dataclass(frozen=True)
class SharedEndpoint:
    """Amazon's one token endpoint: the Ads client's requests are answered here, all others by the sellers' endpoint."""

    tokens: AdsTokens
    others: Grants

    def grant(self, fields: Fields) -> dict[str, Any]:
        """The answer to a token request.

        Raises:
            LwaRefusal: the request gets no token.
        """
        ads = self.tokens.config.ads
        if fields.get("client_id") != ads.client_id:
            return self.others.grant(fields)
        answers = {
            "authorization_code": self.tokens.for_code,
            "refresh_token": self.tokens.for_refresh_token,
        }
        answer = answers.get(_required(fields, "grant_type"))
        if answer is None:
            raise LwaRefusal("unsupported_grant_type", "The authorization grant type is not supported.")
        if not ads.is_client(ads.client_id, _required(fields, "client_secret")):
            raise LwaRefusal("invalid_client", "Client authentication failed", 401)
        return answer(fields)


def _verifies(claims: Mapping[str, Any], verifier: str) -> bool:
    """PKCE: whether the verifier belongs to the challenge of the consent."""
    if claims["m"] == "S256":
        verifier = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    return bool(verifier == claims["ch"])


def _required(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise LwaRefusal("invalid_request", f"The request is missing a required parameter : {name}")
    return fields[name]


def _invalid_grant(parameter: str) -> LwaRefusal:
    return LwaRefusal(
        "invalid_grant",
        f"The request has an invalid grant parameter : {parameter}. "
        "User may have revoked or didn't grant the permission.",
    )
