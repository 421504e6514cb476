"""What a token says, held against what is expected of it; and who that is, in our words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc.errors import ClaimError, ExpiredTokenError
from joserfc.jwt import JWTClaimsRegistry

from domain.users.access import LONGEST_NAME, is_email
from domain.users.model import Identity
from domain.users.ports import Verified

#: The provider's clock and ours may be so far apart.
LEEWAY = timedelta(seconds=60)
#: OpenID Connect Core 1.0, section 2: at most 255 characters.
_LONGEST_SUBJECT = 255
#: The end of time, as far as we can tell it: a token that is good for longer is good until then.
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
_BLANKS = re.compile(r"\s+")


class Refused(Exception):
    """The token is no good. The text is for the log; ``told`` is for whoever shows it, where they may know the reason."""

    def __init__(self, reason: str, told: str = "") -> None:
        super().__init__(reason)
        self.told = told


@dataclass(frozen=True)
class Expectations:
    """Who has to have made the token, and for whom."""

    issuer: str
    audience: str


def verified(claims: Mapping[str, object], expected: Expectations, now: datetime) -> Verified:
    """Who shows the token, and until when it is good.

    Raises:
        Refused: it is not for us, or not at this moment.
    """
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=int(LEEWAY.total_seconds()),
        iss={"essential": True, "value": expected.issuer},
        sub={"essential": True},
        exp={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except ExpiredTokenError as error:
        raise Refused("it has expired", "This token has expired: get a new one.") from error
    except ClaimError as error:
        raise _refusal(error.claim, claims) from error
    if not _is_for(claims, expected.audience):
        raise Refused("it was made for somebody else (aud)")
    if (
        "events" in claims
    ):  # OpenID Connect Back-Channel Logout 1.0: whoever takes this for a log-in is fooled
        raise Refused("it tells of an event, and lets nobody in")
    exp = claims["exp"]
    assert isinstance(exp, int | float)  # the registry has seen to it
    return Verified(_identity(claims), datetime.fromtimestamp(min(exp, _LATEST), UTC) + LEEWAY)


def _refusal(name: str | None, claims: Mapping[str, object]) -> Refused:
    if name in ("nbf", "iat") and isinstance(claims.get(name), int | float):
        told = "This token is not good yet: see that the clock of whoever made it is right."
        return Refused(f"it is of the future ({name})", told)
    return Refused(f"its {name} is missing, or can't be right")


def _is_for(claims: Mapping[str, object], audience: str) -> bool:
    """Whether it was made for us. Where it names no audience, the party that it was issued to counts (Clerk)."""
    named = claims.get("aud", claims.get("azp"))
    return audience in named if isinstance(named, list) else named == audience


def _identity(claims: Mapping[str, object]) -> Identity:
    subject, issuer = claims["sub"], claims["iss"]
    assert isinstance(subject, str)
    assert isinstance(issuer, str)
    if not subject.strip() or len(subject) > _LONGEST_SUBJECT or not subject.isprintable():
        raise Refused("its sub is no name")
    email = claims.get("email")
    email = email.strip() if isinstance(email, str) and is_email(email.strip()) else None
    first, last = _name(claims.get("given_name")), _name(claims.get("family_name"))
    if first is None and last is None:
        first = _name(claims.get("name"))
    # Some providers write it as text.
    vouched = claims.get("email_verified") is True or claims.get("email_verified") == "true"
    return Identity(issuer, subject, email, email is not None and vouched, first, last)


def _name(value: object) -> str | None:
    """A name as we keep names; what can't be shown is left out."""
    if not isinstance(value, str):
        return None
    plain = "".join(each for each in _BLANKS.sub(" ", value) if each.isprintable())
    return plain.strip()[:LONGEST_NAME].strip() or None
